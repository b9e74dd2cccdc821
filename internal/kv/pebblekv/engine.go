package pebblekv

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

const (
	defaultCacheSize    = 64 << 20
	defaultMemTableSize = 64 << 20
	// separatedSize is from how many bytes on a value is stored apart from its
	// key. The reference left behind and the second read are not worth it below.
	separatedSize = 512
	// Files of values stored apart are as large as files of the first level and
	// never merged into larger ones, so that one is larger than it is by default.
	smallestFile int64 = 8 << 20
	largestFile  int64 = 64 << 20
)

// engineOptions says how the engine is run on d.
func engineOptions(o Options, d *disk) *pebble.Options {
	log := logger{o.Log, d.fail}
	opts := &pebble.Options{
		// The version of what is on disk moves when we say so, not when the
		// dependency is updated.
		FormatMajorVersion:          pebble.FormatValueSeparation,
		Cache:                       pebble.NewCache(cmp.Or(o.CacheSize, defaultCacheSize)),
		MemTableSize:                cmp.Or(o.MemTableSize, defaultMemTableSize),
		MemTableStopWritesThreshold: 4,
		CompactionConcurrencyRange:  func() (int, int) { return 1, max(1, runtime.GOMAXPROCS(0)) },
		FS:                          d,
		ReadOnly:                    o.ReadOnly,
		Logger:                      log,
		EventListener:               log.events(),
	}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		opts.TargetFileSizes[i] = min(smallestFile<<int64(i), largestFile)
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
	var failures atomic.Uint64 // of background work, since it last succeeded
	succeeded := func(err error) {
		if err == nil {
			failures.Store(0)
		}
	}
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			// The engine tries again at once, for as long as the disk is full:
			// it shall not fill the log as well.
			if n := failures.Add(1); n&(n-1) == 0 {
				l.log.Error("the database could not reorganize its files and tries again", "error", err, "failures", n)
			}
		},
		FlushEnd:      func(i pebble.FlushInfo) { succeeded(i.Err) },
		CompactionEnd: func(i pebble.CompactionInfo) { succeeded(i.Err) },
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
