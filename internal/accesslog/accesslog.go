// Package accesslog writes a line of JSON about each request, in the format of
// docs/access-log.md, and files that begin anew when they are full.
package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signet-store/signet/internal/front"
)

const (
	// flushEvery is how long a line waits to be written together with others.
	flushEvery = time.Second
	// flushAt is how many bytes don't wait that long.
	flushAt = 64 << 10
	// maxBacklog is how many bytes wait for a slow disk. Lines beyond are lost.
	maxBacklog = 8 << 20
	// maxSpare is the capacity up to which a buffer is kept for later.
	maxSpare = 1 << 20
	// complainEvery is how often, at most, the server's log tells of lost lines.
	complainEvery = time.Minute
	// closeTimeout is how long the end waits for what is still to be written.
	closeTimeout = 5 * time.Second
)

// Log writes a line for each request. Requests only leave their lines in
// memory: one goroutine writes them, and where it cannot keep up, or a write fails,
// lines are lost and counted.
type Log struct {
	out  output
	log  *slog.Logger
	lost atomic.Int64 // lines
	// scratch has buffers (*[]byte) for a line each.
	scratch sync.Pool

	mu      sync.Mutex
	pending []byte // whole lines

	portion   chan struct{} // tells that as much as flushAt is pending
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

// output takes whole lines. When a write fails within a line, that line's
// rest comes first in the next write.
type output interface {
	io.WriteCloser
	reopen() error
}

// Open returns a Log in the file of that name, which is made for its owner only. When
// the file has size bytes it becomes NAME.1, and that NAME.2 and so on up to NAME.5;
// with size 0 it grows without end. What goes wrong later is told to log.
func Open(name string, size int64, log *slog.Logger) (*Log, error) {
	file, err := openRotatingFile(name, size, log)
	if err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	return newLog(file, log), nil
}

// New returns a Log that writes to w, which it does not close.
func New(w io.Writer, log *slog.Logger) *Log { return newLog(borrowed{w}, log) }

// borrowed is an output that others close.
type borrowed struct{ io.Writer }

func (borrowed) reopen() error { return nil }
func (borrowed) Close() error  { return nil }

// newLog returns an access log that writes to out until it is closed.
func newLog(out output, log *slog.Logger) *Log {
	l := &Log{
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

// Lost returns how many lines were lost so far, because the disk, or the reader of
// standard output, was full or slow.
func (l *Log) Lost() int64 { return l.lost.Load() }

// Observe leaves a line about a request. It never waits for the disk.
func (l *Log) Observe(e *front.Event) {
	buffer := l.scratch.Get().(*[]byte)
	line := appendLine((*buffer)[:0], e)
	l.add(line)
	*buffer = line
	l.scratch.Put(buffer)
}

func (l *Log) add(line []byte) {
	l.mu.Lock()
	before := len(l.pending)
	room := before+len(line) <= maxBacklog
	if room {
		l.pending = append(l.pending, line...)
	}
	l.mu.Unlock()
	if !room {
		l.lost.Add(1)
		return
	}
	if before < flushAt && before+len(line) >= flushAt {
		request(l.portion)
	}
}

// Reopen makes the log go on in the file that has its name now.
func (l *Log) Reopen() { request(l.reopening) }

// request asks for something, unless that is asked for already.
func request(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Close writes what is pending. Nothing may be observed any more. It gives up on
// an output that takes nothing.
func (l *Log) Close() {
	close(l.ending)
	patience := time.NewTimer(closeTimeout)
	defer patience.Stop()
	select {
	case <-l.ended:
	case <-patience.C:
		l.log.Warn("access log: its last lines could not be written in time")
	}
}

// run writes until close.
func (l *Log) run() {
	defer close(l.ended)
	often := time.NewTicker(flushEvery)
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
		if lost := l.lost.Load(); lost > l.told && time.Since(l.toldWhen) >= complainEvery {
			l.complain()
		}
	}
}

// flush writes what is pending.
func (l *Log) flush() {
	l.mu.Lock()
	lines := l.pending
	l.pending = l.spare[:0]
	l.mu.Unlock()
	l.write(lines)
	l.spare = nil
	// What a slow disk made grow is given back.
	if cap(lines) <= maxSpare {
		l.spare = lines
	}
}

// write writes lines, after the rest of the one that was begun.
func (l *Log) write(lines []byte) {
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
func (l *Log) lose(lines []byte, err error) {
	l.failure = err
	l.lost.Add(int64(bytes.Count(lines, []byte{'\n'})))
}

func (l *Log) reopen() {
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
func (l *Log) complain() {
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
