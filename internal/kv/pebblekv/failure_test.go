package pebblekv_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"go.uber.org/goleak"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/pebblekv"
)

// failing returns an injector that lets operations on files whose name contains
// part fail while on is set.
func failing(on *atomic.Bool, part string, kinds ...errorfs.OpKind) errorfs.Injector {
	return errorfs.InjectorFunc(func(op errorfs.Op) error {
		if !on.Load() || !strings.Contains(path.Base(op.Path), part) {
			return nil
		}
		for _, k := range kinds {
			if op.Kind == k {
				return &fs.PathError{Op: "write", Path: op.Path, Err: syscall.EIO}
			}
		}
		return nil
	})
}

func set(key, value string) func(kv.Txn) error {
	return func(t kv.Txn) error {
		t.Set([]byte(key), []byte(value))
		return nil
	}
}

// get reads one key in a View; "" is a missing one.
func get(tb testing.TB, s kv.Store, key string) (value string) {
	tb.Helper()
	err := s.View(context.Background(), func(r kv.Reader) error {
		v, err := r.Get([]byte(key))
		value = string(v)
		if errors.Is(err, kv.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return value
}

func TestAnUpdateIsNotAcknowledgedWhenTheLogFails(t *testing.T) {
	for _, c := range []struct {
		name  string
		kinds []errorfs.OpKind
	}{
		{"to sync", []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo}},
		{"to write", []errorfs.OpKind{errorfs.OpFileWrite}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			mem := vfs.NewCrashableMem()
			var on atomic.Bool
			var fatal []error
			o := options(t, errorfs.Wrap(mem, failing(&on, ".log", c.kinds...)))
			o.Fatal = func(err error) { fatal = append(fatal, err) }
			s, err := pebblekv.Open("data", o)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Update(ctx, set("before", "1")); err != nil {
				t.Fatal(err)
			}

			on.Store(true)
			if err := s.Update(ctx, set("lost", "1")); !errors.Is(err, kv.ErrUnknown) {
				t.Errorf("Update = %v, want ErrUnknown", err)
			}
			on.Store(false)
			if len(fatal) != 1 || !errors.Is(fatal[0], syscall.EIO) {
				t.Errorf("Fatal was called with %v, want one EIO", fatal)
			}
			// The disk may work again, but what is on it is not known.
			if err := s.Update(ctx, set("later", "1")); err == nil {
				t.Error("an Update after the failure was acknowledged")
			}
			if got := get(t, s, "lost"); got != "" {
				t.Errorf("a View sees %q, which is not durable", got)
			}
			if got := get(t, s, "before"); got != "1" {
				t.Errorf("a View sees %q, want what was durable before", got)
			}
			_ = s.Close() // has nothing left to promise

			again := open(t, "data", options(t, mem.CrashClone(vfs.CrashCloneCfg{})))
			if got := get(t, again, "before"); got != "1" {
				t.Errorf("after a restart, the acknowledged value is %q", got)
			}
		})
	}
}

// TestChild is not a test: it is what the tests below run in another process.
func TestChild(t *testing.T) {
	dir := os.Getenv("PEBBLEKV_TEST_DIR")
	if dir == "" {
		t.Skip("only runs in a process of its own")
	}
	var on atomic.Bool
	part := os.Getenv("PEBBLEKV_TEST_FAIL")
	o := pebblekv.Options{
		Log:          slog.New(slog.NewTextHandler(os.Stderr, nil)),
		MemTableSize: 256 << 10,
	}
	if part != "" {
		kinds := []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo}
		if part == "new .log" {
			part, kinds = ".log", []errorfs.OpKind{errorfs.OpCreate, errorfs.OpReuseForWrite}
		}
		o.FS = errorfs.Wrap(vfs.Default, failing(&on, part, kinds...))
	}
	s, err := pebblekv.Open(dir, o)
	if errors.Is(err, pebblekv.ErrLocked) {
		fmt.Println("locked")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	on.Store(true)
	for i := range 1000 {
		if err := s.Update(context.Background(), set("big", string(make([]byte, 64<<10)))); err != nil {
			t.Fatalf("update %d: %v", i, err)
		}
		fmt.Println("acknowledged")
	}
}

// child runs TestChild and returns what it printed.
func child(t *testing.T, dir, fail string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), "PEBBLEKV_TEST_DIR="+dir, "PEBBLEKV_TEST_FAIL="+fail)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestAFailureOfTheLogEndsTheProcess(t *testing.T) {
	for _, c := range []struct {
		fail         string
		acknowledged bool // some Updates are, before it fails
	}{
		{".log", false},
		{"new .log", true}, // made when the memory table is full
		{"MANIFEST", true},
	} {
		t.Run(c.fail, func(t *testing.T) {
			dir := t.TempDir()
			out, err := child(t, dir, c.fail)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("the process ended with %v, want status 1", err)
			}
			if n := strings.Count(out, "could not write to its disk"); n != 1 {
				t.Errorf("the process said so %d times:\n%s", n, out)
			}
			if got := strings.Contains(out, "acknowledged\n"); got != c.acknowledged {
				t.Errorf("acknowledged an Update: %v, want %v", got, c.acknowledged)
			}
			s := open(t, dir, options(t, nil))
			if got := get(t, s, "big"); c.acknowledged && got == "" {
				t.Error("an acknowledged Update is lost")
			}
		})
	}
}

func TestADirectoryIsOpenOnce(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	dir := t.TempDir()
	s, err := pebblekv.Open(dir, options(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pebblekv.Open(dir, options(t, nil)); !errors.Is(err, pebblekv.ErrLocked) {
		t.Errorf("a second Open = %v, want ErrLocked", err)
	}
	t.Chdir(dir)
	if _, err := pebblekv.Open(".", options(t, nil)); !errors.Is(err, pebblekv.ErrLocked) {
		t.Errorf("a second Open by another name = %v, want ErrLocked", err)
	}
	if out, err := child(t, dir, ""); err != nil || !strings.Contains(out, "locked\n") {
		t.Errorf("another process: %v\n%s", err, out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, options(t, nil))
}

func TestADirectoryThatCannotBeMadeIsNotCalledLocked(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := pebblekv.Open(file+"/data", options(t, nil))
	if err == nil || errors.Is(err, pebblekv.ErrLocked) || !strings.Contains(err.Error(), file) {
		t.Errorf("Open = %v, want an error that names the directory", err)
	}
}
