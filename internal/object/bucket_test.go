package object

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
)

var (
	alice = Owner{AccountID: "111122223333", CanonicalID: "a1"}
	bob   = Owner{AccountID: "444455556666", CanonicalID: "b1"}
)

func TestBucketIsWhatWasCreated(t *testing.T) {
	s := newStore(t, storeOptions{})
	created := s.createBucket("photos", alice)
	if created.Name != "photos" || created.Owner != alice || !created.Created.Equal(s.clock.now()) {
		t.Errorf("created %+v", created)
	}
	got, err := s.Bucket(t.Context(), "photos")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(created, got, compareUnexported); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"photo", "photos2", "", "a", string(make([]byte, 10_000))} {
		if _, err := s.Bucket(t.Context(), name); !errors.Is(err, ErrNoSuchBucket) {
			t.Errorf("Bucket(%.10q): %v, want ErrNoSuchBucket", name, err)
		}
	}
}

func TestBucketNamesAreUnique(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.createBucket("photos", alice)
	for _, owner := range []Owner{alice, bob} {
		var exists *BucketExistsError
		if _, err := s.CreateBucket(t.Context(), "photos", owner, nil); !errors.As(err, &exists) {
			t.Fatalf("%v, want a BucketExistsError", err)
		}
		if diff := cmp.Diff(&BucketExistsError{Name: "photos", Owner: alice}, exists); diff != "" {
			t.Error(diff)
		}
	}
	var invalid *InvalidBucketNameError
	if _, err := s.CreateBucket(t.Context(), "Photos", alice, nil); !errors.As(err, &invalid) {
		t.Errorf("%v, want an InvalidBucketNameError", err)
	}
	for _, id := range []string{"", string(make([]byte, 256))} {
		if b, err := s.CreateBucket(t.Context(), "unowned", Owner{AccountID: id}, nil); err == nil {
			t.Errorf("created %+v for an account ID of %d bytes", b, len(id))
		}
	}
}

func TestBucketsAreCreatedOnceByManyAtOnce(t *testing.T) {
	s := newStore(t, storeOptions{})
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.CreateBucket(t.Context(), "photos", alice, nil) })
	}
	wg.Wait()
	created := 0
	for _, err := range errs {
		var exists *BucketExistsError
		if err == nil {
			created++
		} else if !errors.As(err, &exists) {
			t.Error(err)
		}
	}
	if created != 1 {
		t.Errorf("%d of %d created it", created, len(errs))
	}
}

func TestOwnersHaveAsManyBucketsAsAllowed(t *testing.T) {
	s := newStore(t, storeOptions{maxBuckets: 2})
	one := s.createBucket("one", alice)
	s.createBucket("two", alice)
	if _, err := s.CreateBucket(t.Context(), "three", alice, nil); !errors.Is(err, ErrTooManyBuckets) {
		t.Fatalf("%v, want ErrTooManyBuckets", err)
	}
	s.createBucket("bobs", bob)
	s.deleteBucket(one)
	s.createBucket("three", alice)
	if _, err := s.CreateBucket(t.Context(), "four", alice, nil); !errors.Is(err, ErrTooManyBuckets) {
		t.Fatalf("after one was replaced: %v, want ErrTooManyBuckets", err)
	}
}

func TestDeletedBucketLeavesNothing(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.deleteBucket(s.createBucket("photos", alice))
	if _, err := s.Bucket(t.Context(), "photos"); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("%v, want ErrNoSuchBucket", err)
	}
	if page := s.listBuckets(ListBucketsInput{AccountID: alice.AccountID}); len(page.Buckets) != 0 {
		t.Errorf("still listed: %+v", page)
	}
	var left []string
	s.view(func(r kv.Reader) error {
		it := r.Scan([]byte{sequencePrefix + 1}, []byte{0x30})
		for it.Next() {
			left = append(left, fmt.Sprintf("%x", it.Key()))
		}
		return it.Close()
	})
	if left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestBucketMadeAgainIsAnotherOne(t *testing.T) {
	s := newStore(t, storeOptions{})
	old := s.createBucket("photos", alice)
	s.deleteBucket(old)
	made := s.createBucket("photos", alice)
	if made.id == old.id {
		t.Fatal("both have one internal ID")
	}
	for name, err := range map[string]error{
		"DeleteBucket": s.DeleteBucket(t.Context(), old),
		"Put":          second(s.Put(t.Context(), PutInput{Bucket: old, Key: "k", Body: strings.NewReader("x"), Size: 1, MinSize: -1, MaxSize: -1})),
		"Delete":       second(s.Delete(t.Context(), DeleteInput{Bucket: old, Key: "k"})),
		"List":         second(s.List(t.Context(), ListInput{Bucket: old, Max: 10})),
		"List of none": second(s.List(t.Context(), ListInput{Bucket: old})),
		"zero Bucket":  s.DeleteBucket(t.Context(), Bucket{}),
		"made up":      s.DeleteBucket(t.Context(), Bucket{Name: "photos"}),
	} {
		if !errors.Is(err, ErrNoSuchBucket) {
			t.Errorf("%s: %v, want ErrNoSuchBucket", name, err)
		}
	}
	if got, err := s.Bucket(t.Context(), "photos"); err != nil || got.id != made.id {
		t.Errorf("the bucket made again is gone: %+v, %v", got, err)
	}
}

func TestListBucketsIsInOrderAndInPages(t *testing.T) {
	s := newStore(t, storeOptions{})
	for _, name := range []string{"b2", "a1", "photos.x", "photos-x", "photosx", "photos"} {
		s.createBucket("x"+name, alice)
	}
	s.createBucket("xa2", bob)
	for _, tt := range []struct {
		name string
		in   ListBucketsInput
		want []string
		next string
	}{
		{"all", ListBucketsInput{}, []string{"xa1", "xb2", "xphotos", "xphotos-x", "xphotos.x", "xphotosx"}, ""},
		{"a page", ListBucketsInput{Max: 2}, []string{"xa1", "xb2"}, "xb2"},
		{"the page after it", ListBucketsInput{Max: 2, After: "xb2"}, []string{"xphotos", "xphotos-x"}, "xphotos-x"},
		{"the last page", ListBucketsInput{Max: 2, After: "xphotos-x"}, []string{"xphotos.x", "xphotosx"}, ""},
		{"after all", ListBucketsInput{After: "xphotosx"}, nil, ""},
		{"after a name that is none", ListBucketsInput{After: "xc"}, []string{"xphotos", "xphotos-x", "xphotos.x", "xphotosx"}, ""},
		{"after bytes above all", ListBucketsInput{After: "\xff\xff"}, nil, ""},
		{"after a very long name", ListBucketsInput{After: "xphotos-" + string(make([]byte, 5000))}, []string{"xphotos-x", "xphotos.x", "xphotosx"}, ""},
		{"a prefix", ListBucketsInput{Prefix: "xphotos-"}, []string{"xphotos-x"}, ""},
		{"a prefix and after before it", ListBucketsInput{Prefix: "xphotos", After: "xa", Max: 1}, []string{"xphotos"}, "xphotos"},
		{"a prefix and after behind it", ListBucketsInput{Prefix: "xa", After: "xb"}, nil, ""},
		{"a prefix that is a name", ListBucketsInput{Prefix: "xa1"}, []string{"xa1"}, ""},
		{"a prefix that is the name after", ListBucketsInput{Prefix: "xa1", After: "xa1"}, nil, ""},
		{"a very long prefix", ListBucketsInput{Prefix: string(make([]byte, 5000))}, nil, ""},
	} {
		tt.in.AccountID = alice.AccountID
		page := s.listBuckets(tt.in)
		var names []string
		for _, b := range page.Buckets {
			names = append(names, b.Name)
			if b.Owner != alice || b.id == 0 {
				t.Errorf("%s: %+v", tt.name, b)
			}
		}
		if diff := cmp.Diff(tt.want, names); diff != "" || page.Next != tt.next {
			t.Errorf("%s: next %q, want %q; %s", tt.name, page.Next, tt.next, diff)
		}
	}
	if page := s.listBuckets(ListBucketsInput{AccountID: string(make([]byte, 300))}); len(page.Buckets) != 0 {
		t.Errorf("an account ID of 300 bytes has %+v", page)
	}
}

func TestBucketWithObjectsIsNotDeleted(t *testing.T) {
	s := newStore(t, storeOptions{})
	before, b, next := s.createBucket("before", alice), s.createBucket("photos", alice), s.createBucket("next", alice)
	s.put(b, "\x00", "x")
	s.put(b, "\U0010ffff", "x")
	for _, key := range []string{"\x00", "\U0010ffff"} {
		if err := s.DeleteBucket(t.Context(), b); !errors.Is(err, ErrBucketNotEmpty) {
			t.Fatalf("%v, want ErrBucketNotEmpty", err)
		}
		s.delete(b, key)
	}
	s.put(before, "\U0010ffff", "x")
	s.put(next, "\x00", "x")
	s.deleteBucket(b)
}

func TestBucketIsNotDeletedUnderAPut(t *testing.T) {
	s := newStore(t, storeOptions{})
	for i := range 100 {
		b := s.createBucket("photos", alice)
		var put, deleted error
		var wg sync.WaitGroup
		wg.Go(func() { put = second(s.Put(t.Context(), putInput(b, "k", "x"))) })
		wg.Go(func() { deleted = s.DeleteBucket(t.Context(), b) })
		wg.Wait()
		switch {
		case put == nil && errors.Is(deleted, ErrBucketNotEmpty):
			s.delete(b, "k")
			s.deleteBucket(b)
		case deleted == nil && errors.Is(put, ErrNoSuchBucket):
		default:
			t.Fatalf("round %d: Put: %v, DeleteBucket: %v", i, put, deleted)
		}
	}
}

func TestCreateBucketRespectsTheReserve(t *testing.T) {
	free := int64(100)
	s := newStore(t, storeOptions{free: func() (int64, error) { return free, nil }, reserve: 100})
	b := s.createBucket("photos", alice)
	free = 99
	s.clock.advance(time.Minute)
	if _, err := s.CreateBucket(t.Context(), "more", alice, nil); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("%v, want ErrNoSpace", err)
	}
	s.deleteBucket(b)
}
