package server

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/object"
)

// lockedLog is a log that is read while it is written.
type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestTheScrubNamesDamagedObjectsAndCountsThem(t *testing.T) {
	log := &lockedLog{}
	dir := t.TempDir()
	s, _ := startServer(t, Config{
		DataDir: dir, Log: slog.New(slog.NewTextHandler(log, nil)), ScrubInterval: time.Millisecond,
	})
	b, err := s.stores.objects.CreateBucket(t.Context(), "photos", object.Owner{AccountID: "123456789012", CanonicalID: "c"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"whole", "damaged"} {
		body := strings.Repeat(key, 20_000)
		if _, err := s.stores.objects.Put(t.Context(), object.PutInput{
			Bucket: b, Key: key, Body: strings.NewReader(body), Size: int64(len(body)), MinSize: -1, MaxSize: -1,
		}); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "blobs", "*", "*", "*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(data, []byte("damaged")) {
			data[1000] ^= 1
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for !strings.Contains(log.String(), "the bytes of an object are damaged") {
		select {
		case <-t.Context().Done():
			t.Fatal("the scrub found nothing")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if text := log.String(); !strings.Contains(text, "bucket=photos key=damaged") || strings.Contains(text, "key=whole") {
		t.Errorf("the log says:\n%s", text)
	}
	if _, page := fetch(t, oneShot(), s.MetricsURL()); !strings.Contains(page, "\nsignet_scrub_damaged 1\n") {
		t.Errorf("the metrics say:\n%s", page)
	}
}
