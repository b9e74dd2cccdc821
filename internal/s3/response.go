package s3

import (
	"io"
	"net/http"
	"strconv"
)

// contentReader is an object's bytes, opened: a content.Reader.
type contentReader interface {
	// CopyN writes the next n bytes to w, from the file itself where it can.
	CopyN(w io.Writer, n int64) (int64, error)
	Close() error
}

// response is what a handler answers. It is not sent before the corridor has
// ended.
type response struct {
	status  int
	headers []header

	// document is a short body. reader, if set, is the body instead, and length
	// its bytes.
	document []byte
	reader   contentReader
	length   int64
	// hidden says that the body is not described: there is no Content-Length.
	hidden bool

	// err is what was refused, with its code; nil for a success.
	err  error
	code string
}

// header is a response header. Names are sent as they are written.
type header struct{ name, value string }

// set adds a header.
func (res *response) set(name, value string) {
	res.headers = append(res.headers, header{name, value})
}

// setHeaders copies the headers to h, in one allocation for all values.
func (res *response) setHeaders(h http.Header) {
	values := make([]string, len(res.headers)+1)
	for i, f := range res.headers {
		values[i] = f.value
		h[f.name] = values[i : i+1 : i+1]
	}
	if res.status == http.StatusNoContent || res.status == http.StatusNotModified || res.hidden {
		return
	}
	length := res.length
	if res.reader == nil && res.length == 0 {
		length = int64(len(res.document))
	}
	last := len(res.headers)
	values[last] = strconv.FormatInt(length, 10)
	h["Content-Length"] = values[last : last+1 : last+1]
}

// xmlResponse answers with an XML document.
func xmlResponse(document []byte) response {
	return response{
		status:   http.StatusOK,
		headers:  []header{{"Content-Type", "application/xml"}},
		document: document,
	}
}
