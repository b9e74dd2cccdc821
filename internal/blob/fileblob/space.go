package fileblob

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
)

// spaceAge is how long an answer about free space is used. What is written here
// is taken off it meanwhile; what others write is not.
const spaceAge = time.Second

// space says whether there is room above the reserve.
type space struct {
	free    func() (int64, error)
	reserve int64
	now     func() time.Time

	mu    sync.Mutex
	known int64 // bytes free when asked, less what was taken since
	until time.Time
}

// take accounts for n more bytes, or returns blob.ErrNoSpace.
func (s *space) take(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.known-n < s.reserve || !now.Before(s.until) {
		free, err := s.free()
		if err != nil {
			return fmt.Errorf("ask for free space: %w", err)
		}
		s.known, s.until = free, now.Add(spaceAge)
	}
	if s.known-n < s.reserve {
		return fmt.Errorf("%w: %d bytes are free, %d of them in reserve", blob.ErrNoSpace, s.known, s.reserve)
	}
	s.known -= n
	return nil
}

// diskUsage asks the file system that dir is on.
func diskUsage(fs vfs.FS, dir string) func() (int64, error) {
	return func() (int64, error) {
		usage, err := fs.GetDiskUsage(dir)
		if errors.Is(err, vfs.ErrUnsupported) {
			return math.MaxInt64, nil
		}
		return int64(min(usage.AvailBytes, math.MaxInt64)), err
	}
}
