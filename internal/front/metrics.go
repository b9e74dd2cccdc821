package front

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts requests, for Prometheus.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	received *prometheus.CounterVec
	sent     *prometheus.CounterVec
	inFlight prometheus.Gauge

	// What the vectors hold for labels seen before: finding it there takes
	// longer than counting.
	known sync.Map // result -> *counters
}

// result is how a request ended.
type result struct {
	protocol, operation string
	status              int
	code                string
}

// counters count the requests that ended in the same way.
type counters struct {
	requests, received, sent prometheus.Counter
	duration                 prometheus.Observer
}

func newMetrics() *metrics {
	labels := []string{"protocol", "operation"}
	return &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_requests_total",
			Help: "Requests answered, by protocol (s3, iam, sts or signet), operation, HTTP status and error code (empty for a success).",
		}, append(labels, "status", "code")),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "signet_request_duration_seconds",
			Help:    "Time from a request's header to the end of its answer, by protocol and operation.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60, 600},
		}, labels),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_received_bytes_total",
			Help: "Bytes of request bodies, by protocol and operation.",
		}, labels),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_sent_bytes_total",
			Help: "Bytes of response bodies, by protocol and operation.",
		}, labels),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "signet_requests_in_flight",
			Help: "Requests of all protocols that are being answered.",
		}),
	}
}

// observe counts a request.
func (m *metrics) observe(e *Event) {
	c := m.of(result{e.Protocol, e.Operation, e.Status, e.Code})
	c.requests.Inc()
	c.duration.Observe(e.Duration.Seconds())
	c.received.Add(float64(e.BytesIn))
	c.sent.Add(float64(e.BytesOut))
}

func (m *metrics) of(r result) *counters {
	if known, ok := m.known.Load(r); ok {
		return known.(*counters)
	}
	c := &counters{
		requests: m.requests.WithLabelValues(r.protocol, r.operation, strconv.Itoa(r.status), r.code),
		received: m.received.WithLabelValues(r.protocol, r.operation),
		sent:     m.sent.WithLabelValues(r.protocol, r.operation),
		duration: m.duration.WithLabelValues(r.protocol, r.operation),
	}
	m.known.Store(r, c)
	return c
}
