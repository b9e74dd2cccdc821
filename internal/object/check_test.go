package object

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob/fileblob"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/pebblekv"
)

// damagedStore is a closed store on a simulated disk, to be damaged and checked.
type damagedStore struct {
	t     *testing.T
	fs    vfs.FS
	clock *clock
}

// checkedDisk stores some of everything.
func checkedDisk(t *testing.T) *damagedStore {
	fs := vfs.NewMem()
	s := newStore(t, storeOptions{fs: fs})
	b := s.createBucket("photos", alice)
	s.put(b, "inline", "small")
	s.put(b, "blob", strings.Repeat("blob", 1000))
	s.put(b, "empty", "")
	v := s.createBucket("versions", alice)
	s.put(v, "before", "null version")
	s.setVersioning(v, VersioningEnabled)
	s.put(v, "before", strings.Repeat("current", 1000))
	s.put(v, "hidden", strings.Repeat("hidden", 1000))
	s.delete(v, "hidden")
	s.put(v, "versions", "one")
	s.put(v, "versions", "two")
	_, source, err := s.Object(t.Context(), "photos", "blob", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Copy(t.Context(), CopyInput{SourceBucket: b, Source: source, Bucket: b, Key: "copy"}); err != nil {
		t.Fatal(err)
	}
	s.smallParts(1)
	u := s.createUpload(b, "parts")
	s.complete(b, u, s.putPart(b, u, 1, strings.Repeat("part one ", 500)), s.putPart(b, u, 2, strings.Repeat("part two", 400)))
	s.createUpload(b, "begun")
	if err := s.SetDocument(t.Context(), b, DocumentCORS, []byte("cors")); err != nil {
		t.Fatal(err)
	}
	s.close()
	return &damagedStore{t: t, fs: fs, clock: s.clock}
}

// open opens the engines alone.
func (d *damagedStore) open(use func(records kv.Store, blobs *fileblob.Store)) {
	d.t.Helper()
	records, err := pebblekv.Open("data/kv", pebblekv.Options{FS: d.fs, MemTableSize: 1 << 20, CacheSize: 1 << 20})
	if err != nil {
		d.t.Fatal(err)
	}
	blobs, err := fileblob.Open("data/blobs", fileblob.Options{FS: d.fs})
	if err != nil {
		d.t.Fatal(err)
	}
	use(records, blobs)
	for _, c := range []io.Closer{blobs, records} {
		if err := c.Close(); err != nil {
			d.t.Error(err)
		}
	}
}

// check returns the findings, a line each, and mends and removes what it may.
func (d *damagedStore) check(mend, remove bool) (lines []string) {
	d.t.Helper()
	ctx := context.Background()
	d.open(func(records kv.Store, blobs *fileblob.Store) {
		contents, err := content.Inspect(ctx, records, blobs, d.clock.now)
		if err != nil {
			d.t.Fatal(err)
		}
		c := NewCheck(records, contents, d.clock.now, CheckOptions{})
		var found []Finding
		if err := c.Run(ctx, func(f Finding) error {
			found = append(found, f)
			return nil
		}); err != nil {
			d.t.Fatal(err)
		}
		for i := range found {
			f := &found[i]
			line := fmt.Sprintf("%d %s/%s: %s", f.Severity, f.Bucket, f.Key, f.Text)
			if f.Mendable() {
				line += " (mendable)"
			}
			if f.remove != nil {
				line += " (removable)"
			}
			lines = append(lines, line)
			if mend && f.Mendable() {
				if err := c.Mend(ctx, f); err != nil {
					d.t.Error(err)
				}
			} else if remove {
				if _, err := c.Remove(ctx, f); err != nil {
					d.t.Error(err)
				}
			}
		}
	})
	return lines
}

// change changes records behind everybody's back.
func (d *damagedStore) change(change func(txn kv.Txn) error) {
	d.t.Helper()
	d.open(func(records kv.Store, _ *fileblob.Store) {
		if err := records.Update(context.Background(), change); err != nil {
			d.t.Fatal(err)
		}
	})
}

// raw returns all keys with a first byte, and their values.
func (d *damagedStore) raw(prefix byte) (keys, values [][]byte) {
	d.t.Helper()
	d.open(func(records kv.Store, _ *fileblob.Store) {
		if err := records.View(context.Background(), func(r kv.Reader) error {
			it := r.Scan([]byte{prefix}, []byte{prefix + 1})
			defer it.Close()
			for it.Next() {
				keys, values = append(keys, bytes.Clone(it.Key())), append(values, bytes.Clone(it.Value()))
			}
			return it.Err()
		}); err != nil {
			d.t.Fatal(err)
		}
	})
	return keys, values
}

// shown returns what readers see of all buckets.
func (d *damagedStore) shown() (lines []string) {
	s := newStore(d.t, storeOptions{fs: d.fs})
	defer s.close()
	buckets, err := s.ListBuckets(d.t.Context(), ListBucketsInput{AccountID: alice.AccountID})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, b := range buckets.Buckets {
		for _, o := range s.listVersions(ListVersionsInput{Bucket: b, Max: MaxPage}).Versions {
			body := "marker"
			if !o.DeleteMarker {
				body = s.shown(b, o.Key, o.VersionID)
			}
			lines = append(lines, fmt.Sprintf("%s/%s %s %.20q", b.Name, o.Key, o.VersionID, body))
		}
	}
	return lines
}

// What is found comes in one order, so that two reports can be compared.
func TestCheckReportsInOrder(t *testing.T) {
	fs := vfs.NewMem()
	s := newStore(t, storeOptions{fs: fs})
	var want []string
	for i := range 20 {
		owner := Owner{AccountID: fmt.Sprintf("1111222233%02d", i), CanonicalID: "a"}
		name := fmt.Sprintf("bucket-%02d", i)
		s.createBucket(name, owner)
		want = append(want, fmt.Sprintf("2 %s/: the bucket is not in its owner's list (mendable)", name))
	}
	for i := range 20 {
		want = append(want, fmt.Sprintf("2 /: account 1111222233%02d has 1 buckets, counted are none (mendable)", i))
	}
	s.close()
	d := &damagedStore{t: t, fs: fs, clock: s.clock}
	for _, prefix := range []byte{ownedPrefix, ownersPrefix} {
		keys, _ := d.raw(prefix)
		d.change(func(txn kv.Txn) error {
			for _, k := range keys {
				txn.Delete(k)
			}
			return nil
		})
	}
	if diff := cmp.Diff(want, d.check(false, false)); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestCheckFindsNothingWhereNothingIsWrong(t *testing.T) {
	d := checkedDisk(t)
	if found := d.check(false, false); len(found) > 0 {
		t.Errorf("found:\n%s", strings.Join(found, "\n"))
	}
}

// The records of content are damaged by their keys' first bytes, which
// content's own tests hold to what they are.
const (
	contentReferences = 0x11
	contentGarbage    = 0x12
	contentUploads    = 0x13
	contentParts      = 0x14
	contentManifests  = 0x15
	contentInline     = 0x1f
)

func TestCheckFindsWhatWasDamagedByHand(t *testing.T) {
	deleteAll := func(prefix byte) func(d *damagedStore) {
		return func(d *damagedStore) {
			keys, _ := d.raw(prefix)
			if len(keys) == 0 {
				d.t.Fatalf("there are no records %x", prefix)
			}
			d.change(func(txn kv.Txn) error {
				for _, k := range keys {
					txn.Delete(k)
				}
				return nil
			})
		}
	}
	setAll := func(prefix byte, value []byte) func(d *damagedStore) {
		return func(d *damagedStore) {
			keys, _ := d.raw(prefix)
			if len(keys) == 0 {
				d.t.Fatalf("there are no records %x", prefix)
			}
			d.change(func(txn kv.Txn) error {
				for _, k := range keys {
					txn.Set(k, value)
				}
				return nil
			})
		}
	}
	for _, test := range []struct {
		name   string
		damage func(d *damagedStore)
		want   []string // parts of findings
		// mended says that a repair makes everything as it was; else what is damaged
		// stays until it is removed.
		mended bool
	}{
		{"references are gone", deleteAll(contentReferences), []string{"photos/blob: 2 records refer to its bytes, counted are 0"}, true},
		{"references are too low", setAll(contentReferences, []byte{0xa1, 1, 0}), []string{"photos/blob: 2 records"}, true},
		{"references are too high", setAll(contentReferences, []byte{0xa1, 1, 9}), []string{"photos/blob: 2 records refer to its bytes, counted are 9"}, true},
		{"references are unreadable", setAll(contentReferences, []byte{0xff}), []string{"the count of its references is damaged"}, true},
		{"records of uploads are gone", deleteAll(contentUploads), []string{"photos/parts: 1 records refer to its parts, counted are 0", "photos/begun: what is kept of its parts"}, true},
		{"counts of uploads are too high", func(d *damagedStore) {
			keys, values := d.raw(contentUploads)
			d.change(func(txn kv.Txn) error {
				for i, k := range keys {
					if bytes.HasSuffix(values[i], []byte{2, 1}) { // closed, with one reference
						txn.Set(k, []byte{0xa2, 1, 2, 2, 7})
					}
				}
				return nil
			})
		}, []string{"photos/parts: 1 records refer to its parts, counted are 7"}, true},
		{"the bytes of an object are on the garbage queue", func(d *damagedStore) {
			keys, _ := d.raw(contentReferences)
			d.change(func(txn kv.Txn) error {
				for _, k := range keys {
					txn.Set(append(append([]byte{contentGarbage}, make([]byte, 8)...), k[1:]...), []byte{0xa0})
				}
				return nil
			})
		}, []string{"photos/blob: its bytes are on the garbage queue", "photos/parts: its bytes are on the garbage queue"}, true},
		{"lists and counts of owners are gone", func(d *damagedStore) {
			deleteAll(ownedPrefix)(d)
			deleteAll(ownersPrefix)(d)
			deleteAll(sequencePrefix)(d)
		}, []string{"photos/: the bucket is not in its owner's list", "account " + alice.AccountID + " has 2 buckets, counted are none", "the sequence of buckets"}, true},
		{"lists and counts of owners are of others", func(d *damagedStore) {
			d.change(func(txn kv.Txn) error {
				txn.Set(ownedKey("somebody", "photos"), nil)
				txn.Set(ownedKey(alice.AccountID, "never"), nil)
				return setting(ownerKey(alice.AccountID), ownerRecord{Buckets: 7})(txn)
			})
		}, []string{"names one that is not its owner's", "has 2 buckets, counted are 7"}, true},
		{"pointers to null versions are gone", deleteAll(nullsPrefix), []string{"versions/before: the null version is not found by its ID"}, true},
		{"pointers to null versions are wrong", setAll(nullsPrefix, []byte{1}), []string{"versions/before: the null version that is pointed to", "versions/before: the null version is not found"}, true},
		{"inline bytes are wrong", setAll(contentInline, []byte("wrong")), []string{"photos/inline: ", "versions/versions: "}, false},
		{"inline bytes are gone", deleteAll(contentInline), []string{"photos/inline: its bytes are missing"}, false},
		{"lists of parts are gone", deleteAll(contentManifests), []string{"photos/parts: the list of its parts is missing", "photos/parts: its bytes are missing"}, false},
		{"parts are gone", deleteAll(contentParts), []string{"photos/parts: 2 of its parts are missing"}, false},
		{"a record is unreadable", func(d *damagedStore) {
			keys, _ := d.raw(objectsPrefix)
			d.change(func(txn kv.Txn) error {
				txn.Set(keys[0], []byte{0xff})
				return nil
			})
		}, []string{"photos/blob: its record is damaged"}, false},
		{"blobs are wrong", func(d *damagedStore) { d.eachBlob(func(data []byte) []byte { data[5] ^= 1; return data }) },
			[]string{"photos/blob: the bytes have the checksum", "photos/copy: the bytes have the checksum", "versions/hidden: ", "photos/parts: of part 1, the bytes"}, false},
		{"blobs are cut off", func(d *damagedStore) { d.eachBlob(func(data []byte) []byte { return data[:len(data)-1] }) },
			[]string{"photos/blob: the file has"}, false},
		{"blobs are gone", func(d *damagedStore) { d.eachBlob(func([]byte) []byte { return nil }) },
			[]string{"photos/blob: the file with its bytes is missing", "photos/parts: of part 1, the file"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := checkedDisk(t)
			before := d.shown()
			test.damage(d)
			found := d.check(false, false)
			for _, want := range test.want {
				if !slices.ContainsFunc(found, func(line string) bool { return strings.Contains(line, want) }) {
					t.Errorf("%q was not found, only:\n%s", want, strings.Join(found, "\n"))
				}
			}
			if again := d.check(true, false); cmp.Diff(found, again) != "" {
				t.Errorf("looking changed something (-first +second):\n%s", cmp.Diff(found, again))
			}
			if test.mended {
				if left := d.check(true, false); len(left) > 0 {
					t.Errorf("after the repair there still is:\n%s", strings.Join(left, "\n"))
				}
				if diff := cmp.Diff(before, d.shown()); diff != "" {
					t.Errorf("the repair changed what readers see (-before +after):\n%s", diff)
				}
				return
			}
			if left := d.check(true, true); len(left) == 0 {
				t.Error("a repair let what is damaged disappear")
			}
			d.check(true, true) // what was unreadable kept the rest from being freed
			if left := d.check(false, false); len(left) > 0 {
				t.Errorf("after everything damaged was removed there still is:\n%s", strings.Join(left, "\n"))
			}
			for _, line := range d.shown() {
				if !slices.Contains(before, line) {
					t.Errorf("%s was not there before", line)
				}
			}
		})
	}
}

// eachBlob rewrites each blob's file, or removes it.
func (d *damagedStore) eachBlob(rewrite func([]byte) []byte) {
	d.t.Helper()
	var walk func(dir string)
	walk = func(dir string) {
		names, err := d.fs.List(dir)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, name := range names {
			path := d.fs.PathJoin(dir, name)
			info, err := d.fs.Stat(path)
			if err != nil {
				d.t.Fatal(err)
			}
			if info.IsDir() {
				walk(path)
				continue
			}
			f, err := d.fs.Open(path)
			if err != nil {
				d.t.Fatal(err)
			}
			data, err := io.ReadAll(f)
			if err != nil {
				d.t.Fatal(err)
			}
			_ = f.Close()
			if data = rewrite(data); data == nil {
				if err := d.fs.Remove(path); err != nil {
					d.t.Fatal(err)
				}
				continue
			}
			if f, err = d.fs.Create(path, vfs.WriteCategoryUnspecified); err != nil {
				d.t.Fatal(err)
			}
			if _, err := f.Write(data); err != nil {
				d.t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	walk("data/blobs")
}

// A repair that a crash cuts short has mended some of what it found.
func TestRepairCanBeCutShortAnywhere(t *testing.T) {
	damage := func(d *damagedStore) {
		references, _ := d.raw(contentReferences)
		uploads, _ := d.raw(contentUploads)
		owned, _ := d.raw(ownedPrefix)
		nulls, _ := d.raw(nullsPrefix)
		d.change(func(txn kv.Txn) error {
			for _, keys := range [][][]byte{uploads, owned, nulls} {
				for _, k := range keys {
					txn.Delete(k)
				}
			}
			for i, k := range references {
				txn.Set(append(append([]byte{contentGarbage}, make([]byte, 8)...), k[1:]...), []byte{0xa0})
				if i%2 == 0 {
					txn.Set(k, []byte{0xa1, 1, 9})
				}
			}
			txn.Set(append([]byte{contentInline}, make([]byte, 12)...), []byte("nobody's"))
			return nil
		})
	}
	step := 1
	if testing.Short() {
		step = 5
	}
	for mended := 0; ; mended += step {
		d := checkedDisk(t)
		before := d.shown()
		damage(d)
		found := d.mendSome(mended)
		if mended > found {
			break
		}
		_ = d.shown() // somebody starts the server in between
		d.check(true, false)
		if left := d.check(false, false); len(left) > 0 {
			t.Errorf("cut short after %d of %d, the second repair left:\n%s", mended, found, strings.Join(left, "\n"))
		}
		if diff := cmp.Diff(before, d.shown()); diff != "" {
			t.Errorf("cut short after %d of %d, the second repair changed what readers see (-before +after):\n%s", mended, found, diff)
		}
	}
}

// mendSome mends the first of what a check finds, and returns how much that is.
func (d *damagedStore) mendSome(most int) (mendable int) {
	d.t.Helper()
	d.open(func(records kv.Store, blobs *fileblob.Store) {
		contents, err := content.Inspect(d.t.Context(), records, blobs, d.clock.now)
		if err != nil {
			d.t.Fatal(err)
		}
		c := NewCheck(records, contents, d.clock.now, CheckOptions{Lengths: true})
		var found []Finding
		if err := c.Run(d.t.Context(), func(f Finding) error {
			if f.Mendable() {
				found = append(found, f)
			}
			return nil
		}); err != nil {
			d.t.Fatal(err)
		}
		mendable = len(found)
		for i := range min(most, mendable) {
			if err := c.Mend(d.t.Context(), &found[i]); err != nil {
				d.t.Error(err)
			}
		}
	})
	return mendable
}
