package object

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/checksum"
)

func (s *store) createUpload(b Bucket, key string) *Upload {
	s.t.Helper()
	u, err := s.CreateUpload(s.t.Context(), CreateUploadInput{Bucket: b, Key: key})
	if err != nil {
		s.t.Fatal(err)
	}
	return &u
}

func partInput(b Bucket, u *Upload, number int, body string) PutPartInput {
	return PutPartInput{
		Bucket: b, Upload: u, Number: number, Body: strings.NewReader(body), Size: int64(len(body)), MaxSize: -1,
	}
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
		in.Parts = append(in.Parts, CompletedPart{Number: p.Number, ETag: p.ETag})
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
	u := s.createUpload(b, "a/b")
	bodies := []string{fill(MinPartSize, 0), fill(MinPartSize+3, 1), fill(100, 2)}
	// In any order, and once more.
	s.putPart(b, u, 7, "not this one")
	third := s.putPart(b, u, 10_000, bodies[2])
	second := s.putPart(b, u, 7, bodies[1])
	first := s.putPart(b, u, 2, bodies[0])
	s.putPart(b, u, 9, "not listed")
	o := s.complete(b, u, first, second, third)

	whole := strings.Join(bodies, "")
	etag := hex.EncodeToString(md5Of(string(md5Of(bodies[0]))+string(md5Of(bodies[1]))+string(md5Of(bodies[2])))) + "-3"
	if o.ETag != etag || o.Size != int64(len(whole)) || o.Parts != 3 {
		t.Errorf("completed %+v", o)
	}
	if want := sumOf(checksum.CRC64NVME, whole); !bytes.Equal(o.Checksum.Value, want) || o.ChecksumType != checksum.FullObject {
		t.Errorf("checksum is %x, want %x", o.Checksum.Value, want)
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
	if again := s.complete(b, u, first, second, third); again.ETag != o.ETag || !again.Modified.Equal(o.Modified) {
		t.Errorf("completed again: %+v", again)
	}
}
