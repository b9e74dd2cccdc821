package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress shows on a terminal how far a transfer is.
type progress struct {
	w     io.Writer // nil shows nothing
	now   func() time.Time
	name  string
	total int64

	moved          int64
	started, drawn time.Time
}

// progressInterval is how often the line is drawn at most.
const progressInterval = 100 * time.Millisecond

// newProgress returns a progress that draws on w if that is a terminal which
// can go back to the beginning of a line.
func newProgress(w io.Writer, now func() time.Time, name string, total int64) *progress {
	p := &progress{now: now, name: printable(name), total: total, started: now()}
	if isTerminal(w) && os.Getenv("TERM") != "dumb" {
		p.w = w
	}
	return p
}

// isTerminal says whether somebody may be looking at w.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// reader returns r, and counts what is read from it.
func (p *progress) reader(r io.Reader) io.Reader { return &progressReader{r, p} }

type progressReader struct {
	io.Reader
	progress *progress
}

func (r *progressReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.progress.add(int64(n))
	return n, err
}

func (p *progress) add(n int64) {
	p.moved += n
	if p.w == nil {
		return
	}
	now := p.now()
	if now.Sub(p.drawn) < progressInterval && p.moved < p.total {
		return
	}
	p.drawn = now
	fmt.Fprintf(p.w, "\r\x1b[K%s", p.line(now))
}

// line is the line to show at now, without its end.
func (p *progress) line(now time.Time) string {
	const cells = 24
	done := 1.0
	if p.total > 0 {
		done = min(float64(p.moved)/float64(p.total), 1)
	}
	full := int(done * cells)
	name := p.name
	if runes := []rune(name); len(runes) > 30 {
		name = string(runes[:29]) + "…"
	}
	line := fmt.Sprintf("%s [%s%s] %3.0f%% %s of %s", name, strings.Repeat("#", full), strings.Repeat(".", cells-full),
		done*100, formatSize(p.moved), formatSize(p.total))
	if elapsed := now.Sub(p.started).Seconds(); elapsed >= 1 && p.moved > 0 {
		rate := float64(p.moved) / elapsed
		line += fmt.Sprintf(" %s/s", formatSize(int64(rate)))
		if left := float64(p.total-p.moved) / rate; left >= 1 {
			line += " " + formatDuration(time.Duration(left)*time.Second) + " left"
		}
	}
	return line
}

// finish takes the line off the screen.
func (p *progress) finish() {
	if p.w != nil && !p.drawn.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// formatSize writes n bytes as people say it, in powers of 1024.
func formatSize(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1024, 0
	for value >= 999.95 && unit < len("KMGTPE")-1 {
		value /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTPE"[unit])
}
