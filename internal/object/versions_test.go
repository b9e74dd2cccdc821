package object

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
)

func (s *store) setVersioning(b Bucket, v Versioning) {
	s.t.Helper()
	if err := s.SetVersioning(s.t.Context(), b, v); err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) remove(in DeleteInput) DeleteResult {
	s.t.Helper()
	result, err := s.Delete(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return result
}

func (s *store) listVersions(in ListVersionsInput) VersionPage {
	s.t.Helper()
	page, err := s.ListVersions(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

// shown says what a load found: the body, or what there is in its place.
func (s *store) shown(b Bucket, key, version string) string {
	s.t.Helper()
	_, o, err := s.Object(s.t.Context(), b.Name, key, version)
	switch {
	case errors.Is(err, ErrNoSuchVersion):
		return "no version"
	case err != nil:
		s.t.Fatal(err)
	case o == nil:
		return "nothing"
	case o.DeleteMarker:
		return "marker " + o.VersionID
	}
	body, ok := s.read(b, o)
	if !ok {
		s.t.Errorf("%q, version %q: no bytes", key, version)
	}
	return body
}

// history shows what ListVersions shows of a key, newest first.
func (s *store) history(b Bucket, key string) string {
	s.t.Helper()
	var all []string
	for _, v := range s.listVersions(ListVersionsInput{Bucket: b, Prefix: key, Max: MaxPage}).Versions {
		text := fmt.Sprint(v.Size)
		if v.DeleteMarker {
			text = "marker"
		}
		if v.VersionID == NullVersion {
			text += " null"
		}
		if v.Latest {
			text += " latest"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestEachWriteToAnEnabledBucketIsAVersion(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.put(b, "k", "0")
	s.setVersioning(b, VersioningEnabled)
	one, two := s.put(b, "k", "one"), s.put(b, "k", "second")
	if one.VersionID == two.VersionID || one.VersionID == "" || one.VersionID == NullVersion {
		t.Fatalf("version IDs %q and %q", one.VersionID, two.VersionID)
	}
	marker := s.remove(DeleteInput{Bucket: b, Key: "k"})
	if !marker.DeleteMarker || marker.VersionID == "" {
		t.Errorf("delete: %+v", marker)
	}
	for version, want := range map[string]string{
		"":                     "marker " + marker.VersionID,
		NullVersion:            "0",
		one.VersionID:          "one",
		two.VersionID:          "second",
		marker.VersionID:       "marker " + marker.VersionID,
		versionID(12345678, 1): "no version",
	} {
		if got := s.shown(b, "k", version); got != want {
			t.Errorf("version %q shows %q, want %q", version, got, want)
		}
	}
	if got, want := s.history(b, "k"), "marker latest, 6, 3, 1 null"; got != want {
		t.Errorf("history %q, want %q", got, want)
	}
	if page := s.list(ListInput{Bucket: b, Max: 10}); len(page.Objects) != 0 {
		t.Errorf("listed below a delete marker: %+v", page.Objects)
	}
	for _, step := range []struct {
		delete, history, current string
		marker                   bool
	}{
		{versionID(12345678, 1), "marker latest, 6, 3, 1 null", "marker " + marker.VersionID, false},
		{marker.VersionID, "6 latest, 3, 1 null", "second", true},
		{marker.VersionID, "6 latest, 3, 1 null", "second", false},
		{one.VersionID, "6 latest, 1 null", "second", false},
		{two.VersionID, "1 null latest", "0", false},
		{NullVersion, "", "nothing", false},
		{NullVersion, "", "nothing", false},
	} {
		got := s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: step.delete})
		if want := (DeleteResult{VersionID: step.delete, DeleteMarker: step.marker}); got != want {
			t.Errorf("delete of %q: %+v, want %+v", step.delete, got, want)
		}
		if history, current := s.history(b, "k"), s.shown(b, "k", ""); history != step.history || current != step.current {
			t.Errorf("after the delete of %q: %q, %q, want %q, %q", step.delete, history, current, step.history, step.current)
		}
	}
	s.deleteBucket(b)
}

func TestWritesToASuspendedBucketReplaceTheNullVersion(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.put(b, "k", "0")
	s.setVersioning(b, VersioningEnabled)
	one := s.put(b, "k", "one")
	s.setVersioning(b, VersioningSuspended)
	check := func(what, want string) {
		t.Helper()
		if got := s.history(b, "k"); got != want {
			t.Errorf("after %s: %q, want %q", what, got, want)
		}
	}
	check("suspending", "3 latest, 1 null")
	if o := s.put(b, "k", "nulls"); o.VersionID != NullVersion {
		t.Errorf("put as version %q", o.VersionID)
	}
	check("a put over a version", "5 null latest, 3")
	s.put(b, "k", "")
	check("a put over the null version", "0 null latest, 3")
	want := DeleteResult{VersionID: NullVersion, DeleteMarker: true}
	for range 2 {
		if got := s.remove(DeleteInput{Bucket: b, Key: "k"}); got != want {
			t.Errorf("delete: %+v, want %+v", got, want)
		}
		check("a delete", "marker null latest, 3")
	}
	if got := s.shown(b, "k", NullVersion); got != "marker null" {
		t.Errorf("the null version is %q", got)
	}
	s.setVersioning(b, VersioningEnabled)
	two := s.put(b, "k", "twotwo")
	check("a put over the null marker", "6 latest, marker null, 3")
	s.setVersioning(b, VersioningSuspended)
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: two.VersionID})
	check("the delete of what hid the null marker", "marker null latest, 3")
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: NullVersion})
	check("the delete of the null marker", "3 latest")
	s.remove(DeleteInput{Bucket: b, Key: "k"})
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: one.VersionID})
	check("the delete of the only version", "marker null latest")
	if err := s.DeleteBucket(t.Context(), b); !errors.Is(err, ErrBucketNotEmpty) {
		t.Errorf("deleting a bucket with a delete marker: %v, want ErrBucketNotEmpty", err)
	}
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: NullVersion})
	check("all deletes", "")
	s.deleteBucket(b)
	checkLeftovers(t, s)
}

// checkLeftovers finds records of objects and what belongs to them.
func checkLeftovers(t *testing.T, s *store) {
	t.Helper()
	s.view(func(r kv.Reader) error {
		it := r.Scan([]byte{objectsPrefix}, []byte{0x30})
		for it.Next() {
			t.Errorf("left behind: %x", it.Key())
		}
		return it.Close()
	})
}

func TestUnversionedBucketsHaveNullVersionsOnly(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	if o := s.put(b, "k", "hello"); o.VersionID != "" {
		t.Errorf("put as version %q", o.VersionID)
	}
	_, o, err := s.Object(t.Context(), "photos", "k", NullVersion)
	if err != nil || o == nil || o.VersionID != "" {
		t.Errorf("the null version: %+v, %v", o, err)
	}
	if got := s.shown(b, "k", versionID(o.Modified.UnixNano(), 1)); got != "no version" {
		t.Errorf("the null version can be had by the ID of its order: %q", got)
	}
	if got, want := s.history(b, "k"), "5 null latest"; got != want {
		t.Errorf("history %q, want %q", got, want)
	}
	if got := s.remove(DeleteInput{Bucket: b, Key: "k"}); got != (DeleteResult{}) {
		t.Errorf("delete: %+v", got)
	}
	s.put(b, "k", "hello")
	if got, want := s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: NullVersion}), (DeleteResult{VersionID: NullVersion}); got != want {
		t.Errorf("delete of the null version: %+v, want %+v", got, want)
	}
	checkLeftovers(t, s)
}

func TestVersionIDsThatAreNoneAreRefused(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	for _, v := range []Versioning{Unversioned, VersioningEnabled} {
		if v != Unversioned {
			s.setVersioning(b, v)
		}
		s.put(b, "k", "hello")
		gotBucket, o, objectErr := s.Object(t.Context(), "photos", "k", "nothing")
		if gotBucket.id != b.id || o != nil {
			t.Errorf("Object: %+v, %+v", gotBucket, o)
		}
		for what, err := range map[string]error{
			"Object":       objectErr,
			"Delete":       second(s.Delete(t.Context(), DeleteInput{Bucket: b, Key: "k", VersionID: "nothing"})),
			"SetTags":      second(s.SetTags(t.Context(), b, "k", "nothing", nil)),
			"ListVersions": second(s.ListVersions(t.Context(), ListVersionsInput{Bucket: b, KeyMarker: "k", VersionIDMarker: "nothing", Max: 1})),
		} {
			var invalid *InvalidVersionIDError
			if !errors.As(err, &invalid) || invalid.VersionID != "nothing" {
				t.Errorf("%s: %v, want an InvalidVersionIDError", what, err)
			}
		}
		if gotBucket, _, err := s.Object(t.Context(), "photos", "other", versionID(5, 1)); !errors.Is(err, ErrNoSuchVersion) || gotBucket.id != b.id {
			t.Errorf("a version of a key that is not there: %+v, %v", gotBucket, err)
		}
	}
}

func TestVersionsRiseWhateverTheClockDoes(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	last := s.put(b, "k", "x").Modified
	for i := range 20 {
		s.clock.advance(time.Duration(i%3-1) * time.Hour)
		var now time.Time
		if i%4 == 3 {
			marker := s.remove(DeleteInput{Bucket: b, Key: "k"})
			_, o, err := s.Object(t.Context(), "photos", "k", marker.VersionID)
			if err != nil {
				t.Fatal(err)
			}
			now = o.Modified
		} else {
			now = s.put(b, "k", "x").Modified
		}
		if !now.After(last) {
			t.Errorf("step %d: %v is not after %v", i, now, last)
		}
		last = now
	}
}

func TestDeleteMarkersBelongToWhoMadeThem(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	s.remove(DeleteInput{Bucket: b, Key: "hers"})
	s.remove(DeleteInput{Bucket: b, Key: "his", Owner: bob})
	for key, want := range map[string]Owner{"hers": alice, "his": bob} {
		_, o, err := s.Object(t.Context(), "photos", key, "")
		if err != nil || o == nil || !o.DeleteMarker || o.Owner != want || o.Size != 0 {
			t.Errorf("%q: %+v, %v", key, o, err)
		}
	}
}

func TestVersioningIsSetOnTheBucketThatWasLoaded(t *testing.T) {
	s := newStore(t, storeOptions{})
	old := s.createBucket("photos", alice)
	s.deleteBucket(old)
	if err := s.SetVersioning(t.Context(), old, VersioningEnabled); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("of a deleted bucket: %v, want ErrNoSuchBucket", err)
	}
	b := s.createBucket("photos", bob)
	if err := s.SetVersioning(t.Context(), old, VersioningEnabled); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("of a bucket made again: %v, want ErrNoSuchBucket", err)
	}
	for _, v := range []Versioning{Unversioned, 3} {
		if err := s.SetVersioning(t.Context(), b, v); err == nil {
			t.Errorf("versioning was set to %d", v)
		}
	}
	for _, v := range []Versioning{VersioningEnabled, VersioningSuspended, VersioningEnabled} {
		s.setVersioning(b, v)
		got, err := s.Bucket(t.Context(), "photos")
		want := b
		want.Versioning = v
		if diff := cmp.Diff(want, got, compareUnexported); diff != "" || err != nil {
			t.Errorf("%v; %s", err, diff)
		}
	}
}

func TestAReplacedNullVersionIsOpenedAsWhatReplacedIt(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	lost := gone(s.put(b, "k", "first"))
	lost.asked = lost.VersionID
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: lost.VersionID})
	s.put(b, "k", "second")
	if o, _, err := s.OpenCurrent(t.Context(), b, lost, wholeObject); !errors.Is(err, ErrNoSuchVersion) {
		t.Errorf("a version that was deleted: %+v, %v, want ErrNoSuchVersion", o, err)
	}
	lost.asked = ""
	if got, ok := s.read(b, lost); got != "second" || !ok {
		t.Errorf("what was current: %q, %t", got, ok)
	}
	s.setVersioning(b, VersioningSuspended)
	s.put(b, "k", "null")
	s.setVersioning(b, VersioningEnabled)
	s.put(b, "k", "third")
	lost.asked = NullVersion
	if got, ok := s.read(b, lost); got != "null" || !ok {
		t.Errorf("the null version: %q, %t", got, ok)
	}
	s.remove(DeleteInput{Bucket: b, Key: "k"})
	lost.asked = ""
	if o, _, err := s.OpenCurrent(t.Context(), b, lost, wholeObject); o != nil || err != nil {
		t.Errorf("below a delete marker: %+v, %v, want nothing", o, err)
	}
}
