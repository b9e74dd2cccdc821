package clients

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// nginx writes a configuration with the directives of its http block into dir, and
// returns the command that runs it. All files of the process are in dir.
func nginx(t *testing.T, dir, directives string) *exec.Cmd {
	t.Helper()
	writeFile(t, dir, "nginx.conf", []byte(fmt.Sprintf(`daemon off;
		master_process off;
		pid %[1]s/nginx.pid;
		error_log stderr warn;
		events {}
		http {
			access_log off;
			client_body_temp_path %[1]s/body;
			proxy_temp_path %[1]s/proxy;
			fastcgi_temp_path %[1]s/fastcgi;
			uwsgi_temp_path %[1]s/uwsgi;
			scgi_temp_path %[1]s/scgi;
			%[2]s
		}`, dir, directives)))
	return exec.Command("nginx", "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
}

// runProxy starts a proxy, waits until answers reports that it serves, and returns its
// log. The process ends with the test.
func runProxy(t *testing.T, cmd *exec.Cmd, answers func() bool) *lockedBuilder {
	t.Helper()
	log := new(lockedBuilder)
	cmd.Stdout, cmd.Stderr = logWriter{log}, logWriter{log}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		defer kill.Stop()
		<-ended
		if t.Failed() {
			t.Logf("the proxy's log:\n%s", log.String())
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !answers() {
		select {
		case <-ended:
			t.Fatalf("the proxy ended:\n%s", log.String())
		case <-ctx.Done():
			t.Fatal("the proxy does not answer")
		case <-time.After(10 * time.Millisecond):
		}
	}
	return log
}

// freeAddress returns an address of this machine that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// logWriter adds to a log what a process writes.
type logWriter struct{ log *lockedBuilder }

func (w logWriter) Write(b []byte) (int, error) {
	w.log.write(string(b))
	return len(b), nil
}
