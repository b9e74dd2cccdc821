package fileblob_test

import (
	"errors"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/blob/fileblob"
)

// disk has as much free space as a test says.
type disk struct {
	free  int64
	err   error
	asked int
	now   time.Time
}

func (d *disk) options() fileblob.Options {
	return fileblob.Options{
		FS:      vfs.NewMem(),
		Reserve: 1000,
		Free:    func() (int64, error) { d.asked++; return d.free, d.err },
		Now:     func() time.Time { return d.now },
	}
}

func TestNewBlobsLeaveTheReserveAlone(t *testing.T) {
	d := &disk{free: 1000}
	s := open(t, "blobs", d.options())
	must(t, put(t, s, blob.ID{Number: 1}, nil))
	d.free = 5000
	d.now = d.now.Add(time.Second)
	must(t, put(t, s, blob.ID{Number: 2}, make([]byte, 4000)))

	d.free = 999
	if err := put(t, s, blob.ID{Number: 3}, nil); err != nil {
		t.Errorf("create while a fresh answer says that there is room: %v", err)
	}
	d.now = d.now.Add(time.Second)
	if err := put(t, s, blob.ID{Number: 4}, nil); !errors.Is(err, blob.ErrNoSpace) {
		t.Errorf("create below the reserve: error %v, want %v", err, blob.ErrNoSpace)
	}
	must(t, s.Delete(t.Context(), blob.ID{Number: 2}))
	d.free = 4999
	d.now = d.now.Add(time.Second)
	must(t, put(t, s, blob.ID{Number: 5}, nil))
	if err := put(t, s, blob.ID{Number: 6}, make([]byte, 4000)); !errors.Is(err, blob.ErrNoSpace) {
		t.Errorf("write that would use the reserve: error %v, want %v", err, blob.ErrNoSpace)
	}
	ids, err := s.List(t.Context(), 0)
	must(t, err)
	if len(ids) != 3 {
		t.Errorf("stored are %v, want 1, 3 and 5", ids)
	}
}

func TestFreeSpaceIsAskedForNowAndThen(t *testing.T) {
	d := &disk{free: 1 << 40}
	s := open(t, "blobs", d.options())
	for number := range uint32(100) {
		must(t, put(t, s, blob.ID{Number: number}, make([]byte, 10_000)))
	}
	if d.asked != 1 {
		t.Errorf("asked %d times within one second, want once", d.asked)
	}
	d.now = d.now.Add(time.Second)
	must(t, put(t, s, blob.ID{Number: 100}, nil))
	if d.asked != 2 {
		t.Errorf("asked %d times, want again after a second", d.asked)
	}
}

func TestBlobsAreRefusedWhileFreeSpaceIsUnknown(t *testing.T) {
	d := &disk{err: errors.New("broken")}
	s := open(t, "blobs", d.options())
	if err := put(t, s, blob.ID{}, nil); !errors.Is(err, d.err) {
		t.Errorf("create: error %v, want %v", err, d.err)
	}
	ids, err := s.List(t.Context(), 0)
	must(t, err)
	if len(ids) != 0 {
		t.Errorf("stored are %v, want nothing", ids)
	}
}

func TestFileSystemIsAskedForFreeSpace(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, "blobs", fileblob.Options{FS: fs, Reserve: 1000})
	must(t, put(t, s, blob.ID{Number: 1}, nil))
	fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 999, TotalBytes: 2000, UsedBytes: 1001})
	s = open(t, "blobs", fileblob.Options{FS: fs, Reserve: 1000})
	if err := put(t, s, blob.ID{Number: 2}, nil); !errors.Is(err, blob.ErrNoSpace) {
		t.Errorf("create: error %v, want %v", err, blob.ErrNoSpace)
	}
}
