package accesslog

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// testOutput is an output whose writes a test decides on.
type testOutput struct {
	mu       sync.Mutex
	written  bytes.Buffer
	takes    int           // bytes, before writes fail; -1 for all
	blocked  chan struct{} // if not nil, writes wait until it is closed
	reopened int
	closed   bool
}

var errFull = errors.New("no space left")

func (o *testOutput) Write(b []byte) (int, error) {
	if o.blocked != nil {
		<-o.blocked
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.takes < 0 || len(b) <= o.takes {
		if o.takes > 0 {
			o.takes -= len(b)
		}
		return o.written.Write(b)
	}
	n, _ := o.written.Write(b[:o.takes])
	o.takes = 0
	return n, errFull
}

func (o *testOutput) take(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.takes = n
}

func (o *testOutput) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.written.String()
}

func (o *testOutput) reopen() error { o.reopened++; return nil }
func (o *testOutput) Close() error  { o.closed = true; return nil }

// testLog returns an access log that writes to o, and what it tells the server's
// log.
func testLog(o output) (*Log, *lockedBuffer) {
	log := new(lockedBuffer)
	return newLog(o, slog.New(slog.NewTextHandler(log, nil))), log
}

// lockedBuffer is a buffer that is read while others write.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func TestLinesAreWrittenWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &testOutput{takes: -1}
		l, _ := testLog(out)
		e := exampleEvent()
		l.Observe(&e)
		synctest.Wait()
		if out.text() != "" {
			t.Error("a line was written by itself")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if out.text() != line(e) {
			t.Errorf("after a second there is %q", out.text())
		}
		l.Observe(&e)
		l.Close()
		if out.text() != line(e)+line(e) || !out.closed {
			t.Errorf("at the end there is %q, closed: %v", out.text(), out.closed)
		}
	})
}

func TestManyLinesAreWrittenBeforeTheSecondIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &testOutput{takes: -1}
		l, _ := testLog(out)
		defer l.Close()
		e := exampleEvent()
		for range flushAt/len(line(e)) + 1 {
			l.Observe(&e)
		}
		synctest.Wait()
		if len(out.text()) < flushAt {
			t.Errorf("%d bytes were written", len(out.text()))
		}
	})
}

func TestADiskThatTakesNothingStallsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &testOutput{takes: -1, blocked: make(chan struct{})}
		l, log := testLog(out)
		kept := 0
		add := func(bytes int) {
			l.add([]byte(strings.Repeat("x", bytes-1) + "\n"))
			kept += bytes
		}
		add(flushAt) // on its way to the disk
		synctest.Wait()
		for range maxBacklog / 1024 {
			add(1024)
		}
		if n := l.lost.Load(); n != 0 {
			t.Errorf("%d lines are lost of a backlog that fits", n)
		}
		l.add([]byte("too much\n"))
		l.add([]byte("too much\n"))
		if n := l.Lost(); n != 2 {
			t.Errorf("%d lines are lost, not 2", n)
		}
		close(out.blocked)
		l.Close()
		if len(out.text()) != kept || strings.Contains(out.text(), "too much") {
			t.Errorf("%d bytes were written of %d", len(out.text()), kept)
		}
		if !strings.Contains(log.String(), `lines=2 error="more came than could be written"`) {
			t.Errorf("log: %s", log)
		}
		if cap(l.spare) > maxSpare {
			t.Errorf("a buffer of %d bytes is kept", cap(l.spare))
		}
	})
}

func TestTheEndDoesNotWaitForAReaderForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &testOutput{takes: -1, blocked: make(chan struct{})}
		l, log := testLog(out)
		l.add([]byte("1\n"))
		began := time.Now()
		l.Close()
		if waited := time.Since(began); waited != closeTimeout {
			t.Errorf("waited for %v", waited)
		}
		if !strings.Contains(log.String(), "could not be written in time") {
			t.Errorf("log: %s", log)
		}
		close(out.blocked)
		<-l.ended
	})
}

func TestAFullDiskLosesWholeLinesAndIsToldAboutNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &testOutput{takes: 5}
		l, log := testLog(out)
		add := func(lines ...string) {
			for _, line := range lines {
				l.add([]byte(line))
			}
			time.Sleep(flushEvery)
			synctest.Wait()
		}
		add("one\n", "two\n", "three\n") // room ends within two: it is completed later
		if n := l.lost.Load(); out.text() != "one\nt" || n != 1 {
			t.Errorf("%q was written, %d lines lost", out.text(), n)
		}
		add("four\n", "five\n") // no room
		if n := l.lost.Load(); out.text() != "one\nt" || n != 3 {
			t.Errorf("%q was written, %d lines lost", out.text(), n)
		}
		out.take(1)
		add("six\n") // room for a part of two's rest
		if n := l.lost.Load(); out.text() != "one\ntw" || n != 4 {
			t.Errorf("%q was written, %d lines lost", out.text(), n)
		}
		out.take(-1)
		add("seven\n")
		if n := l.lost.Load(); out.text() != "one\ntwo\nseven\n" || n != 4 {
			t.Errorf("%q was written, %d lines lost", out.text(), n)
		}
		if n := strings.Count(log.String(), "lines were lost"); n != 1 || !strings.Contains(log.String(), `lines=1 error="no space left"`) {
			t.Errorf("after some seconds the log says: %s", log)
		}
		time.Sleep(complainEvery)
		synctest.Wait()
		if n := strings.Count(log.String(), "lines were lost"); n != 2 || !strings.Contains(log.String(), `lines=3 error="no space left"`) {
			t.Errorf("after a minute the log says: %s", log)
		}
		l.Close()
		if n := strings.Count(log.String(), "lines were lost"); n != 2 {
			t.Errorf("at the end the log says: %s", log)
		}
	})
}

func TestALineIsNotContinuedInAnotherFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &testOutput{takes: 1}
		l, _ := testLog(out)
		l.add([]byte("one\n"))
		time.Sleep(flushEvery)
		synctest.Wait()
		out.take(0)
		l.Reopen()
		l.Reopen()
		synctest.Wait()
		if n := l.lost.Load(); n != 1 || out.reopened == 0 {
			t.Errorf("%d lines are lost, reopened %d times", n, out.reopened)
		}
		out.take(-1)
		l.add([]byte("two\n"))
		l.Close()
		if out.text() != "otwo\n" { // the test's output is one file
			t.Errorf("%q was written", out.text())
		}
	})
}

func TestLinesOfManyRequestsAtOnceStayWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	file, err := openRotatingFile(name, 0, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l, log := testLog(file)
	const requests, each = 8, 500
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			for range each {
				e := exampleEvent()
				l.Observe(&e)
			}
		})
	}
	all.Wait()
	l.Close()
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat(line(exampleEvent()), requests*each); string(got) != want {
		t.Errorf("%d bytes were written, not %d (log: %s)", len(got), len(want), log)
	}
}

func BenchmarkObserve(b *testing.B) {
	l := New(io.Discard, slog.New(slog.DiscardHandler))
	e := exampleEvent()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.Observe(&e)
		}
	})
	l.Close()
	b.ReportMetric(float64(l.lost.Load())/float64(b.N), "lost/op")
}
