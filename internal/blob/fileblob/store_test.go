package fileblob_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

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

func put(t *testing.T, s blob.Store, id blob.ID, data []byte) error {
	t.Helper()
	w, err := s.Create(t.Context(), id)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return errors.Join(err, w.Abort())
	}
	return w.Commit()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFileHoldsTheBlobAndItsFooter(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, fileblob.Options{})
	must(t, put(t, s, blob.ID{Segment: 0x0123456789abcdef, Number: 0x2a}, []byte("123456789")))
	got, err := os.ReadFile(filepath.Join(dir, "01", "0123456789abcdef", "0000002a"))
	must(t, err)
	// 0xe3069283 is the check value of CRC-32C.
	want := "123456789" + "blob" + "\x83\x92\x06\xe3" + "\x09\x00\x00\x00\x00\x00\x00\x00"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

func TestReaderHasAFileOnTheRealDiskOnly(t *testing.T) {
	for name, test := range map[string]struct {
		dir  string
		fs   vfs.FS
		want bool
	}{
		"real":      {t.TempDir(), nil, true},
		"in memory": {"blobs", vfs.NewMem(), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, test.dir, fileblob.Options{FS: test.fs})
			must(t, put(t, s, blob.ID{Segment: 1}, []byte("data")))
			r, err := s.Open(t.Context(), blob.ID{Segment: 1}, 4)
			must(t, err)
			defer r.Close()
			if got := r.File() != nil; got != test.want {
				t.Errorf("there is a file: %v, want %v", got, test.want)
			}
		})
	}
}

func TestBlobCutOffWhileItIsReadIsDamaged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, fileblob.Options{})
	must(t, put(t, s, blob.ID{Segment: 1}, make([]byte, 10_000)))
	r, err := s.Open(t.Context(), blob.ID{Segment: 1}, 10_000)
	must(t, err)
	defer r.Close()
	must(t, os.Truncate(filepath.Join(dir, "00", blob.Segment(1).String(), "00000000"), 9_000))
	data, err := io.ReadAll(r)
	if !errors.Is(err, blob.ErrDamaged) || len(data) != 9_000 {
		t.Errorf("read %d bytes and error %v, want 9000 and %v", len(data), err, blob.ErrDamaged)
	}
}

func TestListLeavesOutWhatIsNotABlob(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, fileblob.Options{})
	id := blob.ID{Segment: 1, Number: 0xabc}
	must(t, put(t, s, id, nil))
	for _, name := range []string{"x", "abc", "00000ABC", "000000000abc", "+0000001", ".00000001"} {
		must(t, os.WriteFile(filepath.Join(dir, "00", id.Segment.String(), name), nil, 0o600))
	}
	got, err := s.List(t.Context(), 1)
	must(t, err)
	if diff := cmp.Diff([]blob.ID{id}, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	must(t, s.Delete(t.Context(), id))
	must(t, s.Drop(t.Context(), 1))
	if _, err := os.Stat(filepath.Join(dir, "00", id.Segment.String(), "x")); err != nil {
		t.Errorf("drop removed what is not a blob: %v", err)
	}
}

func TestDroppedFolderDoesNotComeBack(t *testing.T) {
	fs := vfs.NewCrashableMem()
	s := open(t, "blobs", fileblob.Options{FS: fs})
	must(t, put(t, s, blob.ID{Segment: 1}, []byte("data")))
	must(t, s.Delete(t.Context(), blob.ID{Segment: 1}))
	must(t, s.Drop(t.Context(), 1))
	names, err := fs.CrashClone(vfs.CrashCloneCfg{}).List("blobs/00")
	must(t, err)
	if len(names) > 0 {
		t.Errorf("after a crash there are %q again", names)
	}
}

func TestFailedCommitLeavesNoFile(t *testing.T) {
	mem := vfs.NewMem()
	fail := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSyncData {
			return syscall.ENOSPC
		}
		return nil
	})
	s := open(t, "blobs", fileblob.Options{FS: errorfs.Wrap(mem, fail)})
	if err := put(t, s, blob.ID{Segment: 1}, []byte("data")); !errors.Is(err, blob.ErrNoSpace) {
		t.Errorf("commit: error %v, want %v", err, blob.ErrNoSpace)
	}
	names, err := mem.List(mem.PathJoin("blobs/00", blob.Segment(1).String()))
	must(t, err)
	if len(names) > 0 {
		t.Errorf("left are %q", names)
	}
}

func TestFailedSyncIsReportedOnceAndEndsWriting(t *testing.T) {
	fs := vfs.NewMem()
	broken := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSyncData {
			return syscall.EIO
		}
		return nil
	})}
	var reported []error
	s := open(t, "blobs", fileblob.Options{
		FS: errorfs.Wrap(fs, broken), Fatal: func(err error) { reported = append(reported, err) },
	})
	must(t, put(t, s, blob.ID{Segment: 1, Number: 1}, []byte("before")))
	half, err := s.Create(t.Context(), blob.ID{Segment: 1, Number: 2})
	must(t, err)
	broken.On()
	err = put(t, s, blob.ID{Segment: 1, Number: 3}, []byte("data"))
	broken.Off()
	if !errors.Is(err, syscall.EIO) {
		t.Errorf("commit: error %v, want %v", err, syscall.EIO)
	}
	if len(reported) != 1 || !errors.Is(reported[0], syscall.EIO) {
		t.Errorf("reported was %v, want the failed sync once", reported)
	}
	if _, err := half.Write([]byte("data")); !errors.Is(err, syscall.EIO) {
		t.Errorf("write of another blob: error %v, want %v", err, syscall.EIO)
	}
	if err := half.Commit(); !errors.Is(err, syscall.EIO) {
		t.Errorf("commit of another blob: error %v, want %v", err, syscall.EIO)
	}
	if _, err := s.Create(t.Context(), blob.ID{Segment: 2, Number: 1}); !errors.Is(err, syscall.EIO) {
		t.Errorf("create: error %v, want %v", err, syscall.EIO)
	}
	if err := s.Delete(t.Context(), blob.ID{Segment: 1, Number: 1}); !errors.Is(err, syscall.EIO) {
		t.Errorf("delete: error %v, want %v, since nobody knows that it is durable", err, syscall.EIO)
	}
	if len(reported) != 1 {
		t.Errorf("reported was %v, want the failed sync once", reported)
	}
}

func TestLongBlobIsBroughtToDiskWhileItIsWritten(t *testing.T) {
	var flushes int
	var failure error
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind != errorfs.OpFileSyncTo {
			return nil
		}
		flushes++
		return failure
	}))
	reported := 0
	s := open(t, "blobs", fileblob.Options{FS: fs, Fatal: func(error) { reported++ }})
	write := func(number uint32) error {
		w, err := s.Create(t.Context(), blob.ID{Segment: 1, Number: number})
		must(t, err)
		piece := make([]byte, 1<<20)
		for range 33 {
			if _, err := w.Write(piece); err != nil {
				return errors.Join(err, w.Abort())
			}
		}
		return w.Commit()
	}
	must(t, write(1))
	if flushes != 2 {
		t.Errorf("33 MiB were flushed %d times on the way, want 2", flushes)
	}
	failure = syscall.EIO
	if err := write(2); !errors.Is(err, syscall.EIO) || reported != 1 {
		t.Errorf("error %v, reported %d times, want %v, once", err, reported, syscall.EIO)
	}
}
