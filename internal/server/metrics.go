package server

import (
	"math"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/signet-store/signet/internal/content"
)

// metrics are what the server tells Prometheus.
type metrics struct{ registry *prometheus.Registry }

// newMetrics returns metrics in a registry of their own. usage tells how much
// of the disk is free and how large it is, open how many connections there are.
func newMetrics(usage func() (free, total int64, err error), reserve int64, open func() int) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		gauge("signet_connections", "Open connections.", func() float64 { return float64(open()) }),
		gauge("signet_disk_free_bytes", "Free space where data is kept, NaN where the file system does not tell.", func() float64 {
			free, _, err := usage()
			return known(free, err)
		}),
		gauge("signet_disk_size_bytes", "Size of the disk where data is kept.", func() float64 {
			_, total, err := usage()
			return known(total, err)
		}),
		gauge("signet_disk_reserve_bytes", "Free space that new data leaves alone.", func() float64 { return float64(reserve) }),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// known returns a figure as a metric: not a number where it is unknown.
func known(figure int64, err error) float64 {
	if err != nil {
		return math.NaN()
	}
	return float64(figure)
}

func gauge(name, help string, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
}

// blobsReachable says whether the blobs are within reach.
func blobsReachable(contents *content.Store) prometheus.Collector {
	return gauge("signet_blobs_reachable", "1 while the directory of blobs is the one that the records refer to, 0 while it is not: its disk may not be mounted.", func() float64 {
		if contents.Unavailable() != nil {
			return 0
		}
		return 1
	})
}

// limited counts the requests that one of the limits refused.
func limited(by string, refused func() uint64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name:        "signet_limited_requests_total",
		Help:        "Requests refused because they came too fast or too many at once, by what is limited: address, key or unverified bodies.",
		ConstLabels: prometheus.Labels{"limit": by},
	}, func() float64 { return float64(refused()) })
}

// lostLines counts the lines that the access log lost.
func lostLines(lost func() int64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "signet_access_log_dropped_total",
		Help: "Lines of the access log that were lost: the disk was full or slow, or standard output's reader was.",
	}, func() float64 { return float64(lost()) })
}

// handler serves the metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true, MaxRequestsInFlight: 4})
}
