package object

import (
	"errors"
	"testing"
	"time"
)

func TestRoomKeepsTheReserve(t *testing.T) {
	now := time.Unix(1, 0)
	var asked int
	free, failure := int64(1000), error(nil)
	r := room{
		free:    func() (int64, error) { asked++; return free, failure },
		reserve: 400,
		now:     func() time.Time { return now },
	}
	admit := func(size int64, want error) {
		t.Helper()
		if err := r.admit(size); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
	}
	admit(601, ErrNoSpace)
	admit(600, nil)
	admit(1, ErrNoSpace) // what was admitted counts before the disk shows it
	admit(0, nil)
	admit(-1, nil)
	if asked != 1 {
		t.Errorf("asked for the free space %d times at one moment, want once", asked)
	}
	now = now.Add(freeFor)
	admit(600, nil)
	free = 399
	now = now.Add(freeFor)
	admit(0, ErrNoSpace)
	admit(-1, ErrNoSpace)
	now = now.Add(-time.Hour) // a clock set back
	free = 400
	admit(0, nil)
	now = now.Add(freeFor)
	failure = errors.New("disk unplugged")
	admit(0, failure)
}

func TestRoomWithoutAFigureIsEndless(t *testing.T) {
	r := room{reserve: 1 << 40, now: time.Now}
	if err := r.admit(1 << 50); err != nil {
		t.Error(err)
	}
}
