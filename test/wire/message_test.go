package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// message is a request as it goes onto the wire.
type message struct {
	method, target, host string
	headers              []header
	body                 []byte
	// noLength leaves Content-Length away where there is a body.
	noLength bool
	// shortBy ends the body early by this many bytes.
	shortBy int
}

// get returns the value of the first header of this name, "" if there is none.
func (m *message) get(name string) string {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			return h.value
		}
	}
	return ""
}

func (m *message) has(name string) bool {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			return true
		}
	}
	return false
}

// set replaces a header, or adds it.
func (m *message) set(name, value string) {
	for i, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			m.headers[i].value = value
			return
		}
	}
	m.headers = append(m.headers, header{name, value})
}

// setDefault adds a header that is not there.
func (m *message) setDefault(name, value string) {
	if !m.has(name) {
		m.headers = append(m.headers, header{name, value})
	}
}

// path and query are the two parts of the target, raw.
func (m *message) path() string  { path, _, _ := strings.Cut(m.target, "?"); return path }
func (m *message) query() string { _, query, _ := strings.Cut(m.target, "?"); return query }

// addQuery adds raw text to the query.
func (m *message) addQuery(raw string) {
	if strings.Contains(m.target, "?") {
		m.target += "&" + raw
	} else {
		m.target += "?" + raw
	}
}

// finish adds what every request needs.
func (m *message) finish() {
	if !m.noLength && !m.has("Transfer-Encoding") && (len(m.body) > 0 || m.method == "PUT" || m.method == "POST") {
		m.setDefault("Content-Length", strconv.Itoa(len(m.body)))
	}
	m.setDefault("Connection", "close")
}

// bytes returns the request.
func (m *message) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", m.method, m.target)
	if m.host != "" {
		fmt.Fprintf(&b, "Host: %s\r\n", m.host)
	}
	for _, h := range m.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	b.WriteString("\r\n")
	b.Write(m.body[:len(m.body)-m.shortBy])
	return b.Bytes()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte // all that followed the headers, also where nothing may
}

// send sends the request on a connection of its own and reads the answer.
func (m *message) send() (*answer, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// A server may answer and close before it has read everything, so what matters
	// is the answer, not whether all could be written.
	written := make(chan struct{})
	go func() {
		defer close(written)
		conn.Write(m.bytes())
		// What was promised and does not come, never comes.
		if length, _ := strconv.Atoi(m.get("Content-Length")); m.shortBy > 0 || length > len(m.body) {
			conn.(*net.TCPConn).CloseWrite()
		}
	}()
	r := bufio.NewReader(conn)
	// As if to a GET, so that a body that must not be there is seen.
	response, err := http.ReadResponse(r, nil)
	for err == nil && response.StatusCode == http.StatusContinue {
		response, err = http.ReadResponse(r, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	a := &answer{status: response.StatusCode, header: response.Header}
	if m.method == "HEAD" {
		a.body, err = io.ReadAll(r)
	} else {
		a.body, err = io.ReadAll(response.Body)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the body of an answer %d: %w", a.status, err)
	}
	<-written
	return a, nil
}

// dial connects to the server, for as long as any answer may take.
func dial() (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", target.host, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(time.Minute))
}

func port() string { return target.host[strings.LastIndex(target.host, ":")+1:] }

const hexDigits = "0123456789ABCDEF"

// escape encodes all but the unreserved characters of RFC 3986.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + hexDigits[c>>4:][:1] + hexDigits[c&15:][:1])
		}
	}
	return b.String()
}

// escapePath encodes a key but for its slashes.
func escapePath(key string) string { return strings.ReplaceAll(escape(key), "%2F", "/") }

// decode decodes percent escapes, and a plus sign as a space if it is one. What is
// no escape stays.
func decode(s string, plus bool) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		if s[i] == '+' && plus {
			b.WriteByte(' ')
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
