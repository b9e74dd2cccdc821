package object

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// fillVersions writes records of n versions of each key, the newest current
// unless marked, without their contents' help.
func (s *store) fillVersions(b Bucket, n int, marked bool, keys ...string) {
	s.t.Helper()
	now := s.clock.now().UnixNano()
	for _, key := range keys {
		err := s.records.Update(s.t.Context(), func(txn kv.Txn) error {
			for i := range n {
				order := now - int64(i)
				r := objectRecord{listedRecord: listedRecord{ETag: "d41d8cd98f00b204e9800998ecf8427e", Modified: order, Salt: 1}}
				rec := historyKey(b.id, key, order)
				switch {
				case i == 0 && marked:
					r.DeleteMarker = true
				case i == 0:
					rec = objectKey(b.id, key)
				case i == n-1:
					r.Salt = 0
					if err := record.Set(txn, nullKey(b.id, key), order); err != nil {
						return err
					}
				}
				if err := record.Set(txn, rec, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestManyVersionsCostOnlyWhoListsThem(t *testing.T) {
	const n = 9000 // a transaction holds no more
	count := &counting{}
	s := newStore(t, storeOptions{wrap: count.wrap})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	b.Versioning = VersioningEnabled
	s.fillVersions(b, n, false, "a", "f/1", "g/1", "m")
	s.fillVersions(b, n, true, "f/2", "h/2", "p")
	now := s.clock.now().UnixNano()
	list := func(in ListInput) func() {
		return func() { in.Bucket = b; s.list(in) }
	}
	versions := func(in ListVersionsInput) func() {
		return func() { in.Bucket = b; s.listVersions(in) }
	}
	load := func(key, version string) func() {
		return func() {
			if _, o, err := s.Object(t.Context(), "photos", key, version); err != nil || o == nil {
				t.Errorf("%q, version %q: %v, %v", key, version, o, err)
			}
		}
	}
	for _, tt := range []struct {
		name        string
		do          func()
		gets, moves int
	}{
		// One move for each entry, and one that finds the end of each walk.
		{"objects", list(ListInput{Max: 1000}), 1, 4 + 1},
		{"objects in folders", list(ListInput{Delimiter: "/", Max: 1000}), 1, 4 + 1},
		{"a page of versions", versions(ListVersionsInput{Max: 10}), 1, 10 + 2},
		{"a later page of versions", versions(ListVersionsInput{KeyMarker: "a", VersionIDMarker: versionID(now-5000, 1), Max: 10}), 3, 10 + 2},
		{"a page behind the null version", versions(ListVersionsInput{KeyMarker: "a", VersionIDMarker: NullVersion, Max: 10}), 5, 10 + 2},
		{"a page below a delete marker", versions(ListVersionsInput{KeyMarker: "p", VersionIDMarker: versionID(now-5000, 1), Max: 10}), 3, 1 + 10 + 2},
		{"versions behind a key", versions(ListVersionsInput{KeyMarker: "a", Delimiter: "/", Max: 3}), 1, 3*2 + 2},
		{"folders of versions", versions(ListVersionsInput{Prefix: "f", Delimiter: "/", Max: 10}), 1, 2 + 2},
		{"all folders of versions", versions(ListVersionsInput{KeyMarker: "b", Delimiter: "/", Max: 3}), 1, 3*2 + 2},
		{"no versions", versions(ListVersionsInput{Prefix: "x", Max: 10}), 1, 2},
		{"the current version", load("a", ""), 2, 0},
		{"a delete marker", load("p", ""), 2, 1},
		{"the newest version by its ID", load("a", versionID(now, 1)), 2, 0},
		{"an old version", load("a", versionID(now-5000, 1)), 3, 0},
		{"an old version below a delete marker", load("p", versionID(now-5000, 1)), 3, 0},
		{"the null version", load("a", NullVersion), 4, 0},
		{"a put over a version", func() { s.put(b, "a", "") }, 3, 0},
		{"a put over a delete marker", func() { s.put(b, "p", "") }, 3, 1},
		{"a delete", func() { s.delete(b, "m") }, 3, 0},
		{"the delete of an old version", func() {
			s.remove(DeleteInput{Bucket: b, Key: "m", VersionID: versionID(now-5000, 1)})
		}, 4, 1},
		{"the delete of the current version", func() {
			s.remove(DeleteInput{Bucket: b, Key: "f/1", VersionID: versionID(now, 1)})
		}, 4, 1},
		{"the delete of a delete marker", func() {
			s.remove(DeleteInput{Bucket: b, Key: "h/2", VersionID: versionID(now, 1)})
		}, 4, 3},
		{"the delete of the null version", func() {
			s.remove(DeleteInput{Bucket: b, Key: "f/2", VersionID: NullVersion})
		}, 5, 1},
		{"a bucket that is not empty", func() {
			if err := s.DeleteBucket(t.Context(), b); !errors.Is(err, ErrBucketNotEmpty) {
				t.Error(err)
			}
		}, 1, 1},
	} {
		count.reset()
		tt.do()
		if count.gets > tt.gets || count.moves > tt.moves {
			t.Errorf("%s: %d gets and %d moves, want %d and %d", tt.name, count.gets, count.moves, tt.gets, tt.moves)
		}
	}
}

func TestVersionListsScanWithinTheLengthOfKeys(t *testing.T) {
	count := &counting{}
	s := newStore(t, storeOptions{wrap: count.wrap})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	for _, long := range []string{strings.Repeat("k", 100_000), strings.Repeat("\x00", 100_000)} {
		for _, delimiter := range []string{"", long[:2], long} {
			for _, version := range []string{"", NullVersion, versionID(5, 1)} {
				s.listVersions(ListVersionsInput{Bucket: b, Delimiter: delimiter, KeyMarker: long, VersionIDMarker: version, Max: 1})
				s.listVersions(ListVersionsInput{Bucket: b, Delimiter: delimiter, KeyMarker: long[:1024], VersionIDMarker: version, Max: 1})
				s.listVersions(ListVersionsInput{Bucket: b, Delimiter: delimiter, Prefix: long, VersionIDMarker: version, Max: 1})
				s.listVersions(ListVersionsInput{Bucket: b, Delimiter: delimiter, Prefix: long[:1024], KeyMarker: long, Max: 1})
			}
		}
	}
	if count.longest > kv.MaxKeySize {
		t.Errorf("scanned with a bound of %d bytes", count.longest)
	}
}

func TestVersionListsThatCannotBeReadAreErrorsNotShort(t *testing.T) {
	s := newStore(t, storeOptions{wrap: func(s kv.Store) kv.Store { return broken{s} }})
	b := s.createBucket("photos", alice)
	for range 3 {
		s.put(b, "1", "")
		s.put(b, "2", "")
		if err := s.SetVersioning(t.Context(), b, VersioningEnabled); err != nil {
			t.Fatal(err)
		}
	}
	for _, delimiter := range []string{"", "1", "2"} {
		if page, err := s.ListVersions(t.Context(), ListVersionsInput{Bucket: b, Delimiter: delimiter, Max: 10}); !errors.Is(err, errBroken) {
			t.Errorf("delimiter %q: %v, %v", delimiter, page, err)
		}
	}
	if _, o, err := s.Object(t.Context(), "photos", "3", ""); !errors.Is(err, errBroken) {
		t.Errorf("Object: %v, %v", o, err)
	}
}

// A list goes on behind a version that was deleted meanwhile, and shows what
// took its place.
func TestVersionListsContinueBehindWhatIsGone(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.put(b, "k", "0")
	s.setVersioning(b, VersioningEnabled)
	one, two, three := s.put(b, "k", "one"), s.put(b, "k", "two"), s.put(b, "k", "three")
	s.put(b, "z", "z")
	next := func(version string) (ids []string, latest string) {
		t.Helper()
		for _, o := range s.listVersions(ListVersionsInput{Bucket: b, KeyMarker: "k", VersionIDMarker: version, Max: 10}).Versions {
			if o.Key == "k" {
				ids = append(ids, o.VersionID)
				if o.Latest {
					latest = o.VersionID
				}
			}
		}
		return ids, latest
	}
	check := func(marker string, want []string, wantLatest string) {
		t.Helper()
		if ids, latest := next(marker); !slices.Equal(ids, want) || latest != wantLatest {
			t.Errorf("%q, latest %q, want %q, %q", ids, latest, want, wantLatest)
		}
	}
	check(three.VersionID, []string{two.VersionID, one.VersionID, NullVersion}, "")
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: three.VersionID})
	check(three.VersionID, []string{two.VersionID, one.VersionID, NullVersion}, two.VersionID)
	marker := s.remove(DeleteInput{Bucket: b, Key: "k"})
	check(marker.VersionID, []string{two.VersionID, one.VersionID, NullVersion}, "")
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: one.VersionID})
	check(one.VersionID, []string{NullVersion}, "")
	check(NullVersion, nil, "")
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: NullVersion})
	check(NullVersion, []string{marker.VersionID, two.VersionID}, marker.VersionID)
}

func TestVersionListsShowVersionsAsTheyAre(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	in := putInput(b, "k", "hello")
	in.Owner, in.Tags = bob, []Tag{{"a", "b"}}
	in.Attributes = Attributes{
		Headers: map[string]string{"Content-Type": "text/plain"}, Metadata: map[string]string{"who": "me"}, StorageClass: "GLACIER",
	}
	want, err := s.Put(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want.Headers, want.Metadata, want.Tags, want.Latest = nil, nil, nil, true
	page := s.listVersions(ListVersionsInput{Bucket: b, Max: 1})
	if diff := cmp.Diff(VersionPage{Versions: []Object{want}}, page, compareUnexported); diff != "" {
		t.Error(diff)
	}
	if page := s.listVersions(ListVersionsInput{Bucket: b}); !cmp.Equal(page, VersionPage{}) {
		t.Errorf("a page of none: %+v", page)
	}
	deleted := s.createBucket("deleted", alice)
	s.deleteBucket(deleted)
	for _, most := range []int{0, 10} {
		if _, err := s.ListVersions(t.Context(), ListVersionsInput{Bucket: deleted, Max: most}); !errors.Is(err, ErrNoSuchBucket) {
			t.Errorf("of a deleted bucket: %v, want ErrNoSuchBucket", err)
		}
	}
}

func TestListVersionsReturnsAtMostAPage(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	s.fillVersions(b, MaxPage+1, false, "k")
	page := s.listVersions(ListVersionsInput{Bucket: b, Max: 1 << 30})
	last := versionID(s.clock.now().UnixNano()-MaxPage+1, 1)
	if len(page.Versions) != MaxPage || !page.Truncated || page.NextKey != "k" || page.NextVersionID != last {
		t.Errorf("%d versions, truncated %t, next %q, %q", len(page.Versions), page.Truncated, page.NextKey, page.NextVersionID)
	}
}

func FuzzListVersions(f *testing.F) {
	s := newStore(f, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	keys := []string{"\x00", "\x00\x00", "a", "a\x00b", "a/", "a/b", "a/b/c", "b::c", "é/é", "\U0010ffff/", strings.Repeat("k", 1024)}
	s.fillVersions(b, 3, false, keys[:6]...)
	s.fillVersions(b, 3, true, keys[6:]...)
	model := bucketModel{versioning: VersioningEnabled, keys: map[string][]versionModel{}}
	now := s.clock.now().UnixNano()
	for i, key := range keys {
		model.keys[key] = []versionModel{
			{id: versionID(now, 1), order: now, marker: i >= 6}, {id: versionID(now-1, 1), order: now - 1}, {id: NullVersion, order: now - 2},
		}
	}
	versions := []string{"", NullVersion, versionID(now, 1), versionID(now-1, 1)}
	f.Add("", "/", "", uint8(0), 3)
	f.Add("a/", "/", "a/b/c", uint8(1), 1000)
	f.Add("é", "\xc3", "é/", uint8(2), 1)
	f.Add("a", "", "a\x00", uint8(3), -1)
	f.Add("", "", "a\x00b", uint8(2), 2)
	f.Add(strings.Repeat("k", 1025), "k", "\xff", uint8(0), 2)
	f.Fuzz(func(t *testing.T, prefix, delimiter, marker string, version uint8, most int) {
		in := ListVersionsInput{Bucket: b, Prefix: prefix, Delimiter: delimiter, KeyMarker: marker, Max: most}
		if marker != "" {
			in.VersionIDMarker = versions[int(version)%len(versions)]
		}
		got, err := s.ListVersions(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range got.Versions {
			got.Versions[i] = Object{Key: o.Key, VersionID: o.VersionID, DeleteMarker: o.DeleteMarker, Latest: o.Latest}
		}
		in.Max = max(in.Max, 0)
		if diff := cmp.Diff(model.list(in), got, compareUnexported); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPagesOfVersionsMakeTheWholeList(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	s.fillVersions(b, 5, false, "a", "a\x00", "b/1", "c")
	s.fillVersions(b, 5, true, "a/1", "b/2", "d")
	for _, delimiter := range []string{"", "/"} {
		whole := s.listVersions(ListVersionsInput{Bucket: b, Delimiter: delimiter, Max: MaxPage})
		for most := range 8 {
			var all VersionPage
			seen := map[string]int{}
			in := ListVersionsInput{Bucket: b, Delimiter: delimiter, Max: most + 1}
			for {
				page := s.listVersions(in)
				all.Versions, all.Prefixes = append(all.Versions, page.Versions...), append(all.Prefixes, page.Prefixes...)
				in.KeyMarker, in.VersionIDMarker = page.NextKey, page.NextVersionID
				seen[fmt.Sprint(in.KeyMarker, in.VersionIDMarker)]++
				if !page.Truncated {
					break
				}
			}
			if diff := cmp.Diff(whole, all, compareUnexported); diff != "" || slices.Max(slices.Collect(maps.Values(seen))) > 1 {
				t.Errorf("delimiter %q, pages of %d: %s", delimiter, most+1, diff)
			}
		}
	}
}
