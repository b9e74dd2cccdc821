package fileblob_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/blob/blobtest"
	"github.com/signet-store/signet/internal/blob/fileblob"
)

func TestOnTheRealDisk(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store {
		return open(t, t.TempDir(), fileblob.Options{})
	})
}

func TestInMemory(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store {
		return open(t, "blobs", fileblob.Options{FS: vfs.NewMem()})
	})
}

func TestFaultsAndCrashes(t *testing.T) {
	blobtest.RunOnDisk(t, func(fs vfs.FS, stopped func()) (blob.Store, error) {
		o := fileblob.Options{FS: fs}
		if stopped != nil {
			o.Fatal = func(error) { stopped() }
		}
		return fileblob.Open("blobs", o)
	})
}

func open(t *testing.T, dir string, o fileblob.Options) *fileblob.Store {
	t.Helper()
	s, err := fileblob.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
