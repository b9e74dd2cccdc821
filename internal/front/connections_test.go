package front

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

// limitedServer serves h with at most most connections. With exempt all addresses are
// exempt from their share, else none is.
func limitedServer(t *testing.T, most int, exempt bool, proxies Proxies, h testHandler) (c *Connections, addr string) {
	t.Helper()
	s := httptest.NewUnstartedServer(newFront(t, Options{Route: answeredBy(h), Proxies: proxies}))
	c = LimitConnections(s.Listener, most, proxies)
	c.exempt = func(netip.Addr) bool { return exempt }
	s.Listener, s.Config.ConnContext, s.Config.ConnState = c, c.Context, c.State
	s.Start()
	t.Cleanup(s.Close)
	return c, c.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask sends a request over conn and returns the status, or an error.
func ask(conn net.Conn, path, headers string) (int, error) {
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n"+headers+"\r\n"); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// isOpen reports whether the server has left a connection open on which nothing is sent.
func isOpen(t *testing.T, conn net.Conn) bool {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	defer conn.SetReadDeadline(time.Time{})
	_, err := conn.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// waitFor waits until the server has count connections open.
func waitFor(t *testing.T, c *Connections, count int) {
	t.Helper()
	for range 1000 {
		if c.Count() == count {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d connections are open, not %d", c.Count(), count)
}

// signed answers requests: /signed is verified, and /slow waits
// for the end of the body.
var signed = testHandler{serve: func(_ context.Context, r *Request, _ *Event) *Response {
	switch {
	case r.Path == "/signed":
		r.Verified()
	case r.Path == "/slow":
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return &Response{Status: http.StatusBadRequest, Err: err}
		}
	}
	return &Response{Status: http.StatusOK}
}}

func TestUnverifiedConnectionsKeepNobodyOut(t *testing.T) {
	const most = 8
	for name, said := range map[string]string{
		"silent":                "",
		"half a header":         "GET / HTTP/1.1\r\n",
		"a body that waits":     "PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
		"a body of no length":   "PUT /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a refused body":        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
		"an unknown method":     "BREW /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
		"an expected body":      "PUT /slow HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n",
		"pipelined requests":    "GET / HTTP/1.1\r\nHost: x\r\n\r\nPUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
		"verified, then a body": "GET /signed HTTP/1.1\r\nHost: x\r\n\r\nPUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, addr := limitedServer(t, most, true, nil, signed)
			for range 3 * most {
				io.WriteString(dial(t, addr), said)
			}
			if status, err := ask(dial(t, addr), "/signed", ""); err != nil || status != http.StatusOK {
				t.Fatalf("%d, %v", status, err)
			}
			if n := c.Count(); n > most {
				t.Errorf("%d connections are open, more than %d", n, most)
			}
		})
	}
}

func TestStrangersAreClosedBeforeThoseWhoSigned(t *testing.T) {
	const most = 8
	_, addr := limitedServer(t, most, true, nil, signed)
	known := dial(t, addr)
	if _, err := ask(known, "/signed", ""); err != nil {
		t.Fatal(err)
	}
	lapsed := dial(t, addr)
	for _, path := range []string{"/signed", "/"} {
		if _, err := ask(lapsed, path, ""); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 * most {
		if _, err := ask(dial(t, addr), "/", ""); err != nil {
			t.Fatal(err)
		}
	}
	if !isOpen(t, known) {
		t.Error("a connection whose last request verified was closed for a stranger's")
	}
	if isOpen(t, lapsed) {
		t.Error("a connection whose last request did not verify is left open")
	}
}

func TestConnectionsWithVerifiedRequestsAreLeftAlone(t *testing.T) {
	const most = 3
	started, release := make(chan struct{}), make(chan struct{})
	_, addr := limitedServer(t, most, false, nil, testHandler{serve: func(_ context.Context, r *Request, _ *Event) *Response {
		if r.Path == "/slow" {
			r.Verified()
			started <- struct{}{}
			<-release
		}
		return &Response{Status: http.StatusOK}
	}})
	slow := make(chan error)
	for range most {
		conn := dial(t, addr)
		go func() {
			_, err := ask(conn, "/slow", "")
			slow <- err
		}()
		<-started
	}
	newcomer := make(chan error)
	conn := dial(t, addr)
	go func() {
		_, err := ask(conn, "/", "")
		newcomer <- err
	}()
	// Nothing makes room for the newcomer but the end of a request.
	close(release)
	for range most {
		if err := <-slow; err != nil {
			t.Errorf("a request under way was cut off: %v", err)
		}
	}
	if err := <-newcomer; err != nil {
		t.Errorf("the newcomer: %v", err)
	}
}

func TestAnAddressHoldsAQuarterAsAStranger(t *testing.T) {
	const most, share = 40, 40 / strangersShare
	for name, said := range map[string]string{
		"silent":            "",
		"half a header":     "GET / HTTP/1.1\r\n",
		"answered":          "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a body that waits": "PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
		"once verified":     "GET /signed HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		c, addr := limitedServer(t, most, false, nil, signed)
		for range share + 5 {
			io.WriteString(dial(t, addr), said)
		}
		last := dial(t, addr)
		if _, err := ask(last, "/", ""); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		waitFor(t, c, share)
		if !isOpen(t, last) {
			t.Errorf("%s: the last one was closed, not the first", name)
		}
	}
	c, addr := limitedServer(t, most, false, nil, signed)
	for range most {
		if _, err := ask(dial(t, addr), "/signed", ""); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, c, most)
}

func TestLoopbackAddressesAreNoStrangers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := LimitConnections(l, 8, nil)
	defer c.Close()
	for range 8 {
		dial(t, l.Addr().String())
		conn, err := c.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	if n := c.Count(); n != 8 || len(c.holders) > 0 {
		t.Errorf("%d connections are open, and count for %d addresses", n, len(c.holders))
	}
	for addr, exempt := range map[string]bool{"127.8.8.8": true, "::1": true, "10.0.0.1": false, "192.0.2.1": false, "fe80::1": false} {
		if c.exempt(netip.MustParseAddr(addr)) != exempt {
			t.Errorf("%s is exempt: %t", addr, !exempt)
		}
	}
}

func TestAProxysClientsCountByThemselves(t *testing.T) {
	const most, share = 40, 40 / strangersShare
	proxies, err := ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	begin := func(addr, client string) net.Conn {
		conn := dial(t, addr)
		fmt.Fprintf(conn, "PUT /slow HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\nContent-Length: 10\r\n\r\n", client)
		return conn
	}
	c, addr := limitedServer(t, most, false, proxies, signed)
	for range share + 5 {
		begin(addr, "203.0.113.7")
	}
	waitFor(t, c, share)
	for i := range share {
		begin(addr, fmt.Sprintf("2001:db8::%x", i)) // of one network
	}
	waitFor(t, c, 2*share)
	begin(addr, "2001:db8:0:0:ffff::1")
	other := begin(addr, "2001:db8:0:1::1")
	waitFor(t, c, 2*share+1)
	// What waits, or tells no client, is the proxy's, which is no stranger.
	for i := range share + 5 {
		headers := ""
		if i%2 == 0 {
			headers = fmt.Sprintf("X-Forwarded-For: 198.51.100.%d\r\n", i)
		}
		if _, err := ask(dial(t, addr), "/", headers); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, c, 2*share+1+share+5)
	io.WriteString(other, "0123456789")
	if _, err := http.ReadResponse(bufio.NewReader(other), nil); err != nil {
		t.Errorf("another client's request was cut off: %v", err)
	}
}

func TestNothingIsKeptOfAddressesThatAreGone(t *testing.T) {
	proxies, err := ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]Proxies{"direct": nil, "behind a proxy": proxies} {
		c, addr := limitedServer(t, 8, false, p, signed)
		for i := range 20 {
			conn := dial(t, addr)
			headers := fmt.Sprintf("X-Forwarded-For: 203.0.113.%d\r\n", i)
			for _, path := range []string{"/", "/signed", "/"} {
				if _, err := ask(conn, path, headers); err != nil {
					t.Fatal(err)
				}
			}
			conn.Close()
		}
		waitFor(t, c, 0)
		c.mu.Lock()
		if len(c.holders) > 0 || c.strangers.first() != nil || c.known.first() != nil {
			t.Errorf("%s: %d addresses are left", name, len(c.holders))
		}
		c.mu.Unlock()
	}
}

// The streams of HTTP/2 are requests of their connection: it is safe while one of them is
// verified.
func TestStreamsAreRequestsOfTheirConnection(t *testing.T) {
	const most = 4
	begun, release := make(chan *Request), make(chan struct{})
	s := httptest.NewUnstartedServer(newFront(t, Options{Route: answeredBy(testHandler{
		serve: func(_ context.Context, r *Request, _ *Event) *Response {
			begun <- r
			<-release
			return &Response{Status: http.StatusOK}
		},
	})}))
	c := LimitConnections(s.Listener, most, nil)
	s.Listener, s.Config.ConnContext, s.Config.ConnState, s.EnableHTTP2 = c, c.Context, c.State, true
	s.StartTLS()
	defer s.Close()
	answers := make(chan error)
	get := func() {
		res, err := s.Client().Get(s.URL)
		if err == nil {
			err = res.Body.Close()
			if res.ProtoMajor != 2 {
				err = errors.New(res.Proto)
			}
		}
		answers <- err
	}
	var requests []*Request
	for range 3 {
		go get()
		requests = append(requests, <-begun)
	}
	conn := requests[0].conn
	closable := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.open == 1 && conn.place.next != nil
	}
	if requests[1].conn != conn || !closable() {
		t.Error("three requests that are not verified protect their connection")
	}
	requests[1].Verified()
	if closable() {
		t.Error("a verified request does not protect its connection")
	}
	release <- struct{}{}
	release <- struct{}{}
	release <- struct{}{}
	for range 3 {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	for range 1000 {
		if closable() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !closable() {
		t.Error("a connection without requests is protected")
	}
}

func TestHandshakesKeepNobodyOut(t *testing.T) {
	const most = 4
	s := httptest.NewUnstartedServer(newFront(t, Options{Route: answeredBy(signed)}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	c := LimitConnections(s.Listener, most, nil)
	s.Listener, s.Config.ConnContext, s.Config.ConnState = c, c.Context, c.State
	s.StartTLS()
	defer s.Close()
	for range 3 * most {
		io.WriteString(dial(t, c.Addr().String()), "\x16\x03\x01\x02\x00\x01")
	}
	conn := tls.Client(dial(t, c.Addr().String()), &tls.Config{InsecureSkipVerify: true})
	if status, err := ask(conn, "/signed", ""); err != nil || status != http.StatusOK {
		t.Errorf("%d, %v", status, err)
	}
	// The request was told to the connection below TLS.
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known.first() == nil && c.open > 0 {
		for range 1000 { // until its end is told
			c.mu.Unlock()
			time.Sleep(10 * time.Millisecond)
			c.mu.Lock()
			if c.known.first() != nil {
				return
			}
		}
		t.Error("no connection is known")
	}
}

func TestClosingEndsAnAcceptThatWaitsForRoom(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := LimitConnections(l, 1, nil)
	dial(t, l.Addr().String())
	conn, err := c.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.(*connection).begin(Client{}, true)
	conn.(*connection).verify()
	dial(t, l.Addr().String())
	ended := make(chan error)
	go func() {
		_, err := c.Accept()
		ended <- err
	}()
	c.Close()
	if err := <-ended; err == nil {
		t.Error("a connection was accepted beyond the limit")
	}
}

func TestFilesCanBeSentWithoutCopying(t *testing.T) {
	var conn any = &connection{}
	if _, ok := conn.(io.ReaderFrom); !ok {
		t.Error("net/http finds no ReadFrom on a connection, so it does not use sendfile")
	}
}
