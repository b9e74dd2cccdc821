package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/signet-store/signet/internal/accesslog"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/space"
)

// Bounds of what a stranger can make the server keep.
const (
	maxHeaderBytes = 64 << 10
	maxStreams     = 100 // requests at once on one HTTP/2 connection
)

// Server is a Signet that has everything open and listens.
type Server struct {
	config    Config
	directory *directory
	stores    *stores
	noSpace   *noSpace
	access    *accesslog.Log // nil for none
	listener  *front.Connections
	router    *router
	metrics   *metricsListener // nil for none
	front     *front.Front
	http      *http.Server
	endpoint  string
	rootKey   identity.RootKey
	generated bool

	closing sync.Once
	closed  error
}

// Open opens the data directory, or makes it, and listens. Requests are
// answered once Serve is called. Errors are sentences for the operator.
func Open(ctx context.Context, c Config) (s *Server, err error) {
	c, err = c.withDefaults()
	if err != nil {
		return nil, err
	}
	s = &Server{config: c}
	if s.directory, err = openDirectory(c.DataDir); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open does what Open does once the directory is ours.
func (s *Server) open(ctx context.Context) error {
	c := s.config
	server := &http.Server{
		ReadHeaderTimeout: c.HeaderTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// net/http would answer OPTIONS * by itself, and wait for its body without a
		// deadline.
		DisableGeneralOptionsHandler: true,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams,
			// The deadlines of streams do not end a connection whose client reads
			// nothing at all, or that is gone without a word.
			WriteByteTimeout: c.StallTimeout,
			SendPingTimeout:  c.StallTimeout,
			PingTimeout:      c.StallTimeout,
		},
		ErrorLog: errorLog(c.Log),
	}
	if c.TLSCert != "" {
		cert, err := loadCertificate(c.TLSCert, c.TLSKey, c.Now, c.Log)
		if err != nil {
			return err
		}
		server.TLSConfig = cert.tlsConfig()
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("%w: choose another address with --listen", err)
	}
	s.listener = front.LimitConnections(listener, min(c.MaxConnections, mostConnections()), c.proxies)
	server.ConnContext, server.ConnState = s.listener.Context, s.listener.State
	s.endpoint = c.endpoint(listener.Addr())
	if s.access, err = openAccessLog(c); err != nil {
		return err
	}

	reserve, err := s.reserve()
	if err != nil {
		return err
	}
	if s.stores, err = openStores(ctx, c, s.directory, reserve, s.findRootKey); err != nil {
		return err
	}
	s.noSpace = &noSpace{log: c.Log, usage: s.directory.space, reserve: reserve}
	counts := newMetrics(s.directory.space, reserve, s.listener.Count)
	counts.registry.MustRegister(scrubMetrics(s.stores.contents)...)
	counts.registry.MustRegister(blobsReachable(s.stores.contents), s.noSpace.metric())
	if s.access != nil {
		counts.registry.MustRegister(lostLines(s.access.Lost))
	}
	limits := limit.New(c.LimitPerAddress, c.LimitPerKey, c.Now)
	counts.registry.MustRegister(limited("address", limits.RefusedAddresses), limited("key", limits.RefusedKeys))
	if s.router, err = newRouter(c, s.stores, limits); err != nil {
		return err
	}
	s.router.full = s.noSpace.full
	if c.Metrics != MetricsOff {
		// Two servers on one machine are no mistake: the second one works without.
		if s.metrics, err = listenForMetrics(ctx, c, counts.handler()); err != nil {
			c.Log.Warn("metrics are not served: choose another address with --metrics", "error", err)
		}
	}
	s.front, err = front.New(front.Options{
		Route: s.router.route, Proxies: c.proxies, Limits: limits, StallTimeout: c.StallTimeout,
		Observe: s.observe, Log: c.Log.With("part", "front"),
	})
	if err != nil {
		return err
	}
	counts.registry.MustRegister(s.front.Metrics()...)
	counts.registry.MustRegister(limited("unverified bodies", s.front.RefusedBodies))
	server.Handler = s.front
	s.http = server
	return nil
}

// findRootKey settles the root user's access key.
func (s *Server) findRootKey() (key identity.RootKey, err error) {
	s.rootKey, s.generated, err = rootKey(s.config, s.directory, s.endpoint)
	return s.rootKey, err
}

// reserve returns how many bytes of the disk new data leaves alone.
func (s *Server) reserve() (int64, error) {
	free, total, err := s.directory.space()
	unknown := errors.Is(err, space.ErrUnknown)
	if err != nil && !unknown {
		return 0, err
	}
	reserve := defaultReserve(total)
	if configured := s.config.FreeSpaceReserve; configured != nil {
		reserve = int64(*configured)
	}
	switch {
	case unknown:
		s.config.Log.Warn("the file system does not tell its free space: --free-space-reserve keeps nothing")
	case free <= reserve:
		s.config.Log.Warn("no room for new objects: less is free than --free-space-reserve keeps",
			"free", Size(free).String(), "reserve", Size(reserve).String())
	}
	return reserve, nil
}

// Endpoint returns the URL by which clients reach the server.
func (s *Server) Endpoint() string { return s.endpoint }

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// MetricsURL returns the address of the metrics, or "" where they are not served.
func (s *Server) MetricsURL() string {
	if s.metrics == nil {
		return ""
	}
	return s.metrics.url()
}

// RootKey returns the root user's access key and whether it was made just now.
func (s *Server) RootKey() (key identity.RootKey, generated bool) { return s.rootKey, s.generated }

// ReopenAccessLog makes the access log go on in the file that has its name now, as
// programs that rotate logs ask for it. It returns before that is done.
func (s *Server) ReopenAccessLog() {
	if s.access != nil {
		s.access.Reopen()
	}
}

// RootEnv returns the name of the file with the root user's access key, or ""
// when the key was given from outside.
func (s *Server) RootEnv() string {
	if s.config.RootKey.ID != "" {
		return ""
	}
	return s.directory.rootEnv()
}

// Serve answers requests until ctx ends, lets those that are under way end
// within Config.DrainTimeout, and closes the server.
func (s *Server) Serve(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.serve() }()
	if s.metrics != nil {
		go s.metrics.serve()
	}
	s.router.ready.Store(true)
	var err error
	select {
	case err = <-served:
		// Only a listener that failed ends it by itself.
	case <-ctx.Done():
		s.router.ready.Store(false)
		s.config.Log.Info("ending; requests under way are finished first", slog.Duration("at most", s.config.DrainTimeout))
		s.drain()
		err = <-served
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, s.Close())
}

func (s *Server) serve() error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(s.listener, "", "")
	}
	return s.http.Serve(s.listener)
}

// drain waits for requests and then ends what is left.
func (s *Server) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), s.config.DrainTimeout)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		s.config.Log.Warn("requests were cut off", "error", err)
		s.http.Close()
	}
}

// Close closes everything, last opened first. Requests that are still answered
// are cut off.
func (s *Server) Close() error {
	s.closing.Do(func() {
		var errs []error
		if s.http != nil {
			s.http.Close()
			s.router.ready.Store(false)
			s.front.End()
		}
		if s.listener != nil {
			if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
		if s.metrics != nil {
			s.metrics.close()
		}
		if s.noSpace != nil {
			s.noSpace.close()
		}
		if s.stores != nil {
			errs = append(errs, s.stores.close())
		}
		if s.access != nil {
			s.access.Close()
		}
		s.closed = errors.Join(append(errs, s.directory.close())...)
	})
	return s.closed
}
