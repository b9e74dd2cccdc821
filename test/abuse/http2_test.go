package abuse

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/server"
)

// Types and flags of frames.
//
// https://www.rfc-editor.org/rfc/rfc9113#section-6
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	framePriority     = 0x2
	frameReset        = 0x3
	frameSettings     = 0x4
	framePing         = 0x6
	frameGoAway       = 0x7
	frameWindowUpdate = 0x8
	frameContinuation = 0x9

	flagEndStream  = 0x1
	flagEndHeaders = 0x4
)

// startTLS starts a hurried server that speaks HTTP/2.
func startTLS(t *testing.T) *target {
	t.Helper()
	return startTLSWith(t, hurried)
}

// startTLSWith starts a server that speaks HTTP/2.
func startTLSWith(t *testing.T, change func(*server.Config)) *target {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "abuse"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, func(c *server.Config) {
		change(c)
		c.TLSCert, c.TLSKey = certFile, keyFile
	})
	s.http.Transport = &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	s.do(http.MethodPut, "/"+bucket, "", http.StatusOK)
	return s
}

// dial2 opens a connection of HTTP/2. It tries again when a hurried server cuts it
// off.
func (s *target) dial2() *tls.Conn {
	s.t.Helper()
	var conn *tls.Conn
	shake := func() error {
		conn = tls.Client(s.dial(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		return conn.Handshake()
	}
	err := shake()
	for started := time.Now(); err != nil && s.hurried && time.Since(started) < patience; {
		conn.Close()
		err = shake()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if conn.ConnectionState().NegotiatedProtocol != "h2" {
		s.t.Fatal("the server does not speak HTTP/2")
	}
	return conn
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

func frame(kind, flags byte, stream uint32, payload string) string {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return string(binary.BigEndian.AppendUint32(b, stream)) + payload
}

func number(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }

// setting is one setting of a SETTINGS frame.
func setting(id uint16, value uint32) string {
	return string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(nil, id), value))
}

// fields writes headers as HPACK's literals without indexing, names and values of
// up to 126 bytes.
//
// https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2
func fields(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteByte(0)
		for _, text := range pairs[i : i+2] {
			b.WriteByte(byte(len(text)))
			b.WriteString(text)
		}
	}
	return b.String()
}

func (s *target) request2(method, path string) string {
	return fields(":method", method, ":scheme", "https", ":authority", s.addr, ":path", path)
}

// headers2 is request2 with the headers that sign it.
func (s *target) headers2(method, path string) string {
	r := s.sign(method, path, unsigned, 0, nil)
	var b strings.Builder
	b.WriteString(s.request2(method, path))
	for name, values := range r.Header {
		b.WriteByte(0)
		for _, text := range []string{strings.ToLower(name), values[0]} {
			n := len(text)
			if n < 127 {
				b.WriteByte(byte(n))
			} else {
				b.WriteByte(127)
				for n -= 127; n >= 128; n >>= 7 {
					b.WriteByte(byte(n&127 | 128))
				}
				b.WriteByte(byte(n))
			}
			b.WriteString(text)
		}
	}
	return b.String()
}

// goAway reads frames until the connection ends and returns the code of the last
// GOAWAY, -1 for none.
func goAway(conn net.Conn) int {
	code := -1
	for {
		var head [9]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return code
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(conn, payload); err != nil {
			return code
		}
		if head[3] == frameGoAway && len(payload) >= 8 {
			code = int(binary.BigEndian.Uint32(payload[4:]))
		}
	}
}

// flood sends text of HTTP/2 and returns the code of the GOAWAY that the server
// answers with before it closes the connection, -1 if there is none.
func (s *target) flood(text string) int {
	conn := s.dial2()
	defer conn.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.WriteString(conn, preface+frame(frameSettings, 0, 0, ""))
		io.WriteString(conn, text)
	}()
	code := goAway(conn)
	conn.Close()
	<-done
	return code
}

func TestFloodsOfHTTP2(t *testing.T) {
	const many = 3000
	s := startTLS(t)
	get := s.request2("GET", "/"+bucket+"/key")
	times := func(f func(stream uint32) string) string {
		var b strings.Builder
		for i := range uint32(many) {
			b.WriteString(f(2*i + 1))
		}
		return b.String()
	}
	floods := map[string]string{
		"streams that are reset at once": times(func(id uint32) string {
			return frame(frameHeaders, flagEndHeaders|flagEndStream, id, get) + frame(frameReset, 0, id, number(8))
		}),
		"streams that are reset by a mistake": times(func(id uint32) string {
			return frame(frameHeaders, flagEndHeaders, id, get) + frame(frameWindowUpdate, 0, id, number(0))
		}),
		"requests without an end": times(func(id uint32) string {
			return frame(frameHeaders, flagEndHeaders, id, get)
		}),
		"requests": times(func(id uint32) string {
			return frame(frameHeaders, flagEndHeaders|flagEndStream, id, get)
		}),
		"continuations": frame(frameHeaders, flagEndStream, 1, get) + times(func(uint32) string {
			return frame(frameContinuation, 0, 1, fields("x-a", strings.Repeat("a", 100)))
		}),
		"continuations of nothing": frame(frameHeaders, flagEndStream, 1, get) + times(func(uint32) string {
			return frame(frameContinuation, 0, 1, "")
		}),
		"pings":                    times(func(uint32) string { return frame(framePing, 0, 0, "12345678") }),
		"settings":                 times(func(uint32) string { return frame(frameSettings, 0, 0, setting(4, 1<<16)) }),
		"priorities":               times(func(id uint32) string { return frame(framePriority, 0, id, number(0)+"\x00") }),
		"empty data":               frame(frameHeaders, flagEndHeaders, 1, s.request2("PUT", "/"+bucket+"/key")) + times(func(uint32) string { return frame(frameData, 0, 1, "") }),
		"small data":               frame(frameHeaders, flagEndHeaders, 1, s.request2("PUT", "/"+bucket+"/key")) + times(func(uint32) string { return frame(frameData, 0, 1, "a") }),
		"a frame that is too long": frame(frameHeaders, flagEndHeaders, 1, get+strings.Repeat("\x00", 1<<20)),
		"a header bomb": frame(frameHeaders, 0, 1, get+fields("x-a", strings.Repeat("a", 120))) + times(func(uint32) string {
			return frame(frameContinuation, 0, 1, strings.Repeat("\x40\x01a\x01b", 100)+strings.Repeat("\xbe", 1000))
		}),
	}
	s.survives(func() {
		var all sync.WaitGroup
		for range 2 {
			for _, text := range floods {
				all.Go(func() { s.flood(text) })
			}
		}
		// While they go on, others are answered.
		for range 20 {
			s.do(http.MethodGet, "/"+bucket+"?list-type=2", "", http.StatusOK)
		}
		all.Wait()
	})
	s.empties()
}

func TestHTTP2ClientsThatReadNothingAreCutOff(t *testing.T) {
	const clients, streams = 10, 20
	s := startTLS(t)
	s.do(http.MethodPut, "/"+bucket+"/large", strings.Repeat("a", 4<<20), http.StatusOK)
	for name, window := range map[string]uint32{
		"with all the room that there is": 1<<31 - 1,
		"without any room":                0,
	} {
		t.Run(name, func(t *testing.T) {
			s := s.of(t)
			s.survives(func() {
				for range clients {
					conn := s.dial2()
					defer conn.Close()
					conn.NetConn().(*net.TCPConn).SetReadBuffer(4 << 10)
					text := preface + frame(frameSettings, 0, 0, setting(4, window))
					if window > 0 {
						text += frame(frameWindowUpdate, 0, 0, number(window-65535))
					}
					for i := range uint32(streams) {
						text += frame(frameHeaders, flagEndHeaders|flagEndStream, 2*i+1, s.headers2(http.MethodGet, "/"+bucket+"/large"))
					}
					io.WriteString(conn, text)
				}
				s.eventually("the server gives all of them up", func() error {
					if open := s.metric("signet_connections"); open > 1 {
						return fmt.Errorf("%d connections are open", open)
					}
					return nil
				})
			})
		})
	}
	if n := s.metric(`signet_requests_total{code="",operation="GetObject",protocol="s3",status="200"}`); n < 2*clients*streams {
		t.Errorf("%d requests were begun to be answered, want %d", n, 2*clients*streams)
	}
}

func TestSlowHandshakesAreCutOff(t *testing.T) {
	s := startTLS(t)
	s.survives(func() {
		each(100, func(i int) {
			conn := s.dial()
			defer conn.Close()
			switch i % 3 {
			case 0:
				io.Copy(io.Discard, conn)
			case 1:
				io.WriteString(conn, "\x16\x03\x01\x02\x00\x01")
				io.Copy(io.Discard, conn)
			default:
				trickle(conn, 0x16)
			}
		})
	})
}

func TestSlowBodiesOverHTTP2AreCutOff(t *testing.T) {
	s := startTLS(t)
	s.survives(func() {
		each(20, func(i int) {
			conn := s.dial2()
			defer conn.Close()
			io.WriteString(conn, preface+frame(frameSettings, 0, 0, ""))
			for j := range uint32(10) {
				io.WriteString(conn, frame(frameHeaders, flagEndHeaders, 2*j+1, s.headers2(http.MethodPut, fmt.Sprintf("/%s/slow-%d-%d", bucket, i, j)))+frame(frameData, 0, 2*j+1, "abc"))
			}
			goAway(conn) // the streams' stall, then the connection's idle time
		})
	})
	s.empties()
}
