package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/signet-store/signet/internal/blob"
)

// Disk opens an engine on a file system, the same data each time. It says in
// stopped, which may be nil, that the engine asks for the process to end.
type Disk func(fs vfs.FS, stopped func()) (blob.Store, error)

// RunOnDisk tests an engine that keeps its blobs on a file system with faults
// and crashes at every step.
func RunOnDisk(t *testing.T, open Disk) {
	t.Run("a crash at any step", func(t *testing.T) { crashes(t, open) })
	t.Run("one failure of any operation", func(t *testing.T) {
		faults(t, open, errorfs.ErrInjected, nil)
	})
	t.Run("a disk that is full from any step on", func(t *testing.T) { full(t, open) })
	t.Run("a disk that returns wrong bytes", func(t *testing.T) { wrongBytes(t, open) })
	t.Run("a disk that goes away and comes back", func(t *testing.T) { takenAway(t, open) })
	t.Run("a sync that fails and is never tried again", func(t *testing.T) { failedSyncs(t, open) })
}

// expectation is what a blob must look like.
type expectation struct {
	data  []byte
	state state
}

type state int

const (
	wasCreated   state = iota // Create was called, Commit was not
	wasUnknown                // Commit or Delete was called and did not return nil
	wasCommitted              // Commit returned nil, Delete was not called
	wasDeleted                // Delete returned nil
)

// ledger is what a store has acknowledged.
type ledger struct {
	blobs map[blob.ID]expectation
	// marked and mayBeMarked say that SetMark returned nil, and that it was called.
	marked, mayBeMarked bool
	violation           error // of a promise, that was seen while the scenario ran
}

func (l *ledger) clone() *ledger {
	c := &ledger{blobs: make(map[blob.ID]expectation, len(l.blobs)), marked: l.marked, mayBeMarked: l.mayBeMarked}
	for id, e := range l.blobs {
		c.blobs[id] = e
	}
	return c
}

// scenario does some of everything and records what was acknowledged. It goes
// on after errors, which it returns.
func (l *ledger) scenario(s blob.Store) error {
	var failures []error
	note := func(err error) bool {
		if err != nil {
			failures = append(failures, err)
		}
		return err == nil
	}
	ctx := context.Background()
	l.mayBeMarked = true
	l.marked = note(s.SetMark(ctx, ledgerMark))
	for number := range uint32(6) {
		id := blob.ID{Segment: blob.Segment(number%2 + 1), Number: number}
		data := payload(uint64(number), 3000+int(number)*5000)
		l.blobs[id] = expectation{data, wasCreated}
		w, err := s.Create(ctx, id)
		if !note(err) {
			continue
		}
		half := len(data) / 2
		_, err = w.Write(data[:half])
		if err == nil {
			_, err = w.Write(data[half:])
		}
		if !note(err) || number == 2 {
			note(w.Abort())
			continue
		}
		l.blobs[id] = expectation{data, wasUnknown}
		if note(w.Commit()) {
			l.blobs[id] = expectation{data, wasCommitted}
		} else if _, err := s.Open(ctx, id, int64(len(data))); err == nil {
			l.violation = fmt.Errorf("%s can be opened though its commit failed", id)
		}
		if number == 3 || number == 4 {
			l.blobs[id] = expectation{data, wasUnknown}
			if note(s.Delete(ctx, id)) {
				l.blobs[id] = expectation{data, wasDeleted}
			}
		}
	}
	for segment := range blob.Segment(3) {
		ids, err := s.List(ctx, segment)
		if note(err) {
			l.removedUnless(segment, ids)
		}
		note(s.Drop(ctx, segment))
	}
	return errors.Join(failures...)
}

// ledgerMark is the mark that the scenario sets.
var ledgerMark = blob.Mark{1, 2, 3}

// checkMark compares the mark with what was acknowledged.
func (l *ledger) checkMark(s blob.Store) error {
	m, err := s.Mark(context.Background())
	switch {
	case err != nil:
		return err
	case m == ledgerMark && l.mayBeMarked, m == (blob.Mark{}) && !l.marked:
		return nil
	}
	return fmt.Errorf("the store bears the mark %s, was marked %v, perhaps %v", m, l.marked, l.mayBeMarked)
}

// removedUnless takes note that a segment holds nothing but ids, for good.
func (l *ledger) removedUnless(segment blob.Segment, ids []blob.ID) {
	for id, e := range l.blobs {
		if id.Segment == segment && e.state != wasCommitted && !slices.Contains(ids, id) {
			l.blobs[id] = expectation{e.data, wasDeleted}
		}
	}
}

// check compares a store with what was acknowledged: what is committed is there
// and whole, what is deleted or was never committed cannot be opened. Then it
// deletes everything and sees that nothing is left.
func (l *ledger) check(s blob.Store) error {
	if l.violation != nil {
		return l.violation
	}
	if err := l.checkMark(s); err != nil {
		return err
	}
	ctx := context.Background()
	listed := make(map[blob.ID]bool)
	for segment := range blob.Segment(3) {
		ids, err := s.List(ctx, segment)
		if err != nil {
			return err
		}
		for _, id := range ids {
			listed[id] = true
		}
	}
	for id, want := range l.blobs {
		got, err := get(s, id, len(want.data))
		switch {
		case err == nil && want.state == wasDeleted:
			return fmt.Errorf("%s is there though it was deleted", id)
		case err == nil && want.state == wasCreated:
			return fmt.Errorf("%s is there though it was not committed", id)
		case err == nil && want.state == wasCommitted && !bytes.Equal(got, want.data):
			return fmt.Errorf("%s holds other bytes than those written", id)
		case err == nil && !listed[id]:
			return fmt.Errorf("%s can be opened and is not listed", id)
		case err != nil && want.state == wasCommitted:
			return fmt.Errorf("%s was committed: %w", id, err)
		case err != nil && !errors.Is(err, blob.ErrNotFound) && !errors.Is(err, blob.ErrDamaged):
			return fmt.Errorf("open %s: %w", id, err)
		}
	}
	for id := range listed {
		if err := s.Delete(ctx, id); err != nil {
			return err
		}
	}
	for segment := range blob.Segment(3) {
		ids, err := s.List(ctx, segment)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			return fmt.Errorf("%v are left after everything listed was deleted", ids)
		}
		if err := s.Drop(ctx, segment); err != nil {
			return err
		}
	}
	return nil
}

// checkDisk opens the engine on fs and checks what it holds, and that what was
// deleted there stays so after another crash.
func (l *ledger) checkDisk(open Disk, fs *vfs.MemFS) error {
	s, err := open(fs, nil)
	if err != nil {
		return err
	}
	err = l.check(s)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	s, err = open(fs.CrashClone(vfs.CrashCloneCfg{}), nil)
	if err != nil {
		return err
	}
	gone := &ledger{blobs: make(map[blob.ID]expectation), marked: l.marked, mayBeMarked: l.mayBeMarked}
	for id, e := range l.blobs {
		gone.blobs[id] = expectation{e.data, wasDeleted}
	}
	return errors.Join(gone.check(s), s.Close())
}

// checkCrashes checks what is left after a crash at this moment, with nothing,
// some and all of what was not synced.
func (l *ledger) checkCrashes(t *testing.T, open Disk, when string, fs *vfs.MemFS) {
	t.Helper()
	for _, percent := range []int{0, 50, 100} {
		// What survives of a crash is the same in every run of the test.
		rng := rand.New(rand.NewPCG(uint64(percent), uint64(len(when))))
		clone := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng})
		if err := l.checkDisk(open, clone); err != nil {
			t.Errorf("crash %s, %d%% of what was not synced survived: %v", when, percent, err)
		}
	}
}

// crashes takes the disk away before each operation.
func crashes(t *testing.T, open Disk) {
	fs := vfs.NewCrashableMem()
	l := &ledger{blobs: make(map[blob.ID]expectation)}
	type moment struct {
		ledger *ledger
		disks  []*vfs.MemFS
	}
	var moments []moment
	rng := rand.New(rand.NewPCG(1, 2))
	observe := errorfs.InjectorFunc(func(op errorfs.Op) error {
		m := moment{ledger: l.clone()}
		for _, percent := range []int{0, 30, 70, 100} {
			m.disks = append(m.disks, fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng}))
		}
		moments = append(moments, m)
		return nil
	})
	s, err := open(errorfs.Wrap(fs, observe), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.scenario(s); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(moments) < 20 {
		t.Fatalf("only %d operations were seen", len(moments))
	}
	for i, m := range moments {
		for _, disk := range m.disks {
			if err := m.ledger.checkDisk(open, disk); err != nil {
				t.Errorf("crash before operation %d: %v", i, err)
			}
		}
	}
	l.checkCrashes(t, open, "at the end", fs)
}

// faults lets each operation of the scenario fail in turn, and returns when one
// run met no failure.
func faults(t *testing.T, open Disk, failure error, concerns func(errorfs.Op) bool) {
	for i := 0; ; i++ {
		fs := vfs.NewCrashableMem()
		count, failed := 0, errorfs.Op{Kind: -1}
		inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
			if concerns != nil && !concerns(op) {
				return nil
			}
			count++
			if count-1 != i {
				return nil
			}
			failed = op
			return failure
		})
		l := &ledger{blobs: make(map[blob.ID]expectation)}
		s, err := open(errorfs.Wrap(fs, inject), func() {})
		if err == nil {
			_ = l.scenario(s)
			_ = s.Close()
		}
		if failed.Kind < 0 {
			if i < 10 {
				t.Fatalf("only %d operations could fail", i)
			}
			return
		}
		when := fmt.Sprintf("after operation %d failed (kind %d on %s)", i, failed.Kind, failed.Path)
		l.checkCrashes(t, open, when, fs)
		if err := l.checkDisk(open, fs); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
}

// full lets every operation that takes space fail from each step on: nothing
// that is acknowledged is lost, the error is named, and deletes work.
func full(t *testing.T, open Disk) {
	for i := 0; ; i++ {
		fs := vfs.NewCrashableMem()
		count, failed := 0, false
		inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
			switch op.Kind {
			case errorfs.OpCreate, errorfs.OpMkdirAll, errorfs.OpFileWrite, errorfs.OpFilePreallocate:
			case errorfs.OpFileSyncData:
			default:
				return nil
			}
			if count++; count <= i {
				return nil
			}
			failed = true
			return syscall.ENOSPC
		})
		s, err := open(fs, func() { t.Error("a full disk stopped the engine") })
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		l := &ledger{blobs: make(map[blob.ID]expectation)}
		s, err = open(errorfs.Wrap(fs, inject), func() { t.Error("a full disk stopped the engine") })
		if err == nil {
			if err := l.scenario(s); failed && !errors.Is(err, blob.ErrNoSpace) {
				t.Errorf("full from step %d on: error %v, want %v", i, err, blob.ErrNoSpace)
			}
			if err := l.check(s); err != nil {
				t.Errorf("full from step %d on: %v", i, err)
			}
			_ = s.Close()
		}
		if !failed {
			if i < 10 {
				t.Fatalf("only %d operations took space", i)
			}
			return
		}
	}
}

// failedSyncs lets each sync fail in turn: whether or not the data reached the
// disk, nothing is acknowledged that is not there, and nobody syncs the same
// file again, since the second sync would succeed without the first one's data.
func failedSyncs(t *testing.T, open Disk) {
	isSync := func(op errorfs.Op) bool {
		switch op.Kind {
		case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
			return true
		}
		return false
	}
	faults(t, open, syscall.EIO, isSync)

	for i := 0; ; i++ {
		fs := vfs.NewCrashableMem()
		count, stops, failedPath := 0, 0, ""
		inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
			if !isSync(op) {
				return nil
			}
			if op.Path == failedPath {
				t.Errorf("%s is synced again after its sync failed", op.Path)
			}
			if count++; count-1 != i {
				return nil
			}
			failedPath = op.Path
			return syscall.EIO
		})
		s, err := open(fs, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		l := &ledger{blobs: make(map[blob.ID]expectation)}
		s, err = open(errorfs.Wrap(fs, inject), func() { stops++ })
		opened := err == nil
		if opened {
			_ = l.scenario(s)
			err = put(s, blob.ID{Segment: 9, Number: 9}, []byte("after"))
			_ = s.Close()
		}
		if failedPath == "" {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		if err == nil {
			t.Errorf("sync %d of %s failed and blobs are written after it", i, failedPath)
		}
		if opened && stops != 1 {
			t.Errorf("sync %d of %s failed and the process was asked to end %d times, want once", i, failedPath, stops)
		}
	}
}
