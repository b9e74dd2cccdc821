package object

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

func TestReferrersAreAllVersionsAndUploadsWithTheBytes(t *testing.T) {
	s := newStore(t, storeOptions{})
	s.smallParts(1)
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	long := func(text string) string { return strings.Repeat(text, 1000) }
	old := s.put(b, "key", long("old"))
	s.put(b, "key", long("new"))
	s.put(b, "other", long("other"))
	_, source, err := s.Object(t.Context(), "photos", "key", old.VersionID)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := s.Copy(t.Context(), CopyInput{SourceBucket: b, Source: source, Bucket: b, Key: "copy"})
	if err != nil {
		t.Fatal(err)
	}
	u := s.createUpload(b, "parts")
	whole := s.complete(b, u, s.putPart(b, u, 1, long("one")), s.putPart(b, u, 2, long("two")))
	begun := s.createUpload(b, "begun")
	s.putPart(b, begun, 7, long("seven"))

	// The blobs of the parts, which no object's record names.
	var blobs []content.Place
	s.view(func(r kv.Reader) error {
		it := r.Scan([]byte{contentParts}, []byte{contentParts + 1})
		defer it.Close()
		for it.Next() {
			var rec struct {
				Content content.Content `cbor:"1,keyasint"`
			}
			if err := record.Decode(it.Key(), it.Value(), &rec); err != nil {
				return err
			}
			blobs = append(blobs, rec.Content.Place())
		}
		return it.Err()
	})

	var got []string
	ask := func(places ...content.Place) []string {
		got = nil
		if err := s.Referrers(t.Context(), places, func(_ content.Place, r Referrer) {
			got = append(got, r.Bucket+"/"+r.Key+" "+r.VersionID+r.UploadID)
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		return got
	}
	want := []string{"photos/copy " + copied.VersionID, "photos/key " + old.VersionID}
	if diff := cmp.Diff(want, ask(source.content.Place())); diff != "" {
		t.Errorf("of a shared blob (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"photos/parts " + whole.VersionID}, ask(whole.content.Place())); diff != "" {
		t.Errorf("of parts (-want +got):\n%s", diff)
	}
	want = []string{"photos/begun " + begun.ID, "photos/parts " + whole.VersionID, "photos/parts " + whole.VersionID}
	if diff := cmp.Diff(want, ask(blobs...)); diff != "" {
		t.Errorf("of the blobs of parts (-want +got):\n%s", diff)
	}
}
