package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/signet-store/signet/internal/front"
)

// AccessLogToStdout as Config.AccessLog means Config.Stdout.
const AccessLogToStdout = "-"

const (
	// accessLogDelay is how long a line waits to be written together with others.
	accessLogDelay = time.Second
	// accessLogPortion is how many bytes don't wait that long.
	accessLogPortion = 64 << 10
	// accessLogBacklog is how many bytes wait for a slow disk. Lines beyond are lost.
	accessLogBacklog = 8 << 20
	// accessLogSpare is the capacity up to which a buffer is kept for later.
	accessLogSpare = 1 << 20
	// accessLogComplaint is how often, at most, the server's log tells of lost lines.
	accessLogComplaint = time.Minute
	// accessLogEnd is how long the end waits for what is still to be written.
	accessLogEnd = 5 * time.Second
)

// accessLog writes a line for each request. Requests only leave their lines in
// memory: one goroutine writes them, and where it cannot keep up, or a write fails,
// lines are lost and counted.
type accessLog struct {
	out  accessLogOutput
	log  *slog.Logger
	lost atomic.Int64 // lines
	// scratch has buffers (*[]byte) for a line each.
	scratch sync.Pool

	mu      sync.Mutex
	pending []byte // whole lines

	portion   chan struct{} // tells that as much as accessLogPortion is pending
	reopening chan struct{}
	ending    chan struct{}
	ended     chan struct{} // closed by run

	// What only run knows.
	spare    []byte // for pending, when what is pending now is being written
	rest     []byte // of a line whose beginning was written
	failure  error  // of the last write that failed, since the last complaint
	told     int64  // lines that were complained about
	toldWhen time.Time
}

// accessLogOutput takes whole lines. When a write fails within a line, that line's
// rest comes first in the next write.
type accessLogOutput interface {
	io.WriteCloser
	reopen() error
}

// openAccessLog returns the access log that c asks for, or nil for none.
func openAccessLog(c Config) (*accessLog, error) {
	switch c.AccessLog {
	case "":
		return nil, nil
	case AccessLogToStdout:
		return newAccessLog(standardOutput{c.Stdout}, c.Log), nil
	}
	file, err := openRotatingFile(c.AccessLog, int64(*c.AccessLogSize), c.Log)
	if err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	return newAccessLog(file, c.Log), nil
}

// standardOutput is an accessLogOutput that others close.
type standardOutput struct{ io.Writer }

func (standardOutput) reopen() error { return nil }
func (standardOutput) Close() error  { return nil }

// newAccessLog returns an access log that writes to out until it is closed.
func newAccessLog(out accessLogOutput, log *slog.Logger) *accessLog {
	l := &accessLog{
		out: out, log: log,
		scratch:   sync.Pool{New: func() any { return new([]byte) }},
		portion:   make(chan struct{}, 1),
		reopening: make(chan struct{}, 1),
		ending:    make(chan struct{}),
		ended:     make(chan struct{}),
	}
	go l.run()
	return l
}

// metric counts the lines that were lost.
func (l *accessLog) metric() prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "signet_access_log_dropped_total",
		Help: "Lines of the access log that were lost: the disk was full or slow, or standard output's reader was.",
	}, func() float64 { return float64(l.lost.Load()) })
}

// observe leaves a line about a request. It never waits for the disk.
func (l *accessLog) observe(e *front.Event) {
	buffer := l.scratch.Get().(*[]byte)
	line := appendAccessLine((*buffer)[:0], e)
	l.add(line)
	*buffer = line
	l.scratch.Put(buffer)
}

func (l *accessLog) add(line []byte) {
	l.mu.Lock()
	before := len(l.pending)
	room := before+len(line) <= accessLogBacklog
	if room {
		l.pending = append(l.pending, line...)
	}
	l.mu.Unlock()
	if !room {
		l.lost.Add(1)
		return
	}
	if before < accessLogPortion && before+len(line) >= accessLogPortion {
		request(l.portion)
	}
}

// askReopen makes the log go on in the file that has its name now.
func (l *accessLog) askReopen() { request(l.reopening) }

// request asks for something, unless that is asked for already.
func request(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// close writes what is pending. Nothing may be observed any more. It gives up on
// an output that takes nothing.
func (l *accessLog) close() {
	close(l.ending)
	patience := time.NewTimer(accessLogEnd)
	defer patience.Stop()
	select {
	case <-l.ended:
	case <-patience.C:
		l.log.Warn("access log: its last lines could not be written in time")
	}
}

// run writes until close.
func (l *accessLog) run() {
	defer close(l.ended)
	often := time.NewTicker(accessLogDelay)
	defer often.Stop()
	for {
		select {
		case <-often.C:
			l.flush()
		case <-l.portion:
			l.flush()
		case <-l.reopening:
			l.flush()
			l.reopen()
		case <-l.ending:
			l.flush()
			l.complain()
			if err := l.out.Close(); err != nil {
				l.log.Warn("access log: it was not closed", "error", err)
			}
			return
		}
		if lost := l.lost.Load(); lost > l.told && time.Since(l.toldWhen) >= accessLogComplaint {
			l.complain()
		}
	}
}

// flush writes what is pending.
func (l *accessLog) flush() {
	l.mu.Lock()
	lines := l.pending
	l.pending = l.spare[:0]
	l.mu.Unlock()
	l.write(lines)
	l.spare = nil
	// What a slow disk made grow is given back.
	if cap(lines) <= accessLogSpare {
		l.spare = lines
	}
}

// write writes lines, after the rest of the one that was begun.
func (l *accessLog) write(lines []byte) {
	if len(l.rest) > 0 {
		n, err := l.out.Write(l.rest)
		l.rest = l.rest[n:]
		if err != nil {
			l.lose(lines, err)
			return
		}
	}
	if len(lines) == 0 {
		return
	}
	n, err := l.out.Write(lines)
	if err == nil {
		return
	}
	missing := lines[n:]
	if n > 0 && lines[n-1] != '\n' {
		end := bytes.IndexByte(missing, '\n') + 1
		l.rest, missing = bytes.Clone(missing[:end]), missing[end:]
	}
	l.lose(missing, err)
}

// lose counts lines that could not be written.
func (l *accessLog) lose(lines []byte, err error) {
	l.failure = err
	l.lost.Add(int64(bytes.Count(lines, []byte{'\n'})))
}

func (l *accessLog) reopen() {
	if err := l.out.reopen(); err != nil {
		l.log.Warn("access log: it could not be opened again; it goes on where it was", "error", err)
		return
	}
	if len(l.rest) > 0 { // its beginning is in the other file
		l.rest = nil
		l.lost.Add(1)
	}
	l.log.Info("access log was opened again")
}

// complain tells of the lines that were lost since the last time.
func (l *accessLog) complain() {
	lost := l.lost.Load()
	if lost == l.told {
		return
	}
	why := l.failure
	if why == nil {
		why = errors.New("more came than could be written")
	}
	l.log.Warn("access log: lines were lost", "lines", lost-l.told, "error", why)
	l.told, l.toldWhen, l.failure = lost, time.Now(), nil
}
