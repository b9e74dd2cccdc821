package object

import (
	"bytes"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob/fileblob"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/pebblekv"
)

// storeOptions are what a test may say about its store. The zero value is good.
type storeOptions struct {
	fs         vfs.FS // vfs.NewMem if nil
	dir        string
	inline     int // content.Options.InlineSize, 1024 if 0
	maxBuckets int
	free       func() (int64, error)
	reserve    int64
	wrap       func(kv.Store) kv.Store // what the Service sees of kv
	engine     pebblekv.Options        // small if zero
}

// store is a Service on the engines of one machine, for tests.
type store struct {
	*Service
	t     testing.TB
	clock *clock
	close func()
}

func newStore(t testing.TB, o storeOptions) *store {
	t.Helper()
	if o.fs == nil {
		o.fs = vfs.NewMem()
	}
	if o.inline == 0 {
		o.inline = 1024
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	clock := &clock{}
	clock.advance(1_700_000_000 * time.Second)
	if o.dir == "" {
		o.dir = "data"
	}
	must(o.fs.MkdirAll(o.dir, 0o755))
	parent, err := o.fs.OpenDir(o.fs.PathDir(o.dir))
	must(err)
	must(parent.Sync())
	must(parent.Close())
	if o.engine.MemTableSize == 0 {
		o.engine.MemTableSize, o.engine.CacheSize = 1<<20, 1<<20
	}
	o.engine.FS, o.engine.Fatal = o.fs, func(err error) { t.Error(err) }
	records, err := pebblekv.Open(o.fs.PathJoin(o.dir, "kv"), o.engine)
	must(err)
	blobs, err := fileblob.Open(o.fs.PathJoin(o.dir, "blobs"), fileblob.Options{FS: o.fs, Free: o.free, Reserve: o.reserve})
	must(err)
	contents, err := content.Open(t.Context(), records, blobs, content.Options{
		InlineSize: o.inline, Now: clock.now, Free: o.free, Reserve: o.reserve,
	})
	must(err)
	var seen kv.Store = records
	if o.wrap != nil {
		seen = o.wrap(records)
	}
	s := &store{t: t, clock: clock}
	s.Service = New(seen, contents, Options{
		Now: clock.now, MaxBucketsPerOwner: o.maxBuckets, Free: o.free, Reserve: o.reserve,
	})
	closed := false
	s.close = func() {
		if closed {
			return
		}
		closed = true
		for _, c := range []io.Closer{contents, blobs, records} {
			if err := c.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
		}
	}
	t.Cleanup(s.close)
	return s
}

// clock stands still until it is told to move.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.nanoseconds.Load()) }
func (c *clock) advance(d time.Duration) { c.nanoseconds.Add(int64(d)) }

func second[T any](_ T, err error) error { return err }

func putInput(b Bucket, key, body string) PutInput {
	return PutInput{
		Bucket: b, Key: key, Owner: b.Owner, Body: strings.NewReader(body),
		Size: int64(len(body)), MinSize: -1, MaxSize: -1,
	}
}

func (s *store) createBucket(name string, owner Owner) Bucket {
	s.t.Helper()
	b, err := s.CreateBucket(s.t.Context(), name, owner, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *store) deleteBucket(b Bucket) {
	s.t.Helper()
	if err := s.DeleteBucket(s.t.Context(), b); err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) listBuckets(in ListBucketsInput) BucketPage {
	s.t.Helper()
	page, err := s.ListBuckets(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

func (s *store) put(b Bucket, key, body string) Object {
	s.t.Helper()
	o, err := s.Put(s.t.Context(), putInput(b, key, body))
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *store) delete(b Bucket, key string) {
	s.t.Helper()
	if _, err := s.Delete(s.t.Context(), DeleteInput{Bucket: b, Key: key}); err != nil {
		s.t.Fatal(err)
	}
}

// get returns the bytes of an object, and whether there is one.
func (s *store) get(b Bucket, key string) (string, bool) {
	s.t.Helper()
	_, o, err := s.Object(s.t.Context(), b.Name, key, "")
	if err != nil {
		s.t.Fatal(err)
	}
	if o == nil {
		return "", false
	}
	return s.read(b, o)
}

// read returns the bytes of o, or of what replaced it.
func (s *store) read(b Bucket, o *Object) (string, bool) {
	s.t.Helper()
	o, r, err := s.OpenCurrent(s.t.Context(), b, o, wholeObject)
	if err != nil {
		s.t.Fatal(err)
	}
	if o == nil {
		return "", false
	}
	defer r.Close()
	var body bytes.Buffer
	if _, err := r.CopyN(&body, o.Size); err != nil {
		s.t.Fatal(err)
	}
	return body.String(), true
}

func wholeObject(o *Object) (offset, length int64, err error) { return 0, o.Size, nil }

func (s *store) list(in ListInput) Page {
	s.t.Helper()
	page, err := s.List(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

func (s *store) view(fn func(kv.Reader) error) {
	s.t.Helper()
	if err := s.records.View(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}
