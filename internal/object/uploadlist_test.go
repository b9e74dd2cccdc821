package object

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/signet-store/signet/internal/checksum"
)

func (s *store) listUploads(in ListUploadsInput) UploadPage {
	s.t.Helper()
	page, err := s.ListUploads(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

func TestUploadsAreListedAsTheyAre(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	u := s.createUploadAs(CreateUploadInput{
		Bucket: b, Key: "k", Owner: bob, Tags: []Tag{{"a", "b"}}, Algorithm: checksum.CRC32, ChecksumType: checksum.Composite,
		Attributes: Attributes{Metadata: map[string]string{"a": "b"}, StorageClass: "GLACIER"},
	})
	want := *u
	want.Metadata, want.Tags = nil, nil
	page := s.listUploads(ListUploadsInput{Bucket: b, Max: 1})
	if diff := cmp.Diff(UploadPage{Uploads: []Upload{want}}, page, compareUploads, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.deleteBucket(b)
	if _, err := s.ListUploads(t.Context(), ListUploadsInput{Bucket: b}); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("in a deleted bucket: %v, want %v", err, ErrNoSuchBucket)
	}
}

// uploadName is what tells uploads apart.
type uploadName struct{ key, id string }

// listUploadsModel lists names, which are in order, as S3 describes it.
func listUploadsModel(names []uploadName, in ListUploadsInput) UploadPage {
	var page UploadPage
	for _, n := range names {
		if in.Max <= 0 || !strings.HasPrefix(n.key, in.Prefix) {
			continue
		}
		key, id := n.key, n.id
		folder := false
		if i := strings.Index(key[len(in.Prefix):], in.Delimiter); in.Delimiter != "" && i >= 0 {
			key, id, folder = key[:len(in.Prefix)+i+len(in.Delimiter)], "", true
		}
		// A marker within a common prefix lies behind it.
		if behind := key > in.KeyMarker || key == in.KeyMarker && in.KeyMarker != "" && in.UploadIDMarker != "" && id > in.UploadIDMarker; !behind {
			continue
		}
		if folder && slices.Contains(page.Prefixes, key) {
			continue
		}
		if len(page.Uploads)+len(page.Prefixes) == in.Max {
			page.Truncated = true
			return page
		}
		if folder {
			page.Prefixes = append(page.Prefixes, key)
		} else {
			page.Uploads = append(page.Uploads, Upload{Key: key, ID: id})
		}
		page.NextKey, page.NextUploadID = key, id
	}
	page.NextKey, page.NextUploadID = "", ""
	return page
}

func namesOnly(page UploadPage) UploadPage {
	for i, u := range page.Uploads {
		page.Uploads[i] = Upload{Key: u.Key, ID: u.ID}
	}
	return page
}

func TestListsOfUploadsMatchAModel(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			s := newStore(t, storeOptions{})
			b, other := s.createBucket("photos", alice), s.createBucket("videos", alice)
			var names []uploadName
			for range 60 {
				key := randomText(r, 4)
				if key == "" {
					key = "k"
				}
				for range 1 + r.IntN(3) {
					u := s.createUpload(b, key)
					names = append(names, uploadName{key, u.ID})
					s.clock.advance(time.Millisecond)
				}
				s.createUpload(other, key)
			}
			slices.SortFunc(names, func(a, b uploadName) int {
				if c := strings.Compare(a.key, b.key); c != 0 {
					return c
				}
				return strings.Compare(a.id, b.id)
			})
			for range 120 {
				checkUploadList(t, s, b, names, r)
			}
		})
	}
}

func checkUploadList(t *testing.T, s *store, b Bucket, names []uploadName, r *rand.Rand) {
	t.Helper()
	in := ListUploadsInput{Bucket: b, Prefix: randomText(r, 2), Max: r.IntN(8)}
	if r.IntN(3) > 0 {
		in.Delimiter = randomText(r, 2)
	}
	switch r.IntN(5) {
	case 0:
		in.KeyMarker = randomText(r, 4)
	case 1:
		in.KeyMarker = in.Prefix + randomText(r, 3)
	case 2:
		marker := names[r.IntN(len(names))]
		in.KeyMarker, in.UploadIDMarker = marker.key, marker.id
	case 3:
		in.KeyMarker, in.UploadIDMarker = names[r.IntN(len(names))].key, names[r.IntN(len(names))].id[:r.IntN(uploadIDSize)]
	}
	// Pages follow one another until the last.
	for range 10 {
		want, got := listUploadsModel(names, in), namesOnly(s.listUploads(in))
		if diff := cmp.Diff(want, got, compareUploads, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("prefix %q, delimiter %q, after %q, %q, max %d: %s",
				in.Prefix, in.Delimiter, in.KeyMarker, in.UploadIDMarker, in.Max, diff)
		}
		if !got.Truncated {
			return
		}
		in.KeyMarker, in.UploadIDMarker = got.NextKey, got.NextUploadID
	}
}

func FuzzListUploads(f *testing.F) {
	s := newStore(f, storeOptions{})
	b := s.createBucket("photos", alice)
	var names []uploadName
	for _, key := range []string{"\x00", "\x00\x00", "a", "a", "a/", "a//b", "a/b", "a/b", "a\x00", "é/è", "\U0010ffff", strings.Repeat("k", 1024)} {
		u := s.createUpload(b, key)
		names = append(names, uploadName{key, u.ID})
		s.clock.advance(time.Second)
	}
	slices.SortFunc(names, func(a, b uploadName) int { return strings.Compare(a.key+"\x00\x00"+a.id, b.key+"\x00\x00"+b.id) })
	slices.SortStableFunc(names, func(a, b uploadName) int { return strings.Compare(a.key, b.key) })
	f.Add("", "/", "", "", 3)
	f.Add("a/", "/", "a/b", names[0].id, 1000)
	f.Add("é", "\xc3", "é/", "zz", 1)
	f.Add("a", "", "a", strings.Repeat("f", 5000), -1)
	f.Add(strings.Repeat("k", 1025), "k", "\xff", "", 2)
	f.Add("", "", strings.Repeat("k", 1030), "0", 2)
	f.Fuzz(func(t *testing.T, prefix, delimiter, key, id string, most int) {
		in := ListUploadsInput{Bucket: b, Prefix: prefix, Delimiter: delimiter, KeyMarker: key, UploadIDMarker: id, Max: most}
		got, err := s.ListUploads(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		want := listUploadsModel(names, in)
		if diff := cmp.Diff(want, namesOnly(got), compareUploads, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestListingUploadsCostsWhatItReturns(t *testing.T) {
	count := &counting{}
	s := newStore(t, storeOptions{wrap: count.wrap})
	b := s.createBucket("photos", alice)
	for i := range 300 {
		s.createUpload(b, fmt.Sprintf("a/%03d", i))
		s.createUpload(b, "b")
		s.createUpload(b, fmt.Sprintf("c/%03d", i))
	}
	last := s.createUpload(b, "b")
	for _, tt := range []struct {
		name          string
		in            ListUploadsInput
		moves, values int
	}{
		{"two folders", ListUploadsInput{Delimiter: "/", Max: 1, KeyMarker: "b"}, 2, 0},
		{"behind a key", ListUploadsInput{Max: 1, KeyMarker: "b"}, 2, 1},
		{"behind an upload", ListUploadsInput{Max: 2, KeyMarker: "b", UploadIDMarker: last.ID}, 3, 2},
		{"a folder", ListUploadsInput{Delimiter: "/", Max: 1}, 2, 0},
		{"one of many", ListUploadsInput{Prefix: "a/1", Max: 1}, 2, 1},
		{"none", ListUploadsInput{Prefix: "x", Max: 10}, 1, 0},
	} {
		count.reset()
		tt.in.Bucket = b
		s.listUploads(tt.in)
		if count.moves > tt.moves || count.values > tt.values {
			t.Errorf("%s: %d moves and %d values, want %d and %d", tt.name, count.moves, count.values, tt.moves, tt.values)
		}
	}
}

func TestUploadKeysAreParsed(t *testing.T) {
	id := strings.Repeat("0", uploadIDSize)
	for _, name := range []string{"a", "\x00", "a\x00", "a\x00\x00b", "\xff", strings.Repeat("\x00", MaxKeySize)} {
		key, got, err := parseUploadKey(nil, uploadKey(7, name, id))
		if err != nil || string(key) != name || got != id {
			t.Errorf("%q is parsed as %q, %q, %v", name, key, got, err)
		}
	}
	for _, damaged := range []string{"", "\x26", string(uploadKey(7, "", id))[1:], string(uploadKey(7, "a", id+"0"))} {
		if key, id, err := parseUploadKey(nil, []byte(damaged)); err == nil {
			t.Errorf("%x is parsed as %q, %q", damaged, key, id)
		}
	}
	if _, err := parseAbandonedKey([]byte{abandonedPrefix}); err == nil {
		t.Error("a damaged key of an abandoned bucket is parsed")
	}
}
