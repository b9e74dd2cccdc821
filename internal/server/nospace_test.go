package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/space"
)

func TestRefusedWritesAreLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		free := int64(5 << 20)
		n := &noSpace{
			log:     slog.New(slog.NewTextHandler(&log, nil)),
			usage:   func() (int64, int64, error) { return free, 10 << 20, nil },
			reserve: 6 << 20,
		}
		refuse := func(times int) {
			for range times {
				n.observe(&front.Event{Status: http.StatusOK})
				n.observe(&front.Event{Status: http.StatusInsufficientStorage})
			}
		}
		// lines returns how many refusals each new line tells of.
		lines := func() (refused []string) {
			synctest.Wait()
			n.mu.Lock()
			defer n.mu.Unlock()
			for line := range strings.Lines(log.String()) {
				if !strings.Contains(line, "level=WARN") || !strings.Contains(line, "reserve=6MiB free=5MiB") {
					t.Errorf("logged: %s", line)
				}
				_, rest, _ := strings.Cut(line, "refused=")
				count, _, _ := strings.Cut(rest, " ")
				refused = append(refused, count)
			}
			log.Reset()
			return refused
		}
		for i, step := range []struct {
			refused int
			after   time.Duration
			want    []string
		}{
			{1, 0, []string{"1"}},
			{4, noSpacePause - 1, nil},
			{0, 1, []string{"4"}},
			{0, noSpacePause, nil},
			{2, 0, []string{"1"}},
		} {
			refuse(step.refused)
			time.Sleep(step.after)
			if diff := cmp.Diff(step.want, lines()); diff != "" {
				t.Errorf("step %d (-want +got):\n%s", i, diff)
			}
		}
		free = 7 << 20
		if !n.full() {
			t.Error("refusals just now do not count")
		}
		free = 5 << 20
		n.close()
		if diff := cmp.Diff([]string{"1"}, lines()); diff != "" {
			t.Errorf("at the end (-want +got):\n%s", diff)
		}
		refuse(1)
		if got := n.refused.Load(); got != 8 || lines() != nil {
			t.Errorf("%d refusals are counted, want 8", got)
		}
	})
}

func TestADiskIsFullWhereNothingIsFreeAboveTheReserve(t *testing.T) {
	for _, c := range []struct {
		free int64
		err  error
		want bool
	}{{9, nil, true}, {10, nil, true}, {11, nil, false}, {0, space.ErrUnknown, false}} {
		n := &noSpace{usage: func() (int64, int64, error) { return c.free, 100, c.err }, reserve: 10}
		if got := n.full(); got != c.want {
			t.Errorf("%d free, %v: full %v", c.free, c.err, got)
		}
	}
}

func TestRefusedWritesAreShown(t *testing.T) {
	log := &lockedLog{}
	everything := Size(1<<63 - 1)
	s, stop := startServer(t, Config{Log: slog.New(slog.NewTextHandler(log, nil)), FreeSpaceReserve: &everything})
	for _, q := range []limitedRequest{
		{http.MethodPut, "/bucket", "", "s3"},
		{http.MethodPut, "/bucket", "", "s3"},
		{http.MethodPost, "/", "Action=CreateUser&Version=2010-05-08&UserName=bob", "iam"},
	} {
		if res, body := q.send(t, s, true, time.Now(), ""); res.StatusCode != http.StatusInsufficientStorage {
			t.Errorf("%s %s: %d %s", q.method, q.path, res.StatusCode, body)
		}
	}
	if _, page := fetch(t, oneShot(), s.MetricsURL()); !strings.Contains(page, "\nsignet_no_space_refusals_total 3\n") {
		t.Errorf("the metrics say:\n%s", page)
	}
	if status, body := fetch(t, oneShot(), s.Endpoint()+"/-/readyz"); status != 200 || body != "ready\nno space: writes are refused\n" {
		t.Errorf("readiness: %d %q", status, body)
	}
	if lines := strings.Count(log.String(), "writes were refused for want of space"); lines != 1 {
		t.Errorf("%d lines:\n%s", lines, log)
	}
	must(t, stop())
	if lines := strings.Count(log.String(), "writes were refused for want of space"); lines != 2 || !strings.Contains(log.String(), "refused=2") {
		t.Errorf("%d lines at the end:\n%s", lines, log)
	}
}

func TestANewRootKeyBesideDataIsWarnedAbout(t *testing.T) {
	const warning = "the links and clients of the old one work no more"
	c, log := testConfig(t)
	dir := filepath.Join(t.TempDir(), "data")
	start := func() (id string) {
		s, stop := startServer(t, Config{DataDir: dir, Log: c.Log})
		key, _ := s.RootKey()
		must(t, stop())
		return key.ID
	}
	first := start()
	if second := start(); second != first || strings.Contains(log.String(), warning) {
		t.Errorf("keys %s and %s; the log says:\n%s", first, second, log)
	}
	must(t, os.Remove(filepath.Join(dir, "root.env")))
	if third := start(); third == first || strings.Count(log.String(), warning) != 1 || !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("keys %s and %s; the log says:\n%s", first, third, log)
	}
}
