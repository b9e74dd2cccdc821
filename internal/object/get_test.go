package object

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

func TestObjectTellsWhatIsMissing(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.put(b, "a", "x")
	s.put(b, "a/b", "x")
	for _, key := range []string{"a/", "A", "a\x00", "a/b/c", "b", strings.Repeat("k", 1024)} {
		got, o, err := s.Object(t.Context(), "photos", key, "")
		if err != nil || o != nil || got.id != b.id {
			t.Errorf("%q: %+v, %+v, %v", key, got, o, err)
		}
	}
	if _, o, err := s.Object(t.Context(), "pictures", "a", ""); !errors.Is(err, ErrNoSuchBucket) || o != nil {
		t.Errorf("%v, %v, want ErrNoSuchBucket", o, err)
	}
	if _, o, err := s.Object(t.Context(), "photos", "", ""); !errors.Is(err, ErrEmptyKey) || o != nil {
		t.Errorf("%v, %v, want ErrEmptyKey", o, err)
	}
}

func TestRangesAreReadWithinTheObjectOnly(t *testing.T) {
	s := newStore(t, storeOptions{inline: 8})
	b := s.createBucket("photos", alice)
	for _, body := range []string{"", "inline", strings.Repeat("0123456789", 1000)} {
		o := s.put(b, "k", body)
		size := o.Size
		for _, r := range [][2]int64{{0, size}, {0, 0}, {size, 0}, {size / 2, size - size/2}, {size / 3, size / 3}} {
			reader, err := s.Open(t.Context(), &o, r[0], r[1])
			if err != nil {
				t.Errorf("%d bytes, range %v: %v", size, r, err)
				continue
			}
			got, err := io.ReadAll(reader)
			if err != nil || string(got) != body[r[0]:r[0]+r[1]] {
				t.Errorf("%d bytes, range %v: %q, %v", size, r, got, err)
			}
			reader.Close()
		}
		for _, r := range [][2]int64{{-1, 1}, {0, -1}, {0, size + 1}, {size, 1}, {size + 1, 0}, {1, 1<<63 - 1}, {1<<63 - 1, 1}} {
			if reader, err := s.Open(t.Context(), &o, r[0], r[1]); err == nil {
				reader.Close()
				t.Errorf("%d bytes, range %v was opened", size, r)
			}
		}
	}
}

// gone is an object whose bytes nobody has any more.
func gone(o Object) *Object {
	o.content.Segment, o.content.Number = ^o.content.Segment, 1
	return &o
}

func TestReplacedObjectIsOpenedAsWhatReplacedIt(t *testing.T) {
	for _, body := range []string{"inline", strings.Repeat("blob", 1000)} {
		s := newStore(t, storeOptions{})
		b := s.createBucket("photos", alice)
		lost := gone(s.put(b, "k", strings.ToUpper(body)+"!"))
		if _, err := s.Open(t.Context(), lost, 0, lost.Size); !errors.Is(err, ErrReplaced) {
			t.Fatalf("Open: %v, want ErrReplaced", err)
		}
		s.put(b, "k", body)
		var asked []int64
		o, r, err := s.OpenCurrent(t.Context(), b, lost, func(o *Object) (int64, int64, error) {
			asked = append(asked, o.Size)
			return 1, o.Size - 1, nil
		})
		if err != nil || o == nil {
			t.Fatalf("OpenCurrent: %v, %v", o, err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if string(got) != body[1:] || err != nil || o.Size != int64(len(body)) {
			t.Errorf("read %.10q of %d bytes, %v", got, o.Size, err)
		}
		if len(asked) != 2 || asked[0] != lost.Size || asked[1] != o.Size {
			t.Errorf("asked for ranges of objects of %d bytes", asked)
		}
	}
}

func TestDeletedObjectIsOpenedAsNone(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	lost := gone(s.put(b, "k", "hello"))
	s.delete(b, "k")
	if o, r, err := s.OpenCurrent(t.Context(), b, lost, wholeObject); o != nil || r != nil || err != nil {
		t.Errorf("%v, %v, %v, want nothing", o, r, err)
	}
	s.deleteBucket(b)
	if _, _, err := s.OpenCurrent(t.Context(), b, lost, wholeObject); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("%v, want ErrNoSuchBucket", err)
	}
}

func TestObjectWithoutItsBytesIsDamaged(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	lost := gone(s.put(b, "k", "hello"))
	err := s.records.Update(t.Context(), func(txn kv.Txn) error {
		return record.Set(txn, objectKey(b.id, "k"), newObjectRecord(b, lost))
	})
	if err != nil {
		t.Fatal(err)
	}
	_, o, err := s.Object(t.Context(), "photos", "k", "")
	if err != nil || o == nil {
		t.Fatal(o, err)
	}
	if o, r, err := s.OpenCurrent(t.Context(), b, o, wholeObject); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v, %v, %v, want ErrDamaged", o, r, err)
	}
	s.delete(b, "k")
	s.deleteBucket(b)
}

func TestOpenCurrentReturnsWhatChooseRefuses(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	o := s.put(b, "k", "hello")
	refused := errors.New("not this one")
	choose := func(*Object) (int64, int64, error) { return 0, 0, refused }
	if o, r, err := s.OpenCurrent(t.Context(), b, &o, choose); o != nil || r != nil || !errors.Is(err, refused) {
		t.Errorf("%v, %v, %v", o, r, err)
	}
}

// A part's range is looked up before the object is opened, and may be gone first.
func TestOpenCurrentFollowsAnObjectWhoseRangeIsGone(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	old := s.put(b, "k", "hello")
	current := s.put(b, "k", "world!")
	choose := func(o *Object) (int64, int64, error) {
		if o.ETag == old.ETag {
			return 0, 0, ErrReplaced
		}
		return 0, o.Size, nil
	}
	o, r, err := s.OpenCurrent(t.Context(), b, &old, choose)
	if err != nil || o == nil || o.ETag != current.ETag {
		t.Fatalf("%v, %v", o, err)
	}
	r.Close()
}
