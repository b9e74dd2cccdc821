package cost

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
)

// client sends requests on one connection, one after another, and allocates
// nothing: what is allocated meanwhile is the server's.
type client struct {
	conn   net.Conn
	buffer []byte
}

func dial(t testing.TB, endpoint string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(endpoint, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{conn: conn, buffer: make([]byte, 256<<10)}
}

var (
	errHeader = errors.New("an answer without a whole header, or without a length")
	endOfHead = []byte("\r\n\r\n")
	length    = []byte("\r\nContent-Length: ")
)

// do sends a request and reads its answer, whose status must be the wanted one.
func (c *client) do(request []byte, status string, hasBody bool) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	read, head := 0, -1
	for head < 0 {
		if read == len(c.buffer) {
			return errHeader
		}
		n, err := c.conn.Read(c.buffer[read:])
		if err != nil {
			return err
		}
		read += n
		head = bytes.Index(c.buffer[:read], endOfHead)
	}
	if got := c.buffer[len("HTTP/1.1 "):][:len(status)]; string(got) != status {
		return fmt.Errorf("the answer is %s", c.buffer[:read])
	}
	if !hasBody {
		return nil
	}
	left, err := contentLength(c.buffer[:head+len("\r\n")])
	if err != nil {
		return err
	}
	for left -= read - head - len(endOfHead); left > 0; {
		n, err := c.conn.Read(c.buffer[:min(left, len(c.buffer))])
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// contentLength reads the header of that name, where bytes.Cut and strconv would
// allocate a string.
func contentLength(head []byte) (n int, err error) {
	at := bytes.Index(head, length)
	if at < 0 {
		return 0, errHeader
	}
	for _, digit := range head[at+len(length):] {
		if digit < '0' || digit > '9' {
			break
		}
		n = n*10 + int(digit-'0')
	}
	return n, nil
}
