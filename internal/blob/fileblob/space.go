package fileblob

import (
	"errors"
	"fmt"
	"math"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/space"
)

// diskUsage asks the file system that dir is on.
func diskUsage(fs vfs.FS, dir string) space.Free {
	return func() (int64, error) {
		usage, err := fs.GetDiskUsage(dir)
		if errors.Is(err, vfs.ErrUnsupported) {
			return 0, space.ErrUnknown
		}
		if err != nil {
			return 0, fmt.Errorf("ask for free space: %w", err)
		}
		return int64(min(usage.AvailBytes, math.MaxInt64)), nil
	}
}
