package pebblekv

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	defaultCacheSize    = 64 << 20
	defaultMemTableSize = 64 << 20
	// separatedSize is from how many bytes on a value is stored apart from its
	// key. The reference left behind and the second read are not worth it below.
	separatedSize = 512
	// slowDisk is how long one operation may take before it is reported.
	slowDisk = 5 * time.Second
)

// engineOptions says how the engine is run, on the file system o.FS. fatal is
// told what the engine can't survive.
func engineOptions(o Options, fatal func(error)) *pebble.Options {
	log := logger{o.Log, fatal}
	opts := &pebble.Options{
		// The version of what is on disk moves when we say so, not when the
		// dependency is updated.
		FormatMajorVersion:          pebble.FormatValueSeparation,
		Cache:                       pebble.NewCache(cmp.Or(o.CacheSize, defaultCacheSize)),
		MemTableSize:                cmp.Or(o.MemTableSize, defaultMemTableSize),
		MemTableStopWritesThreshold: 4,
		CompactionConcurrencyRange:  func() (int, int) { return 1, max(1, runtime.GOMAXPROCS(0)) },
		FS:                          o.FS,
		Logger:                      log,
		EventListener:               log.events(),
	}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	if len(o.Separated) > 0 {
		opts.Experimental.ValueSeparationPolicy = func() pebble.ValueSeparationPolicy {
			return pebble.ValueSeparationPolicy{
				Enabled:               true,
				MinimumSize:           separatedSize,
				MaxBlobReferenceDepth: 10,
				RewriteMinimumAge:     time.Minute,
				TargetGarbageRatio:    0.2,
			}
		}
		opts.Experimental.SpanPolicyFunc = spanPolicy(o.Separated)
	}
	return opts
}

// spanPolicy lets values under the prefixes be stored apart and keeps all others
// beside their keys. The engine also ends a file where a span ends.
func spanPolicy(prefixes [][]byte) pebble.SpanPolicyFunc {
	prefixes = slices.Clone(prefixes)
	for i := range prefixes {
		prefixes[i] = bytes.Clone(prefixes[i])
	}
	slices.SortFunc(prefixes, bytes.Compare)
	beside := pebble.SpanPolicy{ValueStoragePolicy: pebble.ValueStorageLowReadLatency}
	return func(start []byte) (pebble.SpanPolicy, []byte, error) {
		for _, p := range prefixes {
			if bytes.HasPrefix(start, p) {
				return pebble.SpanPolicy{}, after(p), nil
			}
			if bytes.Compare(start, p) < 0 {
				return beside, p, nil
			}
		}
		return beside, nil, nil
	}
}

// after returns the first key that is greater than all with the prefix, or nil
// when there is none.
func after(prefix []byte) []byte {
	end := bytes.Clone(bytes.TrimRight(prefix, "\xff"))
	if len(end) == 0 {
		return nil
	}
	end[len(end)-1]++
	return end
}

// watchedDisk is the operating system's file system with a watch for operations
// that hang. Closing the second result ends the watch.
func watchedDisk(log *slog.Logger) (vfs.FS, io.Closer) {
	return vfs.WithDiskHealthChecks(vfs.Default, slowDisk, nil, func(i vfs.DiskSlowInfo) {
		log.Warn("the disk is slow", "path", i.Path, "operation", i.OpType.String(), "duration", i.Duration)
	})
}

// lockFS tells a lock that is taken from a lock that can't be had.
type lockFS struct{ vfs.FS }

// Lock implements vfs.FS.
func (l lockFS) Lock(name string) (io.Closer, error) {
	c, err := l.FS.Lock(name)
	var path *fs.PathError
	var errno syscall.Errno
	switch {
	case err == nil:
		return c, nil
	case errors.As(err, &path), errors.As(err, &errno) && errno != syscall.EAGAIN && errno != syscall.EACCES:
		return nil, fmt.Errorf("lock: %w", err)
	default:
		return nil, fmt.Errorf("%w: %w", ErrLocked, err)
	}
}

// logger is the engine's logger, in terms of slog.
type logger struct {
	log   *slog.Logger
	fatal func(error)
}

// Infof implements pebble.Logger.
func (l logger) Infof(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("pebble", "message", fmt.Sprintf(format, args...))
	}
}

// Errorf implements pebble.Logger.
func (l logger) Errorf(format string, args ...any) {
	l.log.Error("pebble", "message", fmt.Sprintf(format, args...))
}

// Fatalf implements pebble.Logger. The engine doesn't expect it to return.
func (l logger) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	l.fatal(err)
	panic(err)
}

// events says what of the engine's life an operator should know.
func (l logger) events() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			l.log.Error("the database could not reorganize its files and will try again", "error", err)
		},
		// The read that met it returns the error; ending the process would only
		// keep all other data from its owner.
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			l.log.Error("a file of the database is damaged", "path", i.Path, "error", i.Details)
		},
		WriteStallBegin: func(i pebble.WriteStallBeginInfo) {
			l.log.Warn("the database holds writes back until it has caught up", "reason", i.Reason)
		},
	}
}
