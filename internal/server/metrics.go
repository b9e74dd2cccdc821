package server

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/signet-store/signet/internal/s3"
)

// metrics counts what the server does, for Prometheus.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	received *prometheus.CounterVec
	sent     *prometheus.CounterVec
	inFlight prometheus.Gauge

	// What the vectors hold for labels seen before: finding it there takes
	// longer than counting.
	operations sync.Map // name -> *operationMetrics
	results    sync.Map // result -> prometheus.Counter
}

// operationMetrics are those of one operation.
type operationMetrics struct {
	duration       prometheus.Observer
	received, sent prometheus.Counter
}

// result is how a request ended.
type result struct {
	operation string
	status    int
	code      string
}

// newMetrics returns metrics in a registry of their own. usage tells how much
// of the disk is free and how large it is, open how many connections there are.
func newMetrics(usage func() (free, total int64, err error), reserve int64, open func() int) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_s3_requests_total",
			Help: "S3 requests answered, by operation, HTTP status and S3 error code (empty for a success).",
		}, []string{"operation", "status", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "signet_s3_request_duration_seconds",
			Help:    "Time from a request's header to the end of its answer, by operation.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60, 600},
		}, []string{"operation"}),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_s3_received_bytes_total",
			Help: "Bytes of request bodies, by operation.",
		}, []string{"operation"}),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_s3_sent_bytes_total",
			Help: "Bytes of response bodies, by operation.",
		}, []string{"operation"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "signet_s3_requests_in_flight",
			Help: "S3 requests that are being answered.",
		}),
	}
	m.registry.MustRegister(
		m.requests, m.duration, m.received, m.sent, m.inFlight,
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

// limited counts the requests that one of the limits refused.
func limited(by string, refused func() uint64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name:        "signet_limited_requests_total",
		Help:        "Requests refused because they came too fast, by what is limited: address or key.",
		ConstLabels: prometheus.Labels{"limit": by},
	}, func() float64 { return float64(refused()) })
}

// observe counts one S3 request.
func (m *metrics) observe(e s3.Event) {
	m.requestsThat(result{e.Operation, e.Status, e.Code}).Inc()
	of := m.of(e.Operation)
	of.duration.Observe(e.Duration.Seconds())
	of.received.Add(float64(e.BytesIn))
	of.sent.Add(float64(e.BytesOut))
}

func (m *metrics) requestsThat(ended result) prometheus.Counter {
	if known, ok := m.results.Load(ended); ok {
		return known.(prometheus.Counter)
	}
	counter := m.requests.WithLabelValues(ended.operation, strconv.Itoa(ended.status), ended.code)
	m.results.Store(ended, counter)
	return counter
}

func (m *metrics) of(operation string) *operationMetrics {
	if known, ok := m.operations.Load(operation); ok {
		return known.(*operationMetrics)
	}
	of := &operationMetrics{
		duration: m.duration.WithLabelValues(operation),
		received: m.received.WithLabelValues(operation),
		sent:     m.sent.WithLabelValues(operation),
	}
	m.operations.Store(operation, of)
	return of
}

// handler serves the metrics to programs on this machine, and nobody else.
func (m *metrics) handler() http.Handler {
	inner := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true, MaxRequestsInFlight: 4})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fromThisMachine(r) {
			refuse(w, http.StatusForbidden, "metrics are for this machine only")
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// fromThisMachine reports whether a request was made on this machine. One that a
// proxy passed on was not: the proxy may well be on this machine.
func fromThisMachine(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") || forwardingHeader(name) {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// forwardingHeader reports whether proxies add a header of that canonical name.
func forwardingHeader(name string) bool {
	switch name {
	case "Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Forwarded-For",
		"True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip", "Fly-Client-Ip", "Cf-Ray", "Cdn-Loop", "X-Envoy-External-Address":
		return true
	}
	return false
}
