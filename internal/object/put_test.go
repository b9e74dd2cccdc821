package object

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

func TestObjectIsWhatWasPut(t *testing.T) {
	s := newStore(t, storeOptions{inline: 16})
	b := s.createBucket("photos", alice)
	attributes := Attributes{
		Headers:      map[string]string{"Content-Type": "image/jpeg", "Cache-Control": "no-store"},
		Metadata:     map[string]string{"who": "M\xfcller"},
		StorageClass: "REDUCED_REDUNDANCY",
	}
	for name, body := range map[string]string{
		"empty": "", "inline": "0123456789abcdef", "a blob": strings.Repeat("0123456789abcdef", 10_000),
	} {
		for _, algorithm := range append(checksum.Algorithms(), checksum.None) {
			for _, size := range []int64{int64(len(body)), -1} {
				in := putInput(b, "a/"+name, body)
				in.Owner, in.Attributes, in.Algorithm, in.Size = bob, attributes, algorithm, size
				kept := algorithm
				if kept == checksum.None {
					kept = checksum.CRC64NVME
				}
				put, err := s.Put(t.Context(), in)
				if err != nil {
					t.Fatalf("%s, %v: %v", name, algorithm, err)
				}
				hash := kept.New()
				hash.Write([]byte(body))
				sum := md5.Sum([]byte(body))
				want := Object{
					Key: "a/" + name, Size: int64(len(body)), ETag: hex.EncodeToString(sum[:]), Owner: bob,
					Attributes: attributes, Checksum: checksum.Sum{Algorithm: kept, Value: hash.Sum(nil)},
				}
				ignore := cmpopts.IgnoreFields(Object{}, "Modified", "content", "salt", "upload", "asked")
				if diff := cmp.Diff(want, put, ignore); diff != "" {
					t.Errorf("%s, %v: Put returned %s", name, algorithm, diff)
				}
				gotBucket, got, err := s.Object(t.Context(), "photos", "a/"+name, "")
				if err != nil || got == nil {
					t.Fatalf("%s, %v: %v, %v", name, algorithm, got, err)
				}
				if diff := cmp.Diff(put, *got, compareUnexported); diff != "" {
					t.Errorf("%s, %v: Object returned %s", name, algorithm, diff)
				}
				if diff := cmp.Diff(b, gotBucket, compareUnexported); diff != "" {
					t.Errorf("%s, %v: Object returned the bucket %s", name, algorithm, diff)
				}
				if read, ok := s.read(b, got); !ok || read != body {
					t.Errorf("%s, %v: read %d bytes, %t", name, algorithm, len(read), ok)
				}
			}
		}
	}
}

func TestObjectsBelongToTheBucketsOwnerUnlessSaidOtherwise(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	for _, tt := range []struct{ given, want Owner }{{Owner{}, alice}, {alice, alice}, {bob, bob}} {
		in := putInput(b, "k", "hello")
		in.Owner = tt.given
		put, err := s.Put(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := s.Object(t.Context(), "photos", "k", "")
		if err != nil || got == nil {
			t.Fatal(got, err)
		}
		listed := s.list(ListInput{Bucket: b, Max: 1}).Objects[0]
		if put.Owner != tt.want || got.Owner != tt.want || listed.Owner != tt.want {
			t.Errorf("given %v: put %v, got %v, listed %v, want %v", tt.given, put.Owner, got.Owner, listed.Owner, tt.want)
		}
	}
}

func TestPutReplaces(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	bodies := []string{"one", "", strings.Repeat("x", 5000), "two", strings.Repeat("y", 5000), strings.Repeat("z", 5000)}
	for _, body := range bodies {
		s.put(b, "k", body)
		if got, ok := s.get(b, "k"); !ok || got != body {
			t.Fatalf("got %.10q, want %.10q", got, body)
		}
	}
	if page := s.list(ListInput{Bucket: b, Max: 10}); len(page.Objects) != 1 {
		t.Errorf("listed %+v", page)
	}
}

func TestLaterVersionsHaveLaterTimes(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	first := s.put(b, "k", "1")
	if !first.Modified.Equal(s.clock.now()) {
		t.Errorf("put at %v, says %v", s.clock.now(), first.Modified)
	}
	same := s.put(b, "k", "2")
	if want := first.Modified.Add(1); !same.Modified.Equal(want) {
		t.Errorf("put at the same time: %v, want %v", same.Modified, want)
	}
	s.clock.advance(-time.Hour)
	back := s.put(b, "k", "3")
	if want := same.Modified.Add(1); !back.Modified.Equal(want) {
		t.Errorf("put after the clock was set back: %v, want %v", back.Modified, want)
	}
	s.clock.advance(2 * time.Hour)
	if o := s.put(b, "k", "4"); !o.Modified.Equal(s.clock.now()) {
		t.Errorf("put at %v, says %v", s.clock.now(), o.Modified)
	}
}

// A refused upload leaves what was there, and nothing where nothing was.
func TestRefusedPutsStoreNothing(t *testing.T) {
	broken, noTrailer := errors.New("connection reset"), errors.New("no trailer")
	crc32 := func(s string) []byte {
		h := checksum.CRC32.New()
		io.WriteString(h, s)
		return h.Sum(nil)
	}
	md5sum := md5.Sum([]byte("hello"))
	other := md5.Sum([]byte("other"))
	for _, tt := range []struct {
		name   string
		change func(*PutInput)
		want   error
	}{
		{"empty key", func(in *PutInput) { in.Key = "" }, ErrEmptyKey},
		{"key that is not UTF-8", func(in *PutInput) { in.Key = "\xff" }, ErrKeyNotUTF8},
		{"key too long", func(in *PutInput) { in.Key = strings.Repeat("k", 1025) }, &KeyTooLongError{1025}},
		{"bucket that is not there", func(in *PutInput) { in.Bucket.Name = "pictures" }, ErrNoSuchBucket},
		{"body that fails", func(in *PutInput) { in.Body = io.MultiReader(in.Body, iotest.ErrReader(broken)) }, broken},
		{"body that fails at once", func(in *PutInput) { in.Body = iotest.ErrReader(broken) }, broken},
		{"body that fails with its last bytes", func(in *PutInput) { in.Body = &lastGasp{"hello", broken} }, broken},
		{"body cut off", func(in *PutInput) { in.Body = io.MultiReader(in.Body, iotest.ErrReader(io.ErrUnexpectedEOF)) }, io.ErrUnexpectedEOF},
		{"body too short", func(in *PutInput) { in.Size = 6 }, ErrIncompleteBody},
		{"body that is missing", func(in *PutInput) { in.Body = strings.NewReader("") }, ErrIncompleteBody},
		{"body too long", func(in *PutInput) { in.Size = 4 }, ErrIncompleteBody},
		{"body far too long", func(in *PutInput) { in.Body = endless{} }, ErrIncompleteBody},
		{"body where none was announced", func(in *PutInput) { in.Size = 0 }, ErrIncompleteBody},
		{"larger than allowed", func(in *PutInput) { in.MaxSize = 4 }, &EntityTooLargeError{5, 4}},
		{"larger than nothing", func(in *PutInput) { in.MaxSize = 0 }, &EntityTooLargeError{5, 0}},
		{"larger than allowed, unannounced", func(in *PutInput) {
			in.Size, in.MaxSize, in.Body = -1, 4, iotest.OneByteReader(endless{})
		}, &EntityTooLargeError{5, 4}},
		{"smaller than demanded", func(in *PutInput) { in.MinSize = 6 }, &EntityTooSmallError{5, 6}},
		{"smaller than demanded, unannounced", func(in *PutInput) { in.Size, in.MinSize = -1, 6 }, &EntityTooSmallError{5, 6}},
		{"wrong MD5", func(in *PutInput) { in.ContentMD5 = other[:] }, &BadDigestError{other[:], md5sum[:]}},
		{"MD5 cut short", func(in *PutInput) { in.ContentMD5 = md5sum[:15] }, &BadDigestError{md5sum[:15], md5sum[:]}},
		{"wrong checksum", func(in *PutInput) {
			in.Algorithm, in.Expected = checksum.CRC32, func() ([]byte, error) { return crc32("other"), nil }
		}, &ChecksumMismatchError{Algorithm: checksum.CRC32, Expected: crc32("other"), Computed: crc32("hello")}},
		{"checksum of another kind", func(in *PutInput) {
			in.Algorithm, in.Expected = checksum.CRC32C, func() ([]byte, error) { return crc32("hello"), nil }
		}, cmpopts.AnyError},
		{"no checksum where one was announced", func(in *PutInput) {
			in.Algorithm, in.Expected = checksum.CRC32, func() ([]byte, error) { return nil, nil }
		}, &ChecksumMismatchError{Algorithm: checksum.CRC32, Expected: nil, Computed: crc32("hello")}},
		{"trailer that fails", func(in *PutInput) {
			in.Expected = func() ([]byte, error) { return nil, noTrailer }
		}, noTrailer},
		{"cancelled", func(in *PutInput) {}, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, inline := range []int{1, 1024} {
				s := newStore(t, storeOptions{inline: inline})
				b := s.createBucket("photos", alice)
				s.put(b, "old", "old")
				for _, key := range []string{"old", "new"} {
					in := putInput(b, key, "hello")
					tt.change(&in)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if errors.Is(tt.want, context.Canceled) {
						cancel()
					}
					_, err := s.Put(ctx, in)
					if err == nil || !cmp.Equal(err, tt.want, cmpopts.EquateErrors()) && !cmp.Equal(err, tt.want) {
						t.Errorf("%v, want %v", err, tt.want)
					}
				}
				if got, ok := s.get(b, "old"); !ok || got != "old" {
					t.Errorf("the old object is %q, %t", got, ok)
				}
				if page := s.list(ListInput{Bucket: b, Max: 10}); len(page.Objects) != 1 {
					t.Errorf("stored %+v", page.Objects)
				}
			}
		})
	}
}

// lastGasp returns its text and its error in one call.
type lastGasp struct {
	text string
	err  error
}

func (r *lastGasp) Read(p []byte) (int, error) { return copy(p, r.text), r.err }

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestPutsWithinTheirBoundsAreStored(t *testing.T) {
	sum := md5.Sum([]byte("hello"))
	for _, tt := range []struct {
		name   string
		change func(*PutInput)
	}{
		{"no bounds", func(in *PutInput) {}},
		{"exactly as large as allowed", func(in *PutInput) { in.MaxSize = 5 }},
		{"exactly as small as demanded", func(in *PutInput) { in.MinSize = 5 }},
		{"unannounced, exactly as large as allowed", func(in *PutInput) { in.Size, in.MaxSize, in.MinSize = -1, 5, 5 }},
		{"byte by byte", func(in *PutInput) { in.Body = iotest.OneByteReader(in.Body) }},
		{"end with the last bytes", func(in *PutInput) { in.Body = iotest.DataErrReader(in.Body) }},
		{"right MD5", func(in *PutInput) { in.ContentMD5 = sum[:] }},
		{"right checksum, known after the body only", func(in *PutInput) {
			hash := checksum.CRC32.New()
			in.Body = io.TeeReader(in.Body, hash)
			in.Algorithm, in.Expected = checksum.CRC32, func() ([]byte, error) { return hash.Sum(nil), nil }
		}},
	} {
		s := newStore(t, storeOptions{})
		b := s.createBucket("photos", alice)
		in := putInput(b, "k", "hello")
		tt.change(&in)
		if _, err := s.Put(t.Context(), in); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if got, _ := s.get(b, "k"); got != "hello" {
			t.Errorf("%s: got %q", tt.name, got)
		}
	}
}

// A hash state that a refused upload left behind must not reach the next one.
func TestPutsAfterARefusedOneHaveTheirOwnDigest(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	want := s.put(b, "k", "hello")
	for range 10 {
		in := putInput(b, "k", "hello")
		in.Size = 3
		if _, err := s.Put(t.Context(), in); !errors.Is(err, ErrIncompleteBody) {
			t.Fatal(err)
		}
		got := s.put(b, "k", "hello")
		if got.ETag != want.ETag || !cmp.Equal(got.Checksum, want.Checksum) {
			t.Fatalf("ETag %s, checksum %v, want %s, %v", got.ETag, got.Checksum, want.ETag, want.Checksum)
		}
	}
}

func TestErrorsOfTheStoresAreTranslated(t *testing.T) {
	for _, tt := range []struct{ err, want error }{
		{content.ErrNoSpace, ErrNoSpace},
		{content.ErrSwept, ErrSwept},
		{content.ErrGone, ErrReplaced},
		{content.ErrDamaged, ErrDamaged},
		{&content.UnavailableError{Reason: "no mark", Err: content.ErrDamaged}, ErrUnavailable},
		{kv.ErrUnknown, ErrUnknown},
		{io.ErrUnexpectedEOF, io.ErrUnexpectedEOF},
		{nil, nil},
	} {
		got := translate(tt.err)
		if !errors.Is(got, tt.want) || !errors.Is(got, tt.err) {
			t.Errorf("%v became %v", tt.err, got)
		}
	}
}

// unsure applies each Update and then says that it does not know.
type unsure struct {
	kv.Store
	unknown *bool
}

func (s unsure) Update(ctx context.Context, fn func(kv.Txn) error) error {
	err := s.Store.Update(ctx, fn)
	if err == nil && *s.unknown {
		return kv.ErrUnknown
	}
	return err
}

func TestPutThatMayHaveTakenEffectKeepsItsBytes(t *testing.T) {
	for _, body := range []string{"inline", strings.Repeat("blob", 1000)} {
		var unknown bool
		s := newStore(t, storeOptions{wrap: func(s kv.Store) kv.Store { return unsure{s, &unknown} }})
		b := s.createBucket("photos", alice)
		unknown = true
		if _, err := s.Put(t.Context(), putInput(b, "k", body)); !errors.Is(err, ErrUnknown) {
			t.Fatalf("%v, want ErrUnknown", err)
		}
		if got, ok := s.get(b, "k"); !ok || got != body {
			t.Errorf("got %.10q, %t", got, ok)
		}
		if err := second(s.Delete(t.Context(), DeleteInput{Bucket: b, Key: "k"})); !errors.Is(err, ErrUnknown) {
			t.Fatalf("%v, want ErrUnknown", err)
		}
	}
}

// restless runs the function of each Update in vain before it runs it again, as
// an engine may.
type restless struct{ kv.Store }

func (s restless) Update(ctx context.Context, fn func(kv.Txn) error) error {
	vain := errors.New("in vain")
	err := s.Store.Update(ctx, func(txn kv.Txn) error {
		if err := fn(txn); err != nil {
			return err
		}
		return vain
	})
	if !errors.Is(err, vain) {
		return err
	}
	return s.Store.Update(ctx, fn)
}

func TestTransactionsMayRunTwice(t *testing.T) {
	s := newStore(t, storeOptions{maxBuckets: 2, wrap: func(s kv.Store) kv.Store { return restless{s} }})
	a := s.createBucket("one", alice)
	s.createBucket("two", alice)
	s.deleteBucket(a)
	b := s.createBucket("one", alice)
	for _, body := range []string{"x", "y", strings.Repeat("z", 5000)} {
		s.put(b, "k", body)
		if got, _ := s.get(b, "k"); got != body {
			t.Errorf("got %.10q, want %.10q", got, body)
		}
	}
	s.delete(b, "k")
	s.deleteBucket(b)
}
