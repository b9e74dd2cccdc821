package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func TestProgressSaysHowFarHowFastAndHowLong(t *testing.T) {
	now := time.Unix(0, 0)
	var screen bytes.Buffer
	p := newProgress(io.Discard, func() time.Time { return now }, "photo.jpg", 10<<20)
	p.w = &screen // a terminal
	p.add(1 << 20)
	if got, want := screen.String(), "\r\x1b[Kphoto.jpg [##......................]  10% 1.0 MiB of 10.0 MiB"; got != want {
		t.Errorf("drew %q, want %q", got, want)
	}
	screen.Reset()
	p.add(1)
	if got := screen.String(); got != "" {
		t.Errorf("drew %q though nothing changed for the eye", got)
	}
	now = now.Add(2 * time.Second)
	p.add(3<<20 - 1)
	if got, want := screen.String(), "\r\x1b[Kphoto.jpg [#########...............]  40% 4.0 MiB of 10.0 MiB 2.0 MiB/s 3s left"; got != want {
		t.Errorf("drew %q, want %q", got, want)
	}
	p.add(6 << 20)
	screen.Reset()
	p.finish()
	if got, want := screen.String(), "\r\x1b[K"; got != want {
		t.Errorf("finished with %q, want %q", got, want)
	}
}

func TestProgressShowsNothingWhereNobodyLooks(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, time.Now, "name", 10)
	if _, err := io.Copy(io.Discard, p.reader(strings.NewReader("0123456789"))); err != nil {
		t.Fatal(err)
	}
	p.finish()
	if out.Len() > 0 || p.moved != 10 {
		t.Errorf("wrote %q after %d bytes", out.String(), p.moved)
	}
}

func TestSizesReadAsPeopleSayThem(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB",
		1<<20 - 1: "1.0 MiB", 1 << 20: "1.0 MiB", 5 << 30: "5.0 GiB", 1 << 62: "4.0 EiB",
	} {
		if got := formatSize(n); got != want {
			t.Errorf("formatSize(%d) is %q, want %q", n, got, want)
		}
	}
}
