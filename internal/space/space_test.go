package space

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var errFull = errors.New("full")

// disk is a file system as a test says.
type disk struct {
	free  int64
	err   error
	asked int
	now   time.Time
}

func (d *disk) budget(reserve int64) *Budget {
	return New(func() (int64, error) { d.asked++; return d.free, d.err }, reserve, errFull, func() time.Time { return d.now })
}

// admit asks b for size bytes and compares the answer.
func admit(t *testing.T, b *Budget, size int64, want error) {
	t.Helper()
	if err := b.Admit(size); !errors.Is(err, want) {
		t.Errorf("%d bytes: %v, want %v", size, err, want)
	}
}

func TestBudgetKeepsTheReserve(t *testing.T) {
	d := &disk{free: 1000}
	b := d.budget(400)
	admit(t, b, 601, errFull)
	admit(t, b, 600, nil)
	admit(t, b, 1, errFull) // what was admitted counts before the disk shows it
	admit(t, b, 0, nil)
	admit(t, b, -1, nil)
	if d.asked != 1 {
		t.Errorf("asked for the free space %d times at one moment, want once", d.asked)
	}
	d.now = d.now.Add(maxAge)
	admit(t, b, 600, nil)
	d.free = 399
	d.now = d.now.Add(maxAge)
	admit(t, b, 0, errFull)
	admit(t, b, -1, errFull)
}

func TestBudgetAsksAgainWhenTheClockIsSetBack(t *testing.T) {
	d := &disk{free: 0}
	b := d.budget(1)
	admit(t, b, 0, errFull)
	d.now = d.now.Add(-time.Hour)
	d.free = 1
	admit(t, b, 0, nil)
}

func TestUnknownFreeSpaceRefusesNothing(t *testing.T) {
	admit(t, New(nil, 1<<40, errFull, time.Now), 1<<50, nil)
	d := &disk{err: fmt.Errorf("disk: %w", ErrUnknown)}
	admit(t, d.budget(1<<40), 1<<50, nil)
}

func TestFailureToAskIsReturned(t *testing.T) {
	d := &disk{free: 1 << 40, err: errors.New("unplugged")}
	b := d.budget(0)
	admit(t, b, 0, d.err)
	admit(t, b, -1, d.err)
	if d.asked != 1 {
		t.Errorf("asked %d times at one moment, want once", d.asked)
	}
	d.err = nil
	d.now = d.now.Add(maxAge)
	admit(t, b, 0, nil)
}

func TestConcurrentCallersShareOneBudget(t *testing.T) {
	d := &disk{free: 1000}
	b := d.budget(0)
	var admitted atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if b.Admit(10) == nil {
					admitted.Add(10)
				}
			}
		})
	}
	all.Wait()
	if got := admitted.Load(); got != d.free {
		t.Errorf("%d bytes were admitted of %d", got, d.free)
	}
}
