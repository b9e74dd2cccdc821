package content

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/blob/fileblob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/pebblekv"
	"github.com/signet-store/signet/internal/kv/record"
)

// inlineLimit is Options.InlineSize in the tests.
const inlineLimit = 1000

// clock stands still until it is told to move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_700_000_000, 0)} }

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// system is a Store on a simulated disk, without its background work.
type system struct {
	*Store
	fs      vfs.FS
	clock   *clock
	records kv.Store
	blobs   blob.Store
}

// openSystem opens what is on fs.
func openSystem(t testing.TB, fs vfs.FS, c *clock, o Options) *system {
	t.Helper()
	s, err := tryOpenSystem(t, fs, c, o)
	must(t, err)
	return s
}

// tryOpenSystem is openSystem on a disk that may fail.
func tryOpenSystem(t testing.TB, fs vfs.FS, c *clock, o Options) (*system, error) {
	t.Helper()
	must(t, fs.MkdirAll("data", 0o755))
	root, err := fs.OpenDir("/")
	must(t, err)
	must(t, root.Sync())
	must(t, root.Close())
	records, err := pebblekv.Open("data/kv", pebblekv.Options{
		FS: fs, CacheSize: 1 << 20, MemTableSize: 1 << 20, Separated: SeparatedPrefixes(),
		Fatal: func(error) {},
	})
	if err != nil {
		return nil, err
	}
	blobs, err := fileblob.Open("data/blobs", fileblob.Options{FS: fs, Now: c.time})
	if err != nil {
		return nil, errors.Join(err, records.Close())
	}
	if o.InlineSize == 0 {
		o.InlineSize = inlineLimit
	}
	o.Now = c.time
	s, err := open(t.Context(), records, blobs, o)
	must(t, err)
	return &system{Store: s, fs: fs, clock: c, records: records, blobs: blobs}, nil
}

// close ends the system in good order.
func (s *system) close(t testing.TB) {
	t.Helper()
	must(t, s.finish(context.Background()))
	must(t, s.blobs.Close())
	must(t, s.records.Close())
}

func newSystem(t testing.TB) *system {
	t.Helper()
	s := openSystem(t, vfs.NewMem(), newClock(), Options{})
	t.Cleanup(func() { s.close(t) })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func payload(seed uint64, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)}).Read(b)
	return b
}

// put receives and publishes data.
func (s *system) put(t testing.TB, data []byte) Content {
	t.Helper()
	d, err := s.Receive(t.Context(), bytes.NewReader(data), int64(len(data)))
	must(t, err)
	defer d.Discard()
	var c Content
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) (err error) {
		c, err = d.Publish(txn)
		return err
	}))
	d.Done()
	return c
}

func (s *system) release(t testing.TB, c Content) {
	t.Helper()
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) error { return s.Release(txn, c) }))
}

func (s *system) share(t testing.TB, c Content) Content {
	t.Helper()
	var copied Content
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) (err error) {
		copied, err = s.Share(txn, c)
		return err
	}))
	return copied
}

func (s *system) read(c Content, offset, length int64) ([]byte, error) {
	r, err := s.Open(context.Background(), c, offset, length)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

func (s *system) mustHold(t testing.TB, c Content, want []byte) {
	t.Helper()
	got, err := s.read(c, 0, c.Size)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Fatalf("%v holds %d bytes that are not the %d written", c, len(got), len(want))
	}
}

// record reads what a record under a name, as the histories keep them, refers to.
func (s *system) record(name string, c *Content) (found bool, err error) {
	err = s.records.View(context.Background(), func(r kv.Reader) error {
		found, err = record.Get(r, recordKey(name), c)
		return err
	})
	return found, err
}

// left returns how many keys there are under each prefix, and all blobs' files
// and segments' folders.
func (s *system) left(t testing.TB) (keys map[byte]int, files []string) {
	t.Helper()
	keys = make(map[byte]int)
	must(t, s.records.View(t.Context(), func(r kv.Reader) error {
		it := r.Scan(nil, nil)
		defer it.Close()
		for it.Next() {
			keys[it.Key()[0]]++
		}
		return it.Err()
	}))
	spread, err := s.fs.List("data/blobs")
	must(t, err)
	for _, name := range spread {
		folders, err := s.fs.List(s.fs.PathJoin("data/blobs", name))
		must(t, err)
		for _, folder := range folders {
			files = append(files, folder)
			names, err := s.fs.List(s.fs.PathJoin("data/blobs", name, folder))
			must(t, err)
			for _, name := range names {
				files = append(files, folder+"/"+name)
			}
		}
	}
	return keys, files
}

// mustBeEmpty closes the segments, collects, and sees that nothing is left.
func (s *system) mustBeEmpty(t testing.TB) {
	t.Helper()
	s.segments.closeCurrent()
	s.clock.advance(garbageDelay)
	must(t, s.Collect(t.Context()))
	must(t, s.Sweep(t.Context()))
	if keys, files := s.left(t); len(keys) > 0 || len(files) > 0 {
		t.Fatalf("left are keys %v and files %q", keys, files)
	}
}

func TestContentsOfAllSizesAreReadBackAndLeaveNothing(t *testing.T) {
	s := newSystem(t)
	for _, hint := range []bool{true, false} {
		for i, size := range []int{0, 1, inlineLimit - 1, inlineLimit, inlineLimit + 1, pieceSize - 1, pieceSize, pieceSize + 1, 3*pieceSize + 5} {
			data := payload(uint64(i), size)
			length := int64(-1)
			if hint {
				length = int64(size)
			}
			d, err := s.Receive(t.Context(), bytes.NewReader(data), length)
			must(t, err)
			if d.Size() != int64(size) {
				t.Errorf("draft of %d bytes says it has %d", size, d.Size())
			}
			var c Content
			must(t, s.records.Update(t.Context(), func(txn kv.Txn) (err error) {
				c, err = d.Publish(txn)
				return err
			}))
			d.Done()
			d.Discard()
			if want := size > 0 && size <= inlineLimit; c.Inline != want {
				t.Errorf("content of %d bytes: inline %v, want %v", size, c.Inline, want)
			}
			s.mustHold(t, c, data)
			other := s.share(t, c)
			s.release(t, c)
			s.mustHold(t, other, data)
			s.release(t, other)
		}
	}
	s.mustBeEmpty(t)
}
