package object

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

// versionModel is a version or a delete marker as S3 describes it.
type versionModel struct {
	id     string
	order  int64
	marker bool
	body   string
	tags   []Tag
}

// bucketModel is a bucket as S3 describes it: the versions of each key, newest
// first.
type bucketModel struct {
	versioning Versioning
	keys       map[string][]versionModel
}

// write puts v on top of what key has.
func (m *bucketModel) write(key string, v versionModel) {
	switch m.versioning {
	case Unversioned:
		delete(m.keys, key)
	case VersioningSuspended:
		m.remove(key, NullVersion)
	}
	if !v.marker || m.versioning != Unversioned {
		m.keys[key] = append([]versionModel{v}, m.keys[key]...)
	}
}

func (m *bucketModel) remove(key, id string) {
	left := slices.DeleteFunc(slices.Clone(m.keys[key]), func(v versionModel) bool { return v.id == id })
	if m.keys[key] = left; len(left) == 0 {
		delete(m.keys, key)
	}
}

// find returns nil where a load by version finds nothing.
func (m *bucketModel) find(key, version string) *versionModel {
	for i, v := range m.keys[key] {
		if version == "" || v.id == version {
			return &m.keys[key][i]
		}
	}
	return nil
}

// list lists versions one after the other.
func (m *bucketModel) list(in ListVersionsInput) VersionPage {
	var page VersionPage
	full := func() bool {
		page.Truncated = len(page.Versions)+len(page.Prefixes) == in.Max
		return page.Truncated
	}
	for _, key := range slices.Sorted(maps.Keys(m.keys)) {
		if in.Max <= 0 || !strings.HasPrefix(key, in.Prefix) {
			continue
		}
		if i := strings.Index(key[len(in.Prefix):], in.Delimiter); in.Delimiter != "" && i >= 0 {
			folder := key[:len(in.Prefix)+i+len(in.Delimiter)]
			if folder <= in.KeyMarker || slices.Contains(page.Prefixes, folder) {
				continue
			}
			if full() {
				return page
			}
			page.Prefixes, page.NextKey, page.NextVersionID = append(page.Prefixes, folder), folder, ""
			continue
		}
		if key < in.KeyMarker || key == in.KeyMarker && in.VersionIDMarker == "" {
			continue
		}
		marker := m.find(key, in.VersionIDMarker)
		for i, v := range m.keys[key] {
			if key == in.KeyMarker && marker != nil && v.order >= marker.order {
				continue
			}
			if full() {
				return page
			}
			o := Object{Key: key, VersionID: v.id, Size: int64(len(v.body)), DeleteMarker: v.marker, Latest: i == 0}
			page.Versions, page.NextKey, page.NextVersionID = append(page.Versions, o), key, v.id
		}
	}
	page.NextKey, page.NextVersionID = "", ""
	return page
}

// history drives a store and a model of it.
type history struct {
	t      *testing.T
	s      *store
	r      *rand.Rand
	b      Bucket
	model  bucketModel
	keys   []string
	blobs  int64 // that were stored
	copies int
}

func newHistory(t *testing.T, seed uint64, name string, s *store) *history {
	r := rand.New(rand.NewPCG(seed, 7))
	h := &history{t: t, s: s, r: r, b: s.createBucket(name, alice), model: bucketModel{keys: map[string][]versionModel{}}}
	for len(h.keys) < 8 {
		if key := randomText(r, 3); key != "" {
			h.keys = append(h.keys, key)
		}
	}
	return h
}

func (h *history) key() string { return h.keys[h.r.IntN(len(h.keys))] }

// version returns the ID of a version of key, mostly one that is there.
func (h *history) version(key string) string {
	versions := h.model.keys[key]
	switch n := h.r.IntN(8); {
	case n == 0:
		return NullVersion
	case n == 1 || len(versions) == 0:
		return versionID(1+h.r.Int64N(1<<40), 1+h.r.Uint64N(9))
	default:
		return versions[h.r.IntN(len(versions))].id
	}
}

// written is what a write made of o.
func (h *history) written(o Object, body string) {
	id := o.VersionID
	if h.model.versioning == Unversioned {
		if id != "" {
			h.t.Fatalf("%q was written as version %q", o.Key, id)
		}
		id = NullVersion
	}
	h.model.write(o.Key, versionModel{id: id, order: o.Modified.UnixNano(), body: body, tags: o.Tags})
}

const inlineInHistory = 8

func (h *history) put(step int) {
	key, body := h.key(), strings.Repeat(fmt.Sprint(step), h.r.IntN(6))
	if len(body) > inlineInHistory {
		h.blobs++
	}
	h.written(h.s.put(h.b, key, body), body)
}

func (h *history) deleteKey() {
	key := h.key()
	got := h.s.remove(DeleteInput{Bucket: h.b, Key: key})
	if h.model.versioning == Unversioned {
		if got != (DeleteResult{}) {
			h.t.Fatalf("delete of %q: %+v", key, got)
		}
		h.model.write(key, versionModel{marker: true})
		return
	}
	if !got.DeleteMarker || (got.VersionID == NullVersion) != (h.model.versioning == VersioningSuspended) {
		h.t.Fatalf("delete of %q: %+v", key, got)
	}
	_, o, err := h.s.Object(h.t.Context(), h.b.Name, key, got.VersionID)
	if err != nil || o == nil || !o.DeleteMarker || o.VersionID != got.VersionID {
		h.t.Fatalf("the delete marker of %q: %+v, %v", key, o, err)
	}
	h.model.write(key, versionModel{id: got.VersionID, order: o.Modified.UnixNano(), marker: true})
}

func (h *history) deleteVersion() {
	key := h.key()
	id := h.version(key)
	got := h.s.remove(DeleteInput{Bucket: h.b, Key: key, VersionID: id})
	v := h.model.find(key, id)
	if want := (DeleteResult{VersionID: id, DeleteMarker: v != nil && v.marker}); got != want {
		h.t.Fatalf("delete of version %q of %q: %+v, want %+v", id, key, got, want)
	}
	h.model.remove(key, id)
}

// copy copies any version to any key, often over another copy or itself.
func (h *history) copy() {
	from, to, version := h.key(), h.key(), ""
	if h.r.IntN(2) == 0 {
		version = h.version(from)
	}
	v := h.model.find(from, version)
	_, source, err := h.s.Object(h.t.Context(), h.b.Name, from, version)
	if v == nil || v.marker {
		return
	}
	if err != nil || source == nil {
		h.t.Fatalf("the source of a copy: %+v, %v", source, err)
	}
	o, err := h.s.Copy(h.t.Context(), CopyInput{
		SourceBucket: h.b, Source: source, Bucket: h.b, Key: to, Tags: source.Tags,
	})
	if err != nil || o.ETag != source.ETag {
		h.t.Fatalf("copy of %q, version %q, to %q: %+v, %v", from, version, to, o, err)
	}
	h.written(o, v.body)
	h.copies++
}

func (h *history) setTags(step int) {
	key, version := h.key(), ""
	if h.r.IntN(2) == 0 {
		version = h.version(key)
	}
	tags := []Tag{{"step", fmt.Sprint(step)}, {"empty", ""}}[:h.r.IntN(3)]
	if len(tags) == 0 {
		tags = nil
	}
	v := h.model.find(key, version)
	id, err := h.s.SetTags(h.t.Context(), h.b, key, version, tags)
	switch {
	case v == nil || v.marker:
		want := ErrNoSuchVersion
		if version == "" {
			want = ErrNoSuchKey
		}
		if !errors.Is(err, want) {
			h.t.Fatalf("tags of %q, version %q: %v, want %v", key, version, err, want)
		}
	case err != nil || id != v.id && h.model.versioning != Unversioned:
		h.t.Fatalf("tags of %q, version %q: %q, %v, want %q", key, version, id, err, v.id)
	default:
		v.tags = tags
	}
}

func (h *history) checkObject() {
	key, version := h.key(), ""
	if h.r.IntN(2) == 0 {
		version = h.version(key)
	}
	v := h.model.find(key, version)
	_, o, err := h.s.Object(h.t.Context(), h.b.Name, key, version)
	switch {
	case v == nil && version != "":
		if !errors.Is(err, ErrNoSuchVersion) {
			h.t.Fatalf("%q, version %q: %+v, %v, want ErrNoSuchVersion", key, version, o, err)
		}
	case err != nil:
		h.t.Fatalf("%q, version %q: %v", key, version, err)
	case v == nil:
		if o != nil {
			h.t.Fatalf("%q: %+v, want nothing", key, o)
		}
	case o == nil || o.DeleteMarker != v.marker || h.model.versioning != Unversioned && o.VersionID != v.id:
		h.t.Fatalf("%q, version %q: %+v, want %+v", key, version, o, v)
	case !v.marker:
		if diff := cmp.Diff(v.tags, o.Tags); diff != "" {
			h.t.Fatalf("%q, version %q: tags %s", key, version, diff)
		}
		if got, ok := h.s.read(h.b, o); got != v.body || !ok {
			h.t.Fatalf("%q, version %q: %q, %t, want %q", key, version, got, ok, v.body)
		}
	}
}

func (h *history) checkList() {
	bodies := map[string]string{}
	for key, versions := range h.model.keys {
		if !versions[0].marker {
			bodies[key] = versions[0].body
		}
	}
	checkList(h.t, h.s, h.b, bodies, h.r)
}

func (h *history) checkVersionList() {
	r := h.r
	in := ListVersionsInput{Bucket: h.b, Prefix: randomText(r, 2), Max: r.IntN(8)}
	if r.IntN(3) > 0 {
		in.Delimiter = randomText(r, 2)
	}
	if r.IntN(3) > 0 {
		in.Prefix = ""
	}
	switch r.IntN(4) {
	case 0:
		in.KeyMarker = randomText(r, 4)
	case 1:
		in.KeyMarker = h.key()
	case 2:
		in.KeyMarker = h.key()
		if versions := h.model.keys[in.KeyMarker]; len(versions) > 0 {
			in.VersionIDMarker = versions[r.IntN(len(versions))].id
		}
	}
	// Pages follow one another until the last.
	for range 12 {
		want, got := h.model.list(in), h.s.listVersions(in)
		for i, o := range got.Versions {
			got.Versions[i] = Object{Key: o.Key, VersionID: o.VersionID, Size: o.Size, DeleteMarker: o.DeleteMarker, Latest: o.Latest}
		}
		if diff := cmp.Diff(want, got, compareUnexported); diff != "" {
			h.t.Fatalf("prefix %q, delimiter %q, markers %q, %q, max %d: %s",
				in.Prefix, in.Delimiter, in.KeyMarker, in.VersionIDMarker, in.Max, diff)
		}
		if !got.Truncated {
			return
		}
		in.KeyMarker, in.VersionIDMarker = got.NextKey, got.NextVersionID
	}
}

// checkBodies reads every version.
func (h *history) checkBodies() {
	for key, versions := range h.model.keys {
		for _, v := range versions {
			if got := h.s.shown(h.b, key, v.id); !v.marker && got != v.body {
				h.t.Errorf("%q, version %q: %q, want %q", key, v.id, got, v.body)
			}
		}
	}
}

// step changes or checks something.
func (h *history) step(step int) {
	if h.r.IntN(60) == 0 {
		h.model.versioning = VersioningEnabled + Versioning(h.r.IntN(2))
		h.s.setVersioning(h.b, h.model.versioning)
	}
	if h.r.IntN(3) == 0 {
		h.s.clock.advance(time.Duration(h.r.IntN(3)-1) * time.Millisecond)
	}
	switch h.r.IntN(11) {
	case 0, 1, 2:
		h.put(step)
	case 3:
		h.deleteKey()
	case 4, 5:
		h.deleteVersion()
	case 6:
		h.copy()
	case 7:
		h.setTags(step)
	case 8:
		h.checkObject()
	case 9:
		h.checkList()
	case 10:
		h.checkVersionList()
	}
}

// empty deletes every version, in any order, and the bucket.
func (h *history) empty() {
	for len(h.model.keys) > 0 {
		for _, key := range slices.Sorted(maps.Keys(h.model.keys)) {
			versions := h.model.keys[key]
			id := versions[h.r.IntN(len(versions))].id
			h.s.remove(DeleteInput{Bucket: h.b, Key: key, VersionID: id})
			h.model.remove(key, id)
		}
		h.checkVersionList()
		h.checkList()
	}
	h.s.deleteBucket(h.b)
}

func TestRandomHistoriesOfVersionsMatchAModel(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newStore(t, storeOptions{inline: inlineInHistory})
			histories := []*history{newHistory(t, seed, "first", s), newHistory(t, seed+100, "second", s)}
			for step := range 800 {
				histories[step%2].step(step)
			}
			for _, h := range histories {
				for range 100 {
					h.checkObject()
					h.checkVersionList()
				}
			}
			checkCollected(t, s, histories)
			for _, h := range histories {
				h.checkBodies()
			}
			for _, h := range histories {
				if h.copies == 0 {
					t.Error("nothing was copied")
				}
				h.empty()
			}
			checkLeftovers(t, s)
			checkCollected(t, s, histories)
		})
	}
}

// checkCollected collects what has no reference, and compares what is left with
// what the models still have.
func checkCollected(t *testing.T, s *store, histories []*history) {
	t.Helper()
	s.clock.advance(time.Hour)
	if err := s.contents.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, blobs, inline := int64(0), map[string]bool{}, 0
	for _, h := range histories {
		stored += h.blobs
		for _, versions := range h.model.keys {
			for _, v := range versions {
				// Bodies are those of one put each: a copy has the same one.
				if len(v.body) > inlineInHistory {
					blobs[h.b.Name+v.body] = true
				} else if v.body != "" {
					inline++
				}
			}
		}
	}
	if got, want := s.contents.Stats().Collected, stored-int64(len(blobs)); got != want {
		t.Errorf("collected %d of %d blobs, want %d", got, stored, want)
	}
	found := 0
	for _, value := range s.separated() {
		if value != "" {
			found++
		}
	}
	if found != inline {
		t.Errorf("%d inline contents are left, want %d", found, inline)
	}
}

// separated returns the bytes that are kept in kv.
func (s *store) separated() (values []string) {
	s.view(func(r kv.Reader) error {
		for _, prefix := range content.SeparatedPrefixes() {
			it := r.Scan(prefix, kv.After(slices.Clone(prefix)))
			for it.Next() {
				values = append(values, string(it.Value()))
			}
			if err := it.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	return values
}
