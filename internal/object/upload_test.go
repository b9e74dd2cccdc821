package object

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/kv"
)

var compareUploads = cmp.AllowUnexported(Upload{}, Bucket{})

// smallParts lets parts have any size from n bytes on.
func (s *store) smallParts(n int64) { s.minPart = n }

func (s *store) createUpload(b Bucket, key string) *Upload {
	s.t.Helper()
	return s.createUploadAs(CreateUploadInput{Bucket: b, Key: key})
}

func (s *store) createUploadAs(in CreateUploadInput) *Upload {
	s.t.Helper()
	u, err := s.CreateUpload(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return &u
}

// partInput is a part as a client sends it: with its checksum where it needs one.
func partInput(b Bucket, u *Upload, number int, body string) PutPartInput {
	in := PutPartInput{
		Bucket: b, Upload: u, Number: number, Body: strings.NewReader(body), Size: int64(len(body)), MaxSize: -1,
	}
	if u.needsPartChecksums() {
		in.Expected = func() ([]byte, error) { return sumOf(u.Algorithm, body), nil }
	}
	return in
}

func (s *store) putPart(b Bucket, u *Upload, number int, body string) Part {
	s.t.Helper()
	p, err := s.PutPart(s.t.Context(), partInput(b, u, number, body))
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func completeInput(b Bucket, u *Upload, parts ...Part) CompleteUploadInput {
	in := CompleteUploadInput{Bucket: b, Key: u.Key, UploadID: u.ID, Size: -1}
	for _, p := range parts {
		listed := CompletedPart{Number: p.Number, ETag: p.ETag}
		if u.needsPartChecksums() {
			listed.Checksum = p.Checksum
		}
		in.Parts = append(in.Parts, listed)
	}
	return in
}

func (s *store) complete(b Bucket, u *Upload, parts ...Part) Object {
	s.t.Helper()
	o, err := s.CompleteUpload(s.t.Context(), completeInput(b, u, parts...))
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *store) abort(b Bucket, u *Upload) {
	s.t.Helper()
	if err := s.AbortUpload(s.t.Context(), b, u); err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) listParts(u *Upload) []Part {
	s.t.Helper()
	page, err := s.ListParts(s.t.Context(), u, 0, MaxPage)
	if err != nil {
		s.t.Fatal(err)
	}
	return page.Parts
}

// mustKeepNothing deletes a bucket and sees that nothing is left of what was in
// it.
func (s *store) mustKeepNothing(b Bucket) {
	s.t.Helper()
	s.deleteBucket(b)
	for range 2 {
		s.clock.advance(time.Minute)
		if err := s.contents.Collect(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
	s.view(func(r kv.Reader) error {
		it := r.Scan(nil, nil)
		for it.Next() {
			// The sequence of IDs, the registration of a segment that is in use, the mark.
			if first := it.Key()[0]; first != sequencePrefix && first != 0x10 && first != 0x18 {
				s.t.Errorf("left is %x", it.Key())
			}
		}
		return it.Close()
	})
}

// fill returns n bytes that are different everywhere.
func fill(n int, seed byte) string {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%c%d.", 'a'+seed%26, i)
	}
	return b.String()[:n]
}

func sumOf(a checksum.Algorithm, data string) []byte {
	h := a.New()
	io.WriteString(h, data)
	return h.Sum(nil)
}

func md5Of(data string) []byte {
	sum := md5.Sum([]byte(data))
	return sum[:]
}

func TestUploadBecomesAnObject(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	attributes := Attributes{
		Headers:      map[string]string{"Content-Type": "image/jpeg"},
		Metadata:     map[string]string{"who": "M\xfcller"},
		StorageClass: "STANDARD_IA",
	}
	tags := []Tag{{"a", "b"}}
	u := s.createUploadAs(CreateUploadInput{Bucket: b, Key: "a/b", Owner: bob, Attributes: attributes, Tags: tags})
	bodies := []string{fill(MinPartSize, 0), fill(MinPartSize+3, 1), fill(100, 2)}
	// In any order, and once more.
	s.putPart(b, u, 7, "not this one")
	third := s.putPart(b, u, MaxPartNumber, bodies[2])
	second := s.putPart(b, u, 7, bodies[1])
	first := s.putPart(b, u, 2, bodies[0])
	s.putPart(b, u, 9, "not listed")
	s.clock.advance(time.Hour)
	o := s.complete(b, u, first, second, third)

	whole := strings.Join(bodies, "")
	want := Object{
		Key: "a/b", Size: int64(len(whole)), Parts: 3, Owner: bob, Attributes: attributes, Tags: tags, Modified: s.clock.now().UTC(),
		ETag:     hex.EncodeToString(md5Of(string(md5Of(bodies[0]))+string(md5Of(bodies[1]))+string(md5Of(bodies[2])))) + "-3",
		Checksum: checksum.Sum{Algorithm: checksum.CRC64NVME, Value: sumOf(checksum.CRC64NVME, whole)},
	}
	if diff := cmp.Diff(want, o, cmpopts.IgnoreUnexported(Object{})); diff != "" {
		t.Errorf("completed (-want +got):\n%s", diff)
	}
	_, loaded, err := s.Object(t.Context(), "photos", "a/b", "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&o, loaded, compareUnexported); diff != "" {
		t.Errorf("loaded (-completed +loaded):\n%s", diff)
	}
	if listed := s.list(ListInput{Bucket: b, Max: 10}).Objects; len(listed) != 1 || listed[0].Size != o.Size || listed[0].ETag != o.ETag {
		t.Errorf("listed %+v", listed)
	}
	if got, ok := s.get(b, "a/b"); !ok || got != whole {
		t.Errorf("got %d bytes, want %d", len(got), len(whole))
	}
	for _, r := range [][2]int{{0, 1}, {MinPartSize - 1, 2}, {MinPartSize, 1}, {100, MinPartSize * 2}, {len(whole) - 101, 101}, {len(whole), 0}} {
		reader, err := s.Open(t.Context(), &o, int64(r[0]), int64(r[1]))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(reader)
		if err != nil || string(got) != whole[r[0]:r[0]+r[1]] {
			t.Errorf("range %v: %d bytes, %v", r, len(got), err)
		}
		reader.Close()
	}
	s.delete(b, "a/b")
	s.mustKeepNothing(b)
}

func TestUploadIsLoadedAsItWasCreated(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	for _, in := range []CreateUploadInput{
		{Key: "k"},
		{
			Key: "a\x00b", Owner: bob, Tags: []Tag{{"a", "b"}}, Algorithm: checksum.CRC32, ChecksumType: checksum.Composite,
			Attributes: Attributes{
				Headers: map[string]string{"Expires": "\xff"}, Metadata: map[string]string{"a": ""}, StorageClass: "GLACIER",
			},
		},
		{Key: strings.Repeat("\x00", MaxKeySize), Algorithm: checksum.SHA256, ChecksumType: checksum.Composite},
		{Key: "k", Algorithm: checksum.CRC64NVME},
	} {
		in.Bucket = b
		u := s.createUploadAs(in)
		want := Upload{
			ID: u.ID, Key: in.Key, Initiated: s.clock.now().UTC(), Owner: in.Owner, Attributes: in.Attributes, Tags: in.Tags,
			Algorithm: in.Algorithm, Named: in.Algorithm != checksum.None, ChecksumType: in.ChecksumType,
		}
		if in.Owner == (Owner{}) {
			want.Owner = alice
		}
		if in.Algorithm == checksum.None {
			want.Algorithm = checksum.CRC64NVME
		}
		if diff := cmp.Diff(want, *u, cmpopts.IgnoreUnexported(Upload{})); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
		gotBucket, got, err := s.Upload(t.Context(), "photos", in.Key, u.ID)
		if err != nil || got == nil {
			t.Fatal(got, err)
		}
		if diff := cmp.Diff(u, got, compareUploads); diff != "" {
			t.Errorf("loaded (-created +loaded):\n%s", diff)
		}
		if gotBucket.id != b.id {
			t.Errorf("loaded the bucket %+v", gotBucket)
		}
	}
}

func TestUploadTellsWhatIsMissing(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	for _, id := range []string{"", "x", u.ID[1:], u.ID + "0", strings.ToUpper(u.ID), strings.Repeat("0", len(u.ID)), strings.Repeat("g", len(u.ID)), strings.Repeat("0", 5000)} {
		if id == u.ID {
			continue
		}
		if got, upload, err := s.Upload(t.Context(), "photos", "k", id); err != nil || upload != nil || got.id != b.id {
			t.Errorf("%.60q: %+v, %v", id, upload, err)
		}
	}
	if _, upload, err := s.Upload(t.Context(), "photos", "k2", u.ID); upload != nil || err != nil {
		t.Errorf("another key: %v, %v", upload, err)
	}
	if _, _, err := s.Upload(t.Context(), "pictures", "k", u.ID); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("another bucket: %v, want %v", err, ErrNoSuchBucket)
	}
	if _, _, err := s.Upload(t.Context(), "photos", "", u.ID); !errors.Is(err, ErrEmptyKey) {
		t.Errorf("no key: %v, want %v", err, ErrEmptyKey)
	}
}

func TestUploadIDsAreUnguessableAndSortByTime(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	var ids []string
	tails := make(map[string]bool)
	for range 50 {
		u := s.createUpload(b, "k")
		ids = append(ids, u.ID)
		tails[u.ID[2*uploadIDTime:]] = true
		s.clock.advance(time.Millisecond)
	}
	if !slices.IsSorted(ids) || len(tails) != len(ids) {
		t.Errorf("IDs are %q", ids)
	}
}

func TestRefusedUploadsAreNotCreated(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	gone := s.createBucket("gone", alice)
	s.deleteBucket(gone)
	for _, tt := range []struct {
		in   CreateUploadInput
		want error
	}{
		{CreateUploadInput{Bucket: b}, ErrEmptyKey},
		{CreateUploadInput{Bucket: b, Key: "\xff"}, ErrKeyNotUTF8},
		{CreateUploadInput{Bucket: gone, Key: "k"}, ErrNoSuchBucket},
		{CreateUploadInput{Bucket: b, Key: "k", Algorithm: checksum.SHA1}, &ChecksumTypeError{checksum.SHA1, checksum.FullObject}},
		{
			CreateUploadInput{Bucket: b, Key: "k", Algorithm: checksum.CRC64NVME, ChecksumType: checksum.Composite},
			&ChecksumTypeError{checksum.CRC64NVME, checksum.Composite},
		},
		{CreateUploadInput{Bucket: b, Key: "k", ChecksumType: checksum.Composite}, &ChecksumTypeError{checksum.None, checksum.Composite}},
	} {
		if _, err := s.CreateUpload(t.Context(), tt.in); !sameError(err, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.in, err, tt.want)
		}
	}
	s.mustKeepNothing(b)
}

// sameError reports whether err is want, or one like it.
func sameError(err, want error) bool {
	return errors.Is(err, want) || reflect.DeepEqual(err, want)
}

func TestPartIsWhatWasPut(t *testing.T) {
	s := newStore(t, storeOptions{inline: 16})
	b := s.createBucket("photos", alice)
	for _, algorithm := range append(checksum.Algorithms(), checksum.None) {
		u := s.createUploadAs(CreateUploadInput{Bucket: b, Key: "k", Algorithm: algorithm, ChecksumType: algorithm.DefaultType()})
		var want []Part
		for i, body := range []string{"", "hello", fill(5000, 1)} {
			in := partInput(b, u, 3*i+1, body)
			in.ContentMD5 = md5Of(body)
			in.Expected = func() ([]byte, error) { return sumOf(u.Algorithm, body), nil }
			if i == 1 {
				in.Size = -1
			}
			p, err := s.PutPart(t.Context(), in)
			if err != nil {
				t.Fatalf("%v: %v", algorithm, err)
			}
			want = append(want, Part{
				Number: 3*i + 1, Size: int64(len(body)), ETag: hex.EncodeToString(md5Of(body)), Modified: s.clock.now().UTC(),
				Checksum: checksum.Sum{Algorithm: u.Algorithm, Value: sumOf(u.Algorithm, body)},
			})
			if diff := cmp.Diff(want[i], p); diff != "" {
				t.Errorf("%v: put (-want +got):\n%s", algorithm, diff)
			}
			s.clock.advance(time.Second)
		}
		if diff := cmp.Diff(want, s.listParts(u)); diff != "" {
			t.Errorf("%v: listed (-want +got):\n%s", algorithm, diff)
		}
	}
	s.mustKeepNothing(b)
}

// Where a client names no algorithm for the upload, its SDK may send the parts'
// checksums all the same.
func TestPartsOfUnnamedAlgorithmsAreVerified(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.smallParts(1)
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	in := partInput(b, u, 1, "hello, ")
	in.Algorithm, in.Expected = checksum.CRC32, func() ([]byte, error) { return sumOf(checksum.CRC32, "other"), nil }
	want := &ChecksumMismatchError{Algorithm: checksum.CRC32, Expected: sumOf(checksum.CRC32, "other"), Computed: sumOf(checksum.CRC32, "hello, ")}
	if _, err := s.PutPart(t.Context(), in); !sameError(err, want) {
		t.Errorf("wrong checksum: %v, want %v", err, want)
	}
	in = partInput(b, u, 1, "hello, ")
	in.Algorithm, in.Expected = checksum.CRC32, func() ([]byte, error) { return sumOf(checksum.CRC32, "hello, "), nil }
	first, err := s.PutPart(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	sum := checksum.Sum{Algorithm: checksum.CRC32, Value: sumOf(checksum.CRC32, "hello, ")}
	if diff := cmp.Diff(sum, first.Checksum); diff != "" {
		t.Errorf("the part's checksum (-want +got):\n%s", diff)
	}
	second := s.putPart(b, u, 2, "world")
	complete := completeInput(b, u, first, second)
	complete.Parts[0].Checksum = sum
	complete.Parts[1].Checksum = second.Checksum
	o, err := s.CompleteUpload(t.Context(), complete)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := o.Checksum.Value, sumOf(checksum.CRC64NVME, "hello, world"); !bytes.Equal(got, want) {
		t.Errorf("the object's checksum is %x, want %x", got, want)
	}
}

func TestRefusedPartsStoreNothing(t *testing.T) {
	s := newStore(t, storeOptions{inline: 100})
	b := s.createBucket("photos", alice)
	named := s.createUploadAs(CreateUploadInput{Bucket: b, Key: "k", Algorithm: checksum.CRC32, ChecksumType: checksum.Composite})
	s.putPart(b, named, 1, "old")
	before := s.listParts(named)
	aborted, completed := s.createUpload(b, "k"), s.createUpload(b, "done")
	s.abort(b, aborted)
	s.complete(b, completed, s.putPart(b, completed, 1, "x"))
	lost := s.createBucket("lost", alice)
	inLost := s.createUpload(lost, "k")
	s.deleteBucket(lost)
	broken := errors.New("connection reset")
	for _, tt := range []struct {
		name   string
		change func(*PutPartInput)
		want   error
	}{
		{"number 0", func(in *PutPartInput) { in.Number = 0 }, &PartNumberError{0}},
		{"negative number", func(in *PutPartInput) { in.Number = -1 }, &PartNumberError{-1}},
		{"number 10001", func(in *PutPartInput) { in.Number = 10_001 }, &PartNumberError{10_001}},
		{"another algorithm", func(in *PutPartInput) { in.Algorithm = checksum.SHA1 }, &ChecksumAlgorithmError{checksum.CRC32, checksum.SHA1}},
		{"aborted upload", func(in *PutPartInput) { in.Upload, in.Expected = aborted, nil }, ErrNoSuchUpload},
		{"completed upload", func(in *PutPartInput) { in.Upload, in.Expected = completed, nil }, ErrNoSuchUpload},
		{"deleted bucket", func(in *PutPartInput) { in.Bucket, in.Upload, in.Expected = lost, inLost, nil }, ErrNoSuchBucket},
		{"announced too large", func(in *PutPartInput) { in.Size = MaxPartSize + 1 }, &EntityTooLargeError{MaxPartSize + 1, MaxPartSize}},
		{"larger than allowed", func(in *PutPartInput) { in.Size, in.MaxSize = -1, 2 }, &EntityTooLargeError{5, 2}},
		{"shorter than announced", func(in *PutPartInput) { in.Size = 6 }, ErrIncompleteBody},
		{"longer than announced", func(in *PutPartInput) { in.Size = 4 }, ErrIncompleteBody},
		{"no checksum", func(in *PutPartInput) { in.Expected = nil }, &ChecksumAlgorithmError{Upload: checksum.CRC32}},
		{"a checksum of another algorithm and none of its own", func(in *PutPartInput) {
			in.Algorithm, in.Expected = checksum.SHA1, nil
		}, &ChecksumAlgorithmError{Upload: checksum.CRC32}},
		{"wrong MD5", func(in *PutPartInput) { in.ContentMD5 = md5Of("other") }, &BadDigestError{md5Of("other"), md5Of("hello")}},
		{"wrong checksum", func(in *PutPartInput) {
			in.Expected = func() ([]byte, error) { return []byte("1234"), nil }
		}, &ChecksumMismatchError{Algorithm: checksum.CRC32, Expected: []byte("1234"), Computed: sumOf(checksum.CRC32, "hello")}},
		{"no trailer", func(in *PutPartInput) { in.Expected = func() ([]byte, error) { return nil, broken } }, broken},
		{"broken body", func(in *PutPartInput) {
			in.Size, in.Body = -1, io.MultiReader(strings.NewReader("hello"), readerFunc(func([]byte) (int, error) { return 0, broken }))
		}, broken},
	} {
		for _, body := range []string{"hello", strings.Repeat("hello", 1000)} {
			in := partInput(b, named, 1, body)
			tt.change(&in)
			if _, err := s.PutPart(t.Context(), in); !sameError(err, tt.want) && body == "hello" || err == nil {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
	}
	if diff := cmp.Diff(before, s.listParts(named)); diff != "" {
		t.Errorf("parts have changed: %s", diff)
	}
	s.delete(b, "done")
	s.mustKeepNothing(b)
}

func TestPartsAreListedInPages(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	var all []Part
	for _, number := range []int{1, 2, 5, 6, 9_999, 10_000} {
		all = append(all, s.putPart(b, u, number, fmt.Sprint(number)))
	}
	for _, tt := range []struct {
		after, max int
		want       PartPage
	}{
		{0, 1000, PartPage{Parts: all}},
		{0, 6, PartPage{Parts: all}},
		{-5, 5000, PartPage{Parts: all}},
		{0, 2, PartPage{Parts: all[:2], Truncated: true, Next: 2}},
		{2, 2, PartPage{Parts: all[2:4], Truncated: true, Next: 6}},
		{3, 4, PartPage{Parts: all[2:]}},
		{9_999, 1, PartPage{Parts: all[5:]}},
		{10_000, 1, PartPage{}},
		{1 << 40, 1, PartPage{}},
		{0, 0, PartPage{}},
		{0, -1, PartPage{}},
	} {
		got, err := s.ListParts(t.Context(), u, tt.after, tt.max)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%d after %d (-want +got):\n%s", tt.max, tt.after, diff)
		}
	}
	s.abort(b, u)
	if _, err := s.ListParts(t.Context(), u, 0, 1); !errors.Is(err, ErrNoSuchUpload) {
		t.Errorf("parts of an aborted upload: %v, want %v", err, ErrNoSuchUpload)
	}
	s.deleteBucket(b)
	if _, err := s.ListParts(t.Context(), u, 0, 1); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("parts in a deleted bucket: %v, want %v", err, ErrNoSuchBucket)
	}
}

func TestAbortedUploadsAreGone(t *testing.T) {
	s := newStore(t, storeOptions{inline: 10})
	b := s.createBucket("photos", alice)
	u := s.createUpload(b, "k")
	p := s.putPart(b, u, 1, "small")
	s.putPart(b, u, 2, strings.Repeat("large", 100))
	s.abort(b, u)
	if err := s.AbortUpload(t.Context(), b, u); !errors.Is(err, ErrNoSuchUpload) {
		t.Errorf("aborted again: %v, want %v", err, ErrNoSuchUpload)
	}
	if _, err := s.CompleteUpload(t.Context(), completeInput(b, u, p)); !errors.Is(err, ErrNoSuchUpload) {
		t.Errorf("completed: %v, want %v", err, ErrNoSuchUpload)
	}
	if _, got, err := s.Upload(t.Context(), "photos", "k", u.ID); got != nil || err != nil {
		t.Errorf("loaded %v, %v", got, err)
	}
	s.mustKeepNothing(b)
}

func TestUploadsGoWithTheirBucket(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	var uploads []*Upload
	for i := range 2*abandonedBatch + 1 {
		u := s.createUpload(b, fmt.Sprint(i%7))
		if i%100 == 0 {
			s.putPart(b, u, 1, strings.Repeat("x", 2000))
		}
		uploads = append(uploads, u)
	}
	s.deleteBucket(b)
	again := s.createBucket("photos", alice)
	if _, got, err := s.Upload(t.Context(), "photos", "0", uploads[0].ID); got != nil || err != nil {
		t.Errorf("the new bucket has the upload %v, %v", got, err)
	}
	if err := s.AbortUpload(t.Context(), b, uploads[0]); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("abort: %v, want %v", err, ErrNoSuchBucket)
	}
	if err := s.AbortUpload(t.Context(), again, uploads[0]); !errors.Is(err, ErrNoSuchUpload) {
		t.Errorf("abort in the new bucket: %v, want %v", err, ErrNoSuchUpload)
	}
	s.mustKeepNothing(again)
}

// What a crash keeps DeleteBucket from is done later.
func TestUploadsOfDeletedBucketsAreAbortedLater(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	for range abandonedBatch + 1 {
		s.createUpload(b, "k")
	}
	err := s.records.Update(t.Context(), func(txn kv.Txn) error {
		if err := abandonUploads(txn, b.id); err != nil {
			return err
		}
		return deleteBucket(txn, b)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.AbortAbandoned(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.mustKeepNothing(s.createBucket("other", alice))
}

func TestFullDiskRefusesUploadsAndLosesNothing(t *testing.T) {
	free := int64(1 << 30)
	const reserve = 1 << 20
	s := newStore(t, storeOptions{reserve: reserve, free: func() (int64, error) { return free, nil }})
	b := s.createBucket("photos", alice)
	u, doomed := s.createUpload(b, "k"), s.createUpload(b, "doomed")
	p := s.putPart(b, u, 1, "hello")
	free = reserve - 1
	s.clock.advance(time.Minute)
	if _, err := s.CreateUpload(t.Context(), CreateUploadInput{Bucket: b, Key: "k"}); !errors.Is(err, ErrNoSpace) {
		t.Errorf("create: %v, want %v", err, ErrNoSpace)
	}
	in := partInput(b, u, 1, "x")
	in.Body = unread{t}
	if _, err := s.PutPart(t.Context(), in); !errors.Is(err, ErrNoSpace) {
		t.Errorf("put: %v, want %v", err, ErrNoSpace)
	}
	if _, err := s.CompleteUpload(t.Context(), completeInput(b, u, p)); !errors.Is(err, ErrNoSpace) {
		t.Errorf("complete: %v, want %v", err, ErrNoSpace)
	}
	s.abort(b, doomed)
	free = 1 << 30
	s.clock.advance(time.Minute)
	s.complete(b, u, p)
	if got, _ := s.get(b, "k"); got != "hello" {
		t.Errorf("got %q", got)
	}
}
