package main

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// serveYardstick serves what the same work costs with nothing around it.
func serveYardstick(dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, "yardstick.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	l := &groupLog{file: file}
	l.turn.L = &l.mu
	mux := http.NewServeMux()
	object := body()
	mux.HandleFunc("GET /get", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "binary/octet-stream")
		w.Write(object)
	})
	mux.HandleFunc("PUT /put", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err == nil {
			sum := md5.Sum(b)
			sha := sha256.Sum256(b)
			w.Header().Set("ETag", hex.EncodeToString(sum[:])+hex.EncodeToString(sha[:4]))
			err = l.append(b)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return listen(mux)
}

// groupLog is a log whose syncs concurrent appends share.
type groupLog struct {
	file *os.File

	mu      sync.Mutex
	turn    sync.Cond
	pending []byte
	// appended and synced count batches; one is synced at a time.
	appended, synced int
	syncing          bool
	err              error
}

// append adds b to the log and returns when it is on disk.
func (l *groupLog) append(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, b...)
	mine := l.appended + 1
	for l.synced < mine && l.err == nil {
		if l.syncing {
			l.turn.Wait()
			continue
		}
		l.syncing = true
		batch := l.pending
		l.pending = nil
		l.appended++
		done := l.appended
		l.mu.Unlock()
		_, err := l.file.Write(batch)
		if err == nil {
			err = syscall.Fdatasync(int(l.file.Fd()))
		}
		l.mu.Lock()
		l.syncing, l.synced, l.err = false, done, err
		l.turn.Broadcast()
	}
	return l.err
}
