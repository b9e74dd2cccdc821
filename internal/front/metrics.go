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
	operations sync.Map // operation -> *operationMetrics
	results    sync.Map // result -> prometheus.Counter
}

// operation is one of a protocol.
type operation struct{ protocol, name string }

// operationMetrics are those of one operation.
type operationMetrics struct {
	duration       prometheus.Observer
	received, sent prometheus.Counter
}

// result is how a request ended.
type result struct {
	operation
	status int
	code   string
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

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.duration, m.received, m.sent, m.inFlight}
}

// observe counts a request.
func (m *metrics) observe(e *Event) {
	op := operation{e.Protocol, e.Operation}
	m.ended(result{op, e.Status, e.Code}).Inc()
	of := m.of(op)
	of.duration.Observe(e.Duration.Seconds())
	of.received.Add(float64(e.BytesIn))
	of.sent.Add(float64(e.BytesOut))
}

func (m *metrics) ended(r result) prometheus.Counter {
	if known, ok := m.results.Load(r); ok {
		return known.(prometheus.Counter)
	}
	counter := m.requests.WithLabelValues(r.protocol, r.name, strconv.Itoa(r.status), r.code)
	m.results.Store(r, counter)
	return counter
}

func (m *metrics) of(op operation) *operationMetrics {
	if known, ok := m.operations.Load(op); ok {
		return known.(*operationMetrics)
	}
	of := &operationMetrics{
		duration: m.duration.WithLabelValues(op.protocol, op.name),
		received: m.received.WithLabelValues(op.protocol, op.name),
		sent:     m.sent.WithLabelValues(op.protocol, op.name),
	}
	m.operations.Store(op, of)
	return of
}
