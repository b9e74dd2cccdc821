package cost

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet"
)

// load is one kind of request.
type load struct {
	name   string
	status string // of the answers
	// head makes the request line and the header fields of the request of a number.
	// All have the same length.
	head func(t testing.TB, p *signet.Presigner, number int) string
	body []byte
	// large says that there is more of the request or of the answer than a
	// connection takes at once.
	large bool
}

const (
	small, large = 4 << 10, 1 << 20
	listed       = 100 // keys
)

// loads are the requests that are measured.
var loads = []load{
	{name: "GET 4 KiB", status: "200", head: same(signet.Request{Method: http.MethodGet, Bucket: "reads", Key: "small"})},
	{name: "GET 1 MiB", status: "200", head: same(signet.Request{Method: http.MethodGet, Bucket: "reads", Key: "large"}), large: true},
	{name: "HEAD", status: "200", head: same(signet.Request{Method: http.MethodHead, Bucket: "reads", Key: "small"})},
	{name: "PUT 4 KiB", status: "200", head: put("writes", small), body: noise(small)},
	{name: "PUT 1 MiB", status: "200", head: put("writes", large), body: noise(large), large: true},
	{
		name: "ListObjectsV2 of 100 keys", status: "200",
		head: same(signet.Request{Method: http.MethodGet, Bucket: "listed", NoKey: true, Query: url.Values{"list-type": {"2"}}}),
	},
	{name: "refusal of a forged signature", status: "403", head: forged},
}

// prepare makes the buckets and objects that the loads need.
func prepare(t testing.TB, c *client, p *signet.Presigner) {
	t.Helper()
	send := func(head string, body []byte) {
		t.Helper()
		if err := c.do(append([]byte(head), body...), "200", true); err != nil {
			t.Fatal(err)
		}
	}
	for _, bucket := range []string{"reads", "writes", "listed"} {
		send(header(t, p, signet.Request{Method: http.MethodPut, Bucket: bucket, NoKey: true}, 0), nil)
	}
	for key, size := range map[string]int{"small": small, "large": large} {
		send(header(t, p, signet.Request{Method: http.MethodPut, Bucket: "reads", Key: key}, size), noise(size))
	}
	for i := range listed {
		send(put("listed", small)(t, p, i), noise(small))
	}
}

// same makes one request again and again.
func same(r signet.Request) func(testing.TB, *signet.Presigner, int) string {
	return func(t testing.TB, p *signet.Presigner, _ int) string {
		t.Helper()
		return header(t, p, r, 0)
	}
}

// put uploads to another key each time: to overwrite an object makes work for the
// background.
func put(bucket string, size int) func(testing.TB, *signet.Presigner, int) string {
	return func(t testing.TB, p *signet.Presigner, number int) string {
		t.Helper()
		key := fmt.Sprintf("%d/%08d", size, number)
		return header(t, p, signet.Request{Method: http.MethodPut, Bucket: bucket, Key: key}, size)
	}
}

// forged is a request whose signature has a wrong digit.
func forged(t testing.TB, p *signet.Presigner, _ int) string {
	t.Helper()
	line, rest, _ := strings.Cut(header(t, p, signet.Request{Method: http.MethodGet, Bucket: "reads", Key: "small"}, 0), " HTTP/1.1")
	digit := "0"
	if strings.HasSuffix(line, digit) {
		digit = "1"
	}
	return line[:len(line)-1] + digit + " HTTP/1.1" + rest
}

// header returns the head of a presigned request.
func header(t testing.TB, p *signet.Presigner, r signet.Request, size int) string {
	t.Helper()
	r.Expires = time.Hour
	link, err := p.Presign(r)
	if err != nil {
		t.Fatal(err)
	}
	host, target, _ := strings.Cut(strings.TrimPrefix(link, "http://"), "/")
	head := r.Method + " /" + target + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: cost\r\n"
	if r.Method == http.MethodPut {
		head += fmt.Sprintf("Content-Length: %d\r\n", size)
	}
	return head + "\r\n"
}

// noise returns bytes that do not compress, the same each time.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// run is a load that is being sent.
type run struct {
	load
	client  *client
	heads   []string
	request []byte // room for a head, and the body behind it
}

// start makes the heads of count requests, numbered from first, so that to send
// them allocates nothing.
func (l load) start(t testing.TB, c *client, p *signet.Presigner, first, count int) *run {
	t.Helper()
	r := &run{load: l, client: c}
	for i := range count {
		r.heads = append(r.heads, l.head(t, p, first+i))
		if len(r.heads[i]) != len(r.heads[0]) {
			t.Fatal("the requests have different lengths")
		}
	}
	r.request = append([]byte(r.heads[0]), l.body...)
	return r
}

// send sends the next count requests.
func (r *run) send(t testing.TB, count int) {
	t.Helper()
	for range count {
		copy(r.request, r.heads[0])
		r.heads = r.heads[1:]
		if err := r.client.do(r.request, r.status, r.name != "HEAD"); err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
	}
}
