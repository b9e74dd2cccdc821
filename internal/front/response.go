package front

import (
	"io"
	"net/http"
	"strconv"
)

// Response is what a protocol answers. It is not sent before it is complete.
type Response struct {
	// Status is the HTTP status.
	Status int
	Fields []Field

	// Document is a short body. Reader, if it is not nil, is the body instead, and
	// Length how many bytes of it are sent; Front closes Reader. Without a Reader, a
	// Length that is not 0 is the Content-Length of an answer to HEAD.
	Document []byte
	Reader   Reader
	Length   int64
	// Hidden leaves Content-Length out.
	Hidden bool

	// Err is the error that the answer refuses the request for, and Code what the
	// protocol calls it; nil and "" for a success. What is left of the body of a
	// refused request is drained.
	Err  error
	Code string
}

// Field is a header of an answer. Its name is sent as it is written.
type Field struct{ Name, Value string }

// Reader is a body that is sent from where it lies: a content.Reader.
type Reader interface {
	// CopyN writes the next n bytes to w, from the file itself where it can.
	CopyN(w io.Writer, n int64) (int64, error)
	Close() error
}

// Set adds a header.
func (res *Response) Set(name, value string) {
	res.Fields = append(res.Fields, Field{name, value})
}

// setHeaders copies the headers to h, in one allocation for all values.
func (res *Response) setHeaders(h http.Header) {
	values := make([]string, len(res.Fields)+1)
	for i, f := range res.Fields {
		values[i] = f.Value
		h[f.Name] = values[i : i+1 : i+1]
	}
	if res.Status == http.StatusNoContent || res.Status == http.StatusNotModified || res.Hidden {
		return
	}
	length := res.Length
	if res.Reader == nil && res.Length == 0 {
		length = int64(len(res.Document))
	}
	last := len(res.Fields)
	values[last] = strconv.FormatInt(length, 10)
	h["Content-Length"] = values[last : last+1 : last+1]
}
