package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// serverKey finds a script's server among its values.
type serverKey struct{}

// scriptServer is the server that a script runs, if any.
type scriptServer struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when its output has ended
	// reopened gets a value when the log says that the access log was opened again.
	reopened chan struct{}
}

// cmdServer is the script command
//
//	server start [FLAG...]
//	server stop
//	server kill
//	server hangup
//
// start runs 'signet serve' with the flags on a free port, in the current
// folder, until the script ends. When it is ready, AWS_ENDPOINT_URL and the
// other variables are set as root.env sets them. Its output is in
// $WORK/server.out, its log in $WORK/server.log. stop interrupts it and waits
// for its end; kill ends it as a crash would. hangup sends SIGHUP and waits until
// the log says that the access log was opened again.
func cmdServer(ts *testscript.TestScript, neg bool, args []string) {
	server := ts.Value(serverKey{}).(*scriptServer)
	switch {
	case !neg && len(args) > 0 && args[0] == "start" && server.cmd == nil:
		ts.Check(server.start(ts, args[1:]))
	case !neg && len(args) == 1 && args[0] == "stop" && server.cmd != nil:
		ts.Check(server.end(os.Interrupt))
	case !neg && len(args) == 1 && args[0] == "kill" && server.cmd != nil:
		server.end(os.Kill)
	case !neg && len(args) == 1 && args[0] == "hangup" && server.cmd != nil:
		ts.Check(server.cmd.Process.Signal(syscall.SIGHUP))
		select {
		case <-server.reopened:
		case <-server.done:
			ts.Fatalf("the server ended")
		}
	default:
		ts.Fatalf("usage: server start [FLAG...] | server stop | server kill | server hangup, one server at a time")
	}
}

func (s *scriptServer) start(ts *testscript.TestScript, flags []string) error {
	work := ts.Getenv("WORK")
	out, err := os.Create(filepath.Join(work, "server.out"))
	if err != nil {
		return err
	}
	defer out.Close()
	log, err := os.Create(filepath.Join(work, "server.log"))
	if err != nil {
		return err
	}
	program := "signet"
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if p := filepath.Join(dir, program); isFile(p) {
			program = p
			break
		}
	}
	cmd := exec.Command(program, append([]string{"serve", "--listen", "127.0.0.1:0", "--metrics", "off"}, flags...)...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "GORACE", "SIGNET_ROOT_ACCESS_KEY_ID", "SIGNET_ROOT_SECRET_ACCESS_KEY",
	} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Stdout = out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.done, s.reopened = cmd, make(chan struct{}), make(chan struct{}, 10)
	ts.Defer(func() {
		if s.cmd != nil {
			s.end(os.Interrupt)
		}
	})

	endpoint := make(chan string, 1)
	go func() {
		defer close(s.done)
		defer close(endpoint)
		defer log.Close()
		r := bufio.NewReader(io.TeeReader(stderr, log))
		for {
			line, err := r.ReadString('\n')
			if m := endpointPattern.FindStringSubmatch(line); m != nil && len(endpoint) == 0 {
				endpoint <- m[1]
			}
			if strings.Contains(line, "access log was opened again") {
				s.reopened <- struct{}{}
			}
			if err != nil {
				return
			}
		}
	}()
	url, ok := <-endpoint
	if !ok {
		ts.Logf("%s", ts.ReadFile(filepath.Join(work, "server.log")))
		ts.Fatalf("the server ended before it was ready")
	}
	ts.Setenv("AWS_ENDPOINT_URL", url)
	ts.Setenv("AWS_REGION", "us-east-1")
	ts.Setenv("AWS_DEFAULT_REGION", "us-east-1")
	ts.Setenv("AWS_ACCESS_KEY_ID", ts.Getenv("SIGNET_ROOT_ACCESS_KEY_ID"))
	ts.Setenv("AWS_SECRET_ACCESS_KEY", ts.Getenv("SIGNET_ROOT_SECRET_ACCESS_KEY"))
	rootEnv := filepath.Join(ts.MkAbs(dataFlag(flags)), "root.env")
	if isFile(rootEnv) {
		for _, m := range exportPattern.FindAllStringSubmatch(ts.ReadFile(rootEnv), -1) {
			ts.Setenv(m[1], m[2])
		}
	}
	return nil
}

// end sends the server a signal, waits for its end and returns how it ended.
func (s *scriptServer) end(signal os.Signal) error {
	cmd := s.cmd
	s.cmd = nil
	cmd.Process.Signal(signal)
	<-s.done
	return cmd.Wait()
}

// endpointPattern finds where the server listens in its log, exportPattern a
// line of root.env.
var (
	endpointPattern = regexp.MustCompile(`endpoint"?[=:]"?(https?://[^\s"]+)`)
	exportPattern   = regexp.MustCompile(`(?m)^export ([A-Z_]+)='?([^'\n]*)'?$`)
)

func dataFlag(flags []string) string {
	for i, f := range flags {
		if dir, ok := strings.CutPrefix(f, "--data="); ok {
			return dir
		}
		if f == "--data" && i+1 < len(flags) {
			return flags[i+1]
		}
	}
	return "signet-data"
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
