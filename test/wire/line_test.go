package wire

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// line is a connection on which requests follow each other: those around a row's
// own, which has a connection for itself.
type line struct {
	conn net.Conn
	r    *bufio.Reader
}

// idleLines are connections that wait for the next request.
var idleLines = make(chan *line, 64)

func newLine() (*line, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	return &line{conn, bufio.NewReader(conn)}, nil
}

// mustSend signs a request in its headers, sends it and returns the answer.
func mustSend(t *testing.T, m *message) *answer {
	t.Helper()
	sign{scheme: v4Header}.sign(m)
	a, err := m.sendOnLine()
	if err != nil {
		t.Fatalf("%s %s: %v", m.method, m.target, err)
	}
	return a
}

// sendOnLine sends a message as it is on a connection that others may have gone
// before on.
func (m *message) sendOnLine() (*answer, error) {
	m.set("Connection", "keep-alive")
	m.finish()
	select {
	case l := <-idleLines:
		l.conn.SetDeadline(time.Now().Add(time.Minute))
		if a, err := l.send(m); err == nil {
			return a, nil
		} // the server has closed it meanwhile
	default:
	}
	l, err := newLine()
	if err != nil {
		return nil, err
	}
	return l.send(m)
}

// send sends a request and keeps the connection for the next one, if it may.
func (l *line) send(m *message) (*answer, error) {
	keep := false
	defer func() {
		if keep {
			select {
			case idleLines <- l:
				return
			default:
			}
		}
		l.conn.Close()
	}()
	if _, err := l.conn.Write(m.bytes()); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(l.r, &http.Request{Method: m.method})
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	keep = !response.Close
	return &answer{response.StatusCode, response.Header, body}, nil
}
