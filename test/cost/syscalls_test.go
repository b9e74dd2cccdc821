package cost

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/signet-store/signet"
)

// tracedRequests is how many requests of each load are looked at. The median
// counts, for each system call by itself: a new log file, a thread that starts or a
// write that crosses a block of the log comes on top, now and then.
const tracedRequests = 21

// leftOut are the system calls of the scheduler, the memory and the clock: how many
// there are depends on which goroutine waits for which, and on the machine. So does
// sync_file_range, a hint that is given on some file systems only.
var leftOut = []string{
	"epoll_pwait", "futex", "getpid", "madvise", "mmap", "munmap", "nanosleep", "rt_sigprocmask", "rt_sigreturn",
	"sched_yield", "sync_file_range", "tgkill",
}

func TestRequestsMakeNoMoreSystemCallsThanBefore(t *testing.T) {
	want := readGolden(t)
	got := make(map[string]map[string]int)
	requests := trace(t)
	for _, l := range loads {
		got[l.name] = typical(requests[:tracedRequests], l.large)
		requests = requests[tracedRequests:]
	}
	if want.record(t, func(name string, c *cost) { c.SystemCalls = got[name] }) {
		return
	}
	for _, l := range loads {
		t.Logf("%s: %v", l.name, got[l.name])
		before := want.Costs[l.name].SystemCalls
		either := maps.Clone(before)
		maps.Copy(either, got[l.name])
		for _, call := range slices.Sorted(maps.Keys(either)) {
			compare(t, l.name+", "+call, got[l.name][call], before[call], 0)
		}
	}
}

// systemCall is one that has returned.
type systemCall struct {
	name   string
	file   string // what the descriptor is that is its first argument, if it is one
	socket bool   // of file
	text   string // the line, without the thread
}

// trace sends the loads to a server under strace and returns the system calls of
// each request, from one answer to the next. What comes before the loads is cut off.
func trace(t *testing.T) [][]systemCall {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		missing(t, err.Error())
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "strace")
	cmd := exec.Command("strace", "-f", "-y", "-qq", "-o", log, "-e", "signal=none", "-e", "trace=!"+strings.Join(leftOut, ","), self)
	cmd.Env = append(os.Environ(), serveVariable+"="+filepath.Join(dir, "data"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) != 3 {
		stdin.Close()
		_ = cmd.Wait()
		if strings.Contains(stderr.String(), "ptrace") {
			missing(t, "strace cannot trace here: "+stderr.String())
		}
		t.Fatalf("the server did not start: %s", stderr.String())
	}
	c, p := connect(t, words[0], signet.Credentials{AccessKeyID: words[1], SecretAccessKey: words[2]})
	for _, l := range loads {
		l.start(t, c, p, 0, tracedRequests).send(t, tracedRequests)
	}
	c.conn.Close()
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the server ended badly: %v\n%s", err, stderr.String())
	}
	file, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	requests := byRequest(t, file)
	if len(requests) < len(loads)*tracedRequests {
		t.Fatalf("strace saw only %d answers", len(requests))
	}
	return requests[len(requests)-len(loads)*tracedRequests:]
}

var (
	// A call during which another thread made one has two lines.
	begun  = regexp.MustCompile(`^(\d+) +(.*) <unfinished \.\.\.>$`)
	ended  = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)$`)
	whole  = regexp.MustCompile(`^\d+ +((\w+)\((?:\d+<([^>]*)>)?.*)$`)
	answer = regexp.MustCompile(`^write\(\d+<socket:[^>]*>, *"HTTP/1\.1 `)
)

// byRequest reads what strace writes. A request ends with the write that begins its
// answer: it is the one that every request has, in the order in which they are sent.
func byRequest(t *testing.T, log io.Reader) [][]systemCall {
	t.Helper()
	var requests [][]systemCall
	var calls []systemCall
	unfinished := make(map[string]string) // by thread
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		line := lines.Text()
		if m := begun.FindStringSubmatch(line); m != nil {
			unfinished[m[1]] = m[1] + " " + m[2]
			continue
		}
		if m := ended.FindStringSubmatch(line); m != nil {
			line = unfinished[m[1]] + m[2]
		}
		m := whole.FindStringSubmatch(line)
		if m == nil {
			continue // a thread that ends
		}
		calls = append(calls, systemCall{name: m[2], file: m[3], socket: strings.HasPrefix(m[3], "socket:"), text: m[1]})
		if answer.MatchString(m[1]) {
			requests = append(requests, calls)
			calls = nil
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return requests
}

// typical returns how many calls of each kind a request makes: the median. Where
// much is sent over a connection, how many calls that takes depends on how fast the
// other side is: then those without another call between them are one.
func typical(requests [][]systemCall, much bool) map[string]int {
	counts := make(map[string][]int)
	for i, calls := range requests {
		last := ""
		for _, c := range calls {
			if !c.counts() {
				continue
			}
			if much && c.socket && last == c.name {
				continue
			}
			last = ""
			kind := c.name
			if c.socket {
				last = c.name
				kind += " of a connection"
			}
			if counts[kind] == nil {
				counts[kind] = make([]int, len(requests))
			}
			counts[kind][i]++
		}
	}
	median := make(map[string]int)
	for kind, each := range counts {
		slices.Sort(each)
		if n := each[len(each)/2]; n > 0 {
			median[kind] = n
		}
	}
	return median
}

// counts reports whether a call is there because the request is. Reads of one byte
// are net/http's, to notice clients that go away: they find something when the next
// request is there before the answer to this one is done with. What would block is
// tried again.
func (c systemCall) counts() bool {
	switch {
	case strings.HasPrefix(c.file, "anon_inode:[eventfd"), c.file == "pipe":
		return false
	case strings.Contains(c.text, " = -1 EAGAIN "), strings.Contains(c.text, " = ? "):
		return false
	case c.socket && c.name == "read" && oneByte.MatchString(c.text):
		return false
	}
	return true
}

var oneByte = regexp.MustCompile(`, 1\) += `)
