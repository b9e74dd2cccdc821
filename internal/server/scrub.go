package server

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/object"
)

// maxNamed is how many objects are named in the log for each damaged blob.
const maxNamed = 20

// scrub reads what is stored, over and over, and names in the log the objects
// whose bytes are damaged.
func (s *stores) scrub(ctx context.Context, c Config) {
	log := c.Log.With("part", "scrub")
	s.contents.Scrub(ctx, content.ScrubOptions{
		Interval: c.ScrubInterval,
		Found:    func(ctx context.Context, found []content.Damage) { logDamage(ctx, log, s.objects, found) },
	})
}

// logDamage writes a line for each object that damage concerns.
func logDamage(ctx context.Context, log *slog.Logger, objects *object.Service, found []content.Damage) {
	faults := make(map[content.Place]error)
	var places []content.Place
	for _, d := range found {
		if d.Place == (content.Place{}) {
			log.Error("stored data is damaged; 'signet check' tells more", "error", d.Err)
			continue
		}
		faults[d.Place] = d.Err
		places = append(places, d.Place)
	}
	if len(places) == 0 {
		return
	}
	named := make(map[content.Place]int)
	err := objects.Referrers(ctx, places, func(p content.Place, r object.Referrer) {
		if named[p]++; named[p] <= maxNamed {
			log.Error("the bytes of an object are damaged", "bucket", r.Bucket, "key", r.Key,
				"version", r.VersionID, "upload", r.UploadID, "blob", p, "error", faults[p])
		}
	})
	for _, p := range places {
		if named[p] == 0 {
			log.Error("a blob is damaged", "blob", p, "error", faults[p], "objects", err)
		}
	}
}

// scrubMetrics count what scrubs do.
func scrubMetrics(contents *content.Store) []prometheus.Collector {
	counter := func(name, help string, value func(content.ScrubStats) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 {
			return float64(value(contents.ScrubStats()))
		})
	}
	return []prometheus.Collector{
		counter("signet_scrub_blobs_total", "Blobs that the scrub has read.", func(s content.ScrubStats) int64 { return s.Blobs }),
		counter("signet_scrub_bytes_total", "Bytes that the scrub has read.", func(s content.ScrubStats) int64 { return s.Bytes }),
		counter("signet_scrub_passes_total", "How often the scrub has read everything.", func(s content.ScrubStats) int64 { return s.Passes }),
		gauge("signet_scrub_damaged", "Blobs that were damaged when the scrub read them last.", func() float64 {
			return float64(contents.ScrubStats().Damaged)
		}),
	}
}
