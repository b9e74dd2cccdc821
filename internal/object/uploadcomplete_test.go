package object

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

func TestChecksumsOfUploadsAreAsAsked(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.smallParts(1)
	b := s.createBucket("photos", alice)
	bodies := []string{fill(700, 0), fill(30, 1), fill(5000, 2)}
	whole := strings.Join(bodies, "")
	for _, a := range checksum.Algorithms() {
		for _, kind := range []checksum.Type{checksum.FullObject, checksum.Composite} {
			if !a.Supports(kind) {
				continue
			}
			u := s.createUploadAs(CreateUploadInput{Bucket: b, Key: "k", Algorithm: a, ChecksumType: kind})
			var parts []Part
			var sums []byte
			for i, body := range bodies {
				parts = append(parts, s.putPart(b, u, i+1, body))
				sums = append(sums, sumOf(a, body)...)
			}
			want := checksum.Sum{Algorithm: a, Value: sumOf(a, whole)}
			if kind == checksum.Composite {
				want.Value = sumOf(a, string(sums))
			}
			in := completeInput(b, u, parts...)
			for i := range in.Parts {
				in.Parts[i].Checksum = parts[i].Checksum
			}
			in.Expected, in.ChecksumType, in.Size = want, &kind, int64(len(whole))
			o, err := s.CompleteUpload(t.Context(), in)
			if err != nil {
				t.Errorf("%v, %v: %v", a, kind, err)
				continue
			}
			if diff := cmp.Diff(want, o.Checksum); diff != "" || o.ChecksumType != kind {
				t.Errorf("%v, %v: type %v, checksum (-want +got):\n%s", a, kind, o.ChecksumType, diff)
			}
			if listed := s.list(ListInput{Bucket: b, Max: 1}).Objects[0]; listed.ChecksumType != kind {
				t.Errorf("%v, %v: listed as %v", a, kind, listed.ChecksumType)
			}
		}
	}
}

// A refused completion leaves the upload as it was.
func TestRefusedCompletionsChangeNothing(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.smallParts(10)
	b := s.createBucket("photos", alice)
	lost := s.createBucket("lost", alice)
	s.deleteBucket(lost)
	old := s.put(b, "k", "old")
	u := s.createUploadAs(CreateUploadInput{Bucket: b, Key: "k", Algorithm: checksum.CRC32, ChecksumType: checksum.Composite})
	bodies := []string{"0123456789", "9876543210", "short", "end"}
	var parts []Part
	for i, body := range bodies {
		parts = append(parts, s.putPart(b, u, 2*i+1, body))
	}
	full := checksum.FullObject
	wrong := checksum.Sum{Algorithm: checksum.CRC32, Value: []byte("1234")}
	composite := sumOf(checksum.CRC32, string(sumOf(checksum.CRC32, bodies[0]))+string(sumOf(checksum.CRC32, bodies[1])))
	for _, tt := range []struct {
		name   string
		change func(*CompleteUploadInput)
		want   error
	}{
		{"no key", func(in *CompleteUploadInput) { in.Key = "" }, ErrEmptyKey},
		{"another key", func(in *CompleteUploadInput) { in.Key = "k2" }, ErrNoSuchUpload},
		{"no upload ID", func(in *CompleteUploadInput) { in.UploadID = "" }, ErrNoSuchUpload},
		{"another upload ID", func(in *CompleteUploadInput) { in.UploadID = strings.Repeat("0", uploadIDSize) }, ErrNoSuchUpload},
		{"deleted bucket", func(in *CompleteUploadInput) { in.Bucket = lost }, ErrNoSuchBucket},
		{"no parts", func(in *CompleteUploadInput) { in.Parts = nil }, ErrNoParts},
		{"part 0", func(in *CompleteUploadInput) { in.Parts[0].Number = 0 }, &PartNumberError{0}},
		{"part 10001", func(in *CompleteUploadInput) { in.Parts[1].Number = 10_001 }, &PartNumberError{10_001}},
		{"a part twice", func(in *CompleteUploadInput) { in.Parts[1] = in.Parts[0] }, ErrInvalidPartOrder},
		{"descending parts", func(in *CompleteUploadInput) { slices.Reverse(in.Parts) }, ErrInvalidPartOrder},
		{"a part that is not there", func(in *CompleteUploadInput) { in.Parts[1].Number = 2 }, &InvalidPartError{2, parts[1].ETag}},
		{"a part behind the last", func(in *CompleteUploadInput) { in.Parts[1].Number = 100 }, &InvalidPartError{100, parts[1].ETag}},
		{"no part that is there", func(in *CompleteUploadInput) { in.Parts = []CompletedPart{{Number: 9, Checksum: wrong}} }, &InvalidPartError{9, ""}},
		{"another ETag", func(in *CompleteUploadInput) { in.Parts[0].ETag = parts[1].ETag }, &InvalidPartError{1, parts[1].ETag}},
		{"no ETag", func(in *CompleteUploadInput) { in.Parts[0].ETag = "" }, &InvalidPartError{1, ""}},
		{"half an ETag", func(in *CompleteUploadInput) { in.Parts[0].ETag = parts[0].ETag[:16] }, &InvalidPartError{1, parts[0].ETag[:16]}},
		{"half a pair of quotes", func(in *CompleteUploadInput) { in.Parts[0].ETag = `"` + parts[0].ETag }, &InvalidPartError{1, `"` + parts[0].ETag}},
		{"a part's wrong checksum", func(in *CompleteUploadInput) { in.Parts[0].Checksum = wrong }, &InvalidPartError{1, parts[0].ETag}},
		{"a part's checksum of another algorithm", func(in *CompleteUploadInput) {
			in.Parts[0].Checksum = checksum.Sum{Algorithm: checksum.SHA1, Value: sumOf(checksum.SHA1, bodies[0])}
		}, &PartChecksumError{checksum.CRC32, 1}},
		{"a part without its checksum", func(in *CompleteUploadInput) {
			in.Parts[1].Checksum = checksum.Sum{}
		}, &PartChecksumError{checksum.CRC32, 3}},
		{"a small part", func(in *CompleteUploadInput) {
			in.Parts = completeInput(b, u, parts...).Parts
		}, &PartTooSmallError{5, parts[2].ETag, 5, 10}},
		{"wrong size", func(in *CompleteUploadInput) { in.Size = 19 }, &ObjectSizeError{19, 20}},
		{"wrong checksum", func(in *CompleteUploadInput) { in.Expected = wrong }, &ChecksumMismatchError{
			Algorithm: checksum.CRC32, Expected: []byte("1234"), Computed: composite, Parts: 2,
		}},
		{"checksum of other parts", func(in *CompleteUploadInput) {
			in.Expected, in.ExpectedParts = checksum.Sum{Algorithm: checksum.CRC32, Value: composite}, 3
		}, &ChecksumMismatchError{
			Algorithm: checksum.CRC32, Expected: composite, Computed: composite, ExpectedParts: 3, Parts: 2,
		}},
		{"checksum of another algorithm", func(in *CompleteUploadInput) {
			in.Expected = checksum.Sum{Algorithm: checksum.SHA1, Value: make([]byte, 20)}
		}, &ChecksumAlgorithmError{checksum.CRC32, checksum.SHA1}},
		{"another type", func(in *CompleteUploadInput) { in.ChecksumType = &full }, &UploadChecksumTypeError{checksum.Composite, checksum.FullObject}},
		{"If-None-Match", func(in *CompleteUploadInput) { in.Conditions.IfNoneMatch = new("*") }, &PreconditionError{"If-None-Match"}},
		{"If-Match", func(in *CompleteUploadInput) { in.Conditions.IfMatch = new(parts[0].ETag) }, &PreconditionError{"If-Match"}},
	} {
		in := completeInput(b, u, parts[:2]...)
		tt.change(&in)
		if _, err := s.CompleteUpload(t.Context(), in); !sameError(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if diff := cmp.Diff(parts, s.listParts(u)); diff != "" {
		t.Errorf("parts have changed: %s", diff)
	}
	if got, _ := s.get(b, "k"); got != "old" {
		t.Errorf("the object is %q", got)
	}
	in := completeInput(b, u, parts[0], parts[1], parts[2])
	in.Conditions.IfMatch = new(`"` + old.ETag + `"`)
	in.Parts[0].ETag = `"` + parts[0].ETag + `"`
	if _, err := s.CompleteUpload(t.Context(), in); err != nil {
		t.Error(err)
	}
	if got, _ := s.get(b, "k"); got != strings.Join(bodies[:3], "") {
		t.Errorf("the object is %q", got)
	}
	s.delete(b, "k")
	s.mustKeepNothing(b)
}

func TestPartsAreLimitedInSize(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	first := s.putPart(b, u, 1, fill(MinPartSize-1, 1))
	second := s.putPart(b, u, 2, "x")
	want := &PartTooSmallError{1, first.ETag, MinPartSize - 1, MinPartSize}
	if _, err := s.CompleteUpload(t.Context(), completeInput(b, u, first, second)); !sameError(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
	s.complete(b, u, first)

	tooLarge := &EntityTooLargeError{MaxObjectSize + 1, MaxObjectSize}
	if err := (&CompleteUploadInput{Size: -1}).check(&Object{Size: MaxObjectSize + 1}); !sameError(err, tooLarge) {
		t.Errorf("%v, want %v", err, tooLarge)
	}
}

func TestCompletionCanBeRepeated(t *testing.T) {
	for _, versioning := range []Versioning{Unversioned, VersioningEnabled, VersioningSuspended} {
		s := newStore(t, storeOptions{})
		b := s.createBucket("photos", alice)
		if versioning != Unversioned {
			s.setVersioning(b, versioning)
		}
		u := s.createUpload(b, "k")
		p := s.putPart(b, u, 1, "hello")
		in := completeInput(b, u, p)
		in.Conditions.IfNoneMatch = new("*")
		in.Size = 5
		first, err := s.CompleteUpload(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		s.clock.advance(time.Hour)
		again, err := s.CompleteUpload(t.Context(), in)
		if err != nil {
			t.Fatalf("versioning %d: %v", versioning, err)
		}
		if diff := cmp.Diff(first, again, compareUnexported); diff != "" {
			t.Errorf("versioning %d: (-first +again):\n%s", versioning, diff)
		}
		if page := s.listVersions(ListVersionsInput{Bucket: b, Max: 10}); len(page.Versions) != 1 {
			t.Errorf("versioning %d: listed %+v", versioning, page.Versions)
		}

		other := in
		other.Parts = []CompletedPart{{Number: 1, ETag: strings.Repeat("0", 32)}}
		malformed := in
		malformed.Parts = []CompletedPart{{Number: 1, ETag: "x"}}
		for _, in := range []CompleteUploadInput{other, malformed} {
			if _, err := s.CompleteUpload(t.Context(), in); !errors.Is(err, ErrNoSuchUpload) {
				t.Errorf("versioning %d: with other parts: %v, want %v", versioning, err, ErrNoSuchUpload)
			}
		}

		// Hidden by later versions it is still there, but not once it is gone.
		for i := range 3 {
			s.put(b, "k", fmt.Sprint(i))
		}
		s.delete(b, "k")
		again, err = s.CompleteUpload(t.Context(), in)
		if versioning == VersioningEnabled {
			if diff := cmp.Diff(first, again, compareUnexported); diff != "" || err != nil {
				t.Errorf("hidden: %v, (-first +again):\n%s", err, diff)
			}
			if _, err := s.Delete(t.Context(), DeleteInput{Bucket: b, Key: "k", VersionID: first.VersionID}); err != nil {
				t.Fatal(err)
			}
			_, err = s.CompleteUpload(t.Context(), in)
		}
		if !errors.Is(err, ErrNoSuchUpload) {
			t.Errorf("versioning %d, object gone: %v, want %v", versioning, err, ErrNoSuchUpload)
		}
	}
}

func TestCopiesAreNotWhatAnUploadWasCompletedAs(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.smallParts(1)
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	first, second := s.putPart(b, u, 1, fill(2000, 0)), s.putPart(b, u, 2, "two")
	s.complete(b, u, first, second)
	want := fill(2000, 0) + "two"
	for _, key := range []string{"copy", "k", "k"} {
		o, err := s.Copy(t.Context(), CopyInput{SourceBucket: b, Source: s.source(b, "k", ""), Bucket: b, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if offset, length, err := s.PartRange(t.Context(), &o, 2); offset != 2000 || length != 3 || err != nil {
			t.Errorf("part 2 of %s: %d, %d, %v", key, offset, length, err)
		}
	}
	if _, err := s.CompleteUpload(t.Context(), completeInput(b, u, first, second)); !errors.Is(err, ErrNoSuchUpload) {
		t.Errorf("completed again: %v, want %v", err, ErrNoSuchUpload)
	}
	for _, key := range []string{"k", "copy"} {
		s.clock.advance(time.Minute)
		if err := s.contents.Collect(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, ok := s.get(b, key); !ok || got != want {
			t.Errorf("%s has %d bytes", key, len(got))
		}
		s.delete(b, key)
	}
	s.mustKeepNothing(b)
}

func TestPartsOfObjectsAreFound(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.smallParts(1)
	b := s.createBucket("photos", alice)
	u := s.createUploadAs(CreateUploadInput{Bucket: b, Key: "k", Algorithm: checksum.SHA1, ChecksumType: checksum.Composite})
	bodies := []string{"one", strings.Repeat("two", 1000), "", "four"}
	var parts []Part
	for i, body := range bodies {
		if body == "" {
			s.putPart(b, u, 10*i, "not listed")
			continue
		}
		parts = append(parts, s.putPart(b, u, 10*i+5, body))
	}
	o := s.complete(b, u, parts...)
	offset := int64(0)
	for i := range parts {
		at, length, err := s.PartRange(t.Context(), &o, i+1)
		if err != nil || at != offset || length != parts[i].Size {
			t.Errorf("part %d: %d, %d, %v", i+1, at, length, err)
		}
		offset += parts[i].Size
		parts[i].Number = i + 1
	}
	for _, number := range []int{-1, 0, 4, 5, 10_000} {
		want := &InvalidPartNumberError{number, 3}
		if _, _, err := s.PartRange(t.Context(), &o, number); !sameError(err, want) {
			t.Errorf("part %d: %v, want %v", number, err, want)
		}
	}
	for _, tt := range []struct {
		after, max int
		want       PartPage
	}{
		{0, 1000, PartPage{Parts: parts}},
		{-1, 2, PartPage{Parts: parts[:2], Truncated: true, Next: 2}},
		{2, 2, PartPage{Parts: parts[2:]}},
		{3, 1, PartPage{}},
		{0, 0, PartPage{}},
	} {
		got, err := s.ObjectParts(t.Context(), &o, tt.after, tt.max)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%d parts after %d (-want +got):\n%s", tt.max, tt.after, diff)
		}
	}

	lost := gone(o)
	if _, _, err := s.PartRange(t.Context(), lost, 1); !errors.Is(err, ErrReplaced) {
		t.Errorf("part of a lost object: %v, want %v", err, ErrReplaced)
	}
	if _, err := s.ObjectParts(t.Context(), lost, 0, 1); !errors.Is(err, ErrReplaced) {
		t.Errorf("parts of a lost object: %v, want %v", err, ErrReplaced)
	}
	whole := s.put(b, "whole", "hello")
	if at, length, err := s.PartRange(t.Context(), &whole, 1); at != 0 || length != 5 || err != nil {
		t.Errorf("part of a whole: %d, %d, %v", at, length, err)
	}
	if _, _, err := s.PartRange(t.Context(), &whole, 2); !sameError(err, &InvalidPartNumberError{2, 1}) {
		t.Errorf("second part of a whole: %v", err)
	}
	if page, err := s.ObjectParts(t.Context(), &whole, 0, 1); err != nil || len(page.Parts) > 0 {
		t.Errorf("parts of a whole: %v, %v", page, err)
	}
}

func TestEmptyPartBecomesAnEmptyObject(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	p := s.putPart(b, u, 3, "")
	o := s.complete(b, u, p)
	if o.Size != 0 || o.Parts != 1 || !strings.HasSuffix(o.ETag, "-1") {
		t.Errorf("completed %+v", o)
	}
	again, err := s.CompleteUpload(t.Context(), completeInput(b, u, p))
	if diff := cmp.Diff(o, again, compareUnexported); diff != "" || err != nil {
		t.Errorf("again: %v, %s", err, diff)
	}
	if got, ok := s.get(b, "k"); !ok || got != "" {
		t.Errorf("got %q, %t", got, ok)
	}
	if at, length, err := s.PartRange(t.Context(), &o, 1); at != 0 || length != 0 || err != nil {
		t.Errorf("part 1: %d, %d, %v", at, length, err)
	}
	p.Number = 1
	page, err := s.ObjectParts(t.Context(), &o, 0, 10)
	if diff := cmp.Diff(PartPage{Parts: []Part{p}}, page); diff != "" || err != nil {
		t.Errorf("parts: %v, (-want +got):\n%s", err, diff)
	}
	s.delete(b, "k")
	s.mustKeepNothing(b)
}

func TestTenThousandPartsAreOneObject(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.smallParts(1)
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	parts := make([]Part, MaxPartNumber)
	bodies := make([]string, len(parts))
	for i := range parts {
		bodies[i] = strings.Repeat(string(rune('a'+i%26)), 1+i%3)
	}
	const batch = 1000 // in one transaction, for the test's sake
	for i := 0; i < len(parts); i += batch {
		s.putPartsAtOnce(b, u, i+1, bodies[i:i+batch], parts[i:i+batch])
	}
	o := s.complete(b, u, parts...)
	whole := strings.Join(bodies, "")
	if o.Size != int64(len(whole)) || o.Parts != MaxPartNumber {
		t.Errorf("%d parts with %d bytes, want %d", o.Parts, o.Size, len(whole))
	}
	for _, offset := range []int64{0, 7777, o.Size - 100} {
		r, err := s.Open(t.Context(), &o, offset, 100)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != whole[offset:offset+100] {
			t.Errorf("from %d on: %q, %v", offset, got, err)
		}
		r.Close()
	}
	if want := sumOf(checksum.CRC64NVME, whole); !bytes.Equal(o.Checksum.Value, want) {
		t.Errorf("checksum is %x, want %x", o.Checksum.Value, want)
	}
}

// putPartsAtOnce stores parts with consecutive numbers in one transaction.
func (s *store) putPartsAtOnce(b Bucket, u *Upload, first int, bodies []string, parts []Part) {
	s.t.Helper()
	err := s.records.Update(s.t.Context(), func(txn kv.Txn) error {
		for i, body := range bodies {
			draft, err := s.contents.Receive(s.t.Context(), strings.NewReader(body), -1)
			if err != nil {
				return err
			}
			defer draft.Done()
			rec := partRecord{
				MD5:      md5Of(body),
				Modified: s.clock.now().UnixNano(),
				Checksum: checksum.Sum{Algorithm: u.Algorithm, Value: sumOf(u.Algorithm, body)},
			}
			detail, err := record.Encode(rec)
			if err != nil {
				return err
			}
			if err := draft.PublishPart(txn, u.content, first+i, detail); err != nil {
				return err
			}
			parts[i] = rec.part(first+i, int64(len(body)))
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// The one who reads while another deletes gets the object whole.
func TestReaderOfAnAssembledObjectOutlivesIt(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.smallParts(1)
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	var parts []Part
	for i := range 5 {
		parts = append(parts, s.putPart(b, u, i+1, fill(3000, byte(i))))
	}
	o := s.complete(b, u, parts...)
	r, err := s.Open(t.Context(), &o, 0, o.Size)
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 4000)
	if _, err := io.ReadFull(r, head); err != nil {
		t.Fatal(err)
	}
	s.delete(b, "k")
	for range 2 {
		s.clock.advance(time.Hour)
		if err := s.contents.Collect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rest, err := io.ReadAll(r)
	if err != nil || int64(len(head)+len(rest)) != o.Size || !bytes.Equal(rest[len(rest)-10:], []byte(fill(3000, 4)[2990:])) {
		t.Errorf("read %d bytes, %v", len(head)+len(rest), err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	s.mustKeepNothing(b)
}

// Of those who end an upload at the same time one wins, and what the losers are
// told is true.
func TestUploadsAreEndedOnce(t *testing.T) {
	s := newStore(t, storeOptions{inline: 8})
	s.smallParts(1)
	b := s.createBucket("photos", alice)
	r := rand.New(rand.NewPCG(1, 1))
	for round := range 60 {
		u := s.createUpload(b, "k")
		parts := []Part{s.putPart(b, u, 1, fmt.Sprint("first of ", round)), s.putPart(b, u, 2, "second")}
		lists := [][]Part{parts, parts, parts[:1]}
		abort := r.IntN(2) == 0
		var running sync.WaitGroup
		completed := make([]*Object, len(lists))
		aborted := false
		for i, list := range lists {
			running.Go(func() {
				o, err := s.CompleteUpload(t.Context(), completeInput(b, u, list...))
				if err == nil {
					completed[i] = &o
				} else if !errors.Is(err, ErrNoSuchUpload) {
					t.Error(err)
				}
			})
		}
		running.Go(func() {
			if !abort {
				return
			}
			if err := s.AbortUpload(t.Context(), b, u); err == nil {
				aborted = true
			} else if !errors.Is(err, ErrNoSuchUpload) {
				t.Error(err)
			}
		})
		running.Go(func() {
			for i := range 3 {
				_, err := s.PutPart(t.Context(), partInput(b, u, 3+i, strings.Repeat("late", 10)))
				if err != nil && !errors.Is(err, ErrNoSuchUpload) {
					t.Error(err)
				}
			}
		})
		running.Wait()
		whole := completed[0] != nil || completed[1] != nil
		if (completed[0] == nil) != (completed[1] == nil) {
			t.Errorf("round %d: of two that ask for the same one got it", round)
		}
		winners := 0
		for _, won := range []bool{whole, completed[2] != nil, aborted} {
			if won {
				winners++
			}
		}
		if winners != 1 {
			t.Errorf("round %d: whole %t, first part %t, aborted %t", round, whole, completed[2] != nil, aborted)
		}
		got, ok := s.get(b, "k")
		switch want := fmt.Sprint("first of ", round); {
		case aborted:
			if ok {
				t.Errorf("round %d: aborted, but there is %q", round, got)
			}
		case whole:
			want += "second"
			fallthrough
		default:
			if got != want {
				t.Errorf("round %d: got %q, want %q", round, got, want)
			}
		}
		if ok {
			s.delete(b, "k")
		}
	}
	s.mustKeepNothing(b)
}
