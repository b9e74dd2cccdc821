package content

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob"
)

// zeros is an endless body that remembers the largest read.
type zeros struct{ largest int }

func (z *zeros) Read(p []byte) (int, error) {
	clear(p)
	z.largest = max(z.largest, len(p))
	return len(p), nil
}

// silent never returns anything.
type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

func TestErrorOfABodyIsReturnedAsItIsAndNothingStays(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		body io.Reader
		want error
	}{
		"at once":             {iotest.ErrReader(broken), broken},
		"while it is small":   {io.MultiReader(strings.NewReader("data"), iotest.ErrReader(broken)), broken},
		"when it is large":    {io.MultiReader(bytes.NewReader(make([]byte, 5000)), iotest.ErrReader(broken)), broken},
		"when pieces were":    {io.MultiReader(bytes.NewReader(make([]byte, 3*pieceSize)), iotest.ErrReader(broken)), broken},
		"an unexpected end":   {io.MultiReader(strings.NewReader("data"), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
		"an end of large one": {io.MultiReader(bytes.NewReader(make([]byte, 5000)), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
		"nothing for ever":    {silent{}, io.ErrNoProgress},
		"nothing any more":    {io.MultiReader(bytes.NewReader(make([]byte, 5000)), silent{}), io.ErrNoProgress},
	} {
		for _, size := range []int64{-1, 4, 1 << 20} {
			t.Run(name, func(t *testing.T) {
				s := newSystem(t)
				if _, err := s.Receive(t.Context(), test.body, size); err != test.want {
					t.Errorf("error %v, want %v", err, test.want)
				}
				s.mustBeEmpty(t)
			})
		}
	}
}

func TestBytesThatComeWithTheEndAreKept(t *testing.T) {
	for name, size := range map[string]int{"inline": 10, "blob": 5000} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			data := payload(1, size)
			d, err := s.Receive(t.Context(), iotest.DataErrReader(bytes.NewReader(data)), -1)
			must(t, err)
			c, err := s.publish(d)
			must(t, err)
			d.Done()
			s.mustHold(t, c, data)
		})
	}
}

func TestReceiveStopsWhenItsContextIsOver(t *testing.T) {
	s := newSystem(t)
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	body := readerFunc(func(p []byte) (int, error) {
		if read += len(p); read > 4*pieceSize {
			cancel()
		}
		return len(p), nil
	})
	if _, err := s.Receive(ctx, body, -1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	s.mustBeEmpty(t)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestLargeBodyIsReadInPieces(t *testing.T) {
	s := newSystem(t)
	body := &zeros{}
	d, err := s.Receive(t.Context(), io.LimitReader(body, 20<<20), 20<<20)
	must(t, err)
	defer d.Discard()
	if body.largest > pieceSize {
		t.Errorf("%d bytes were asked for at once, more than %d", body.largest, pieceSize)
	}
}

func TestNewContentsLeaveTheReserveAlone(t *testing.T) {
	free := int64(1000)
	s := openSystem(t, vfs.NewMem(), newClock(), Options{Free: func() (int64, error) { return free, nil }, Reserve: 1000})
	defer s.close(t)
	receive := func(announced int64, data int) error {
		d, err := s.Receive(t.Context(), bytes.NewReader(make([]byte, data)), announced)
		if err == nil {
			d.Discard()
		}
		return err
	}
	must(t, receive(-1, 10))
	must(t, receive(-1, 5000))
	must(t, receive(0, 0))
	if err := receive(1, 1); !errors.Is(err, ErrNoSpace) {
		t.Errorf("body announced to use the reserve: error %v, want %v", err, ErrNoSpace)
	}
	free = 6000
	s.clock.advance(time.Second)
	must(t, receive(5000, 5000))
	free = 999
	s.clock.advance(time.Second)
	for _, size := range []int{0, 10, 5000} {
		if err := receive(-1, size); !errors.Is(err, ErrNoSpace) {
			t.Errorf("%d bytes below the reserve: error %v, want %v", size, err, ErrNoSpace)
		}
	}
}

// TestFullDiskRefusesContentsAndDeletesFreeSpace fills a disk whose blobs may
// take so many bytes, and gets it to work again by deleting.
func TestFullDiskRefusesContentsAndDeletesFreeSpace(t *testing.T) {
	const capacity = 100_000
	var used atomic.Int64
	fs := vfs.NewMem()
	s := openSystem(t, errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileWrite && strings.HasPrefix(op.Path, "data/blobs") && used.Load() >= capacity {
			return syscall.ENOSPC
		}
		return nil
	})), newClock(), Options{})
	measure := func() {
		var n int64
		for _, file := range second(s.left(t)) {
			if info, err := fs.Stat("data/blobs/" + file[:2] + "/" + file); err == nil && !info.IsDir() {
				n += info.Size()
			}
		}
		used.Store(n)
	}
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"}
	stored := 0
	var err error
	for stored < len(names) {
		if err = s.tryPut(names[stored], payload(uint64(stored), 10_000)); err != nil {
			break
		}
		stored++
		measure()
	}
	if !errors.Is(err, ErrNoSpace) || stored != 10 {
		t.Fatalf("stored %d contents, then error %v, want 10 and %v", stored, err, ErrNoSpace)
	}
	if err := s.tryPut("a", payload(99, 10_000)); !errors.Is(err, ErrNoSpace) {
		t.Errorf("replacing: error %v, want %v", err, ErrNoSpace)
	}
	must(t, s.tryPut("small", payload(98, 10)))
	must(t, s.tryRemove("b"))
	s.clock.advance(garbageDelay)
	must(t, s.Collect(t.Context()))
	measure()
	must(t, s.tryPut("n", payload(97, 9_000)))
	for i, name := range names[:stored] {
		if name != "b" {
			var c Content
			_, err := s.record(name, &c)
			must(t, err)
			s.mustHold(t, c, payload(uint64(i), 10_000))
		}
		must(t, s.tryRemove(name))
	}
	must(t, s.tryRemove("n"))
	must(t, s.tryRemove("small"))
	s.mustBeEmpty(t)
	s.close(t)
}

func second[A, B any](_ A, b B) B { return b }

// TestFailedSyncIsNeverAcknowledged lets each sync of a blob's file or folder
// fail, then takes the disk away.
func TestFailedSyncIsNeverAcknowledged(t *testing.T) {
	for failing := 0; ; failing++ {
		disk := vfs.NewCrashableMem()
		count, failed := 0, false
		fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
			sync := op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData
			if !sync || !strings.HasPrefix(op.Path, "data/blobs") {
				return nil
			}
			if count++; count-1 == failing {
				failed = true
				return syscall.EIO
			}
			return nil
		}))
		c := newClock()
		s := openSystem(t, fs, c, Options{})
		acknowledged := map[string][]byte{}
		for i, name := range []string{"a", "b", "a", "c"} {
			data := payload(uint64(i), 5000)
			if err := s.tryPut(name, data); err == nil {
				acknowledged[name] = data
			} else if !errors.Is(err, syscall.EIO) {
				t.Errorf("sync %d fails: error %v, want %v", failing, err, syscall.EIO)
			}
		}
		_ = s.blobs.Close()
		must(t, s.records.Close())
		if !failed {
			if failing < 5 {
				t.Fatalf("only %d syncs could fail", failing)
			}
			return
		}
		s = openSystem(t, disk.CrashClone(vfs.CrashCloneCfg{}), c, Options{})
		for _, name := range []string{"a", "b", "c"} {
			var c Content
			found, err := s.record(name, &c)
			must(t, err)
			want, ok := acknowledged[name]
			if diff := cmp.Diff(ok, found); diff != "" {
				t.Errorf("sync %d failed: record %s is there (-want +got):\n%s", failing, name, diff)
			}
			if found {
				s.mustHold(t, c, want)
				must(t, s.tryRemove(name))
			}
		}
		s.mustBeEmpty(t)
		s.close(t)
	}
}

// refusing is a blob.Store that creates nothing.
type refusing struct{ blob.Store }

func (refusing) Create(context.Context, blob.ID) (blob.Writer, error) { return nil, blob.ErrNoSpace }

func TestRefusedBlobDoesNotKeepItsSegment(t *testing.T) {
	s := newSystem(t)
	s.Store.blobs = refusing{s.blobs}
	if _, err := s.Receive(t.Context(), bytes.NewReader(make([]byte, 5000)), -1); !errors.Is(err, ErrNoSpace) {
		t.Errorf("error %v, want %v", err, ErrNoSpace)
	}
	s.mustBeEmpty(t)
}

func TestDiscardedDraftFreesItsSpaceAtOnce(t *testing.T) {
	s := newSystem(t)
	s.receiveDraft(t).Discard()
	if _, files := s.left(t); len(files) != 1 {
		t.Errorf("left are %q, want the folder of the current segment", files)
	}
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	s := newSystem(t)
	for _, size := range []int{-1, maxInlineSize + 1} {
		if _, err := open(t.Context(), s.records, s.blobs, Options{InlineSize: size}); err == nil {
			t.Errorf("an inline size of %d is accepted", size)
		}
	}
	_, err := open(t.Context(), s.records, s.blobs, Options{Random: strings.NewReader("short")})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without randomness: error %v, want %v", err, io.ErrUnexpectedEOF)
	}
}
