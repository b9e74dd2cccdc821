package server

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/signet-store/signet/internal/front"
)

// MetricsOff as Config.Metrics means that no metrics are served.
const MetricsOff = "off"

const (
	metricsPath = "/-/metrics"
	// maxMetricsConnections bounds the connections to the metrics listener: a few
	// programs read metrics.
	maxMetricsConnections = 64
	// metricsTimeout bounds a request for metrics, from its header to its answer's end.
	metricsTimeout = 30 * time.Second
)

// metricsListener serves the metrics, and nothing else, at an address of its own: so
// that no proxy in front of the other listener can open them to its clients.
type metricsListener struct {
	listener *front.Connections
	http     *http.Server
}

// listenForMetrics returns a listener at Config.Metrics, which is not MetricsOff.
func listenForMetrics(ctx context.Context, c Config, page http.Handler) (*metricsListener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Metrics)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, page)
	m := &metricsListener{listener: front.LimitConnections(listener, maxMetricsConnections, nil)}
	m.http = &http.Server{
		Handler:           http.MaxBytesHandler(mux, 0),
		ReadHeaderTimeout: c.HeaderTimeout,
		ReadTimeout:       metricsTimeout,
		WriteTimeout:      metricsTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          errorLog(c.Log),
	}
	return m, nil
}

// url returns the address of the metrics.
func (m *metricsListener) url() string { return "http://" + reachable(m.listener.Addr()) + metricsPath }

// serve answers until close is called.
func (m *metricsListener) serve() { m.http.Serve(m.listener) }

// close ends it at once: who reads metrics reads them again.
func (m *metricsListener) close() {
	m.http.Close()
	m.listener.Close()
}
