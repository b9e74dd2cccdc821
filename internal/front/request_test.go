package front

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestShortBodiesAreReadWhole(t *testing.T) {
	gone := errors.New("gone")
	for name, c := range map[string]struct {
		length int64
		body   io.Reader
		want   string
		err    error
	}{
		"none":                             {0, http.NoBody, "", nil},
		"one":                              {5, strings.NewReader("12345"), "12345", nil},
		"one of unknown length":            {-1, strings.NewReader("12345"), "12345", nil},
		"a long one":                       {6, strings.NewReader("123456"), "", ErrBodyTooLong},
		"a long one of unknown length":     {-1, strings.NewReader("123456"), "", ErrBodyTooLong},
		"one that breaks off":              {5, io.MultiReader(strings.NewReader("1"), iotest.ErrReader(gone)), "", gone},
		"one that breaks off after enough": {-1, io.MultiReader(strings.NewReader("12345"), iotest.ErrReader(gone)), "", gone},
	} {
		r := Request{Length: c.length, Body: c.body}
		got, err := r.ReadAll(5, time.Minute)
		if string(got) != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		var broken *BodyError
		if errors.As(err, &broken) != (c.err == gone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAShortBodyIsNotWaitedForBeyondItsTime(t *testing.T) {
	result := make(chan error, 1)
	addr := serveBodies(t, time.Hour, func(x *exchange, _ *deadlines) {
		_, err := x.request.ReadAll(100, 50*time.Millisecond)
		result <- err
	})
	conn := dial(t, addr)
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345")
	var broken *BodyError
	if err := <-result; !errors.As(err, &broken) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAnImaginedRequestHasNoBodyToRead(t *testing.T) {
	r := Imagined("PUT", "h", "/b/k?x=1", map[string]string{"x-amz-acl": " private "}, Client{IP: "192.0.2.1"})
	if r.Path != "/b/k" || r.Target != "/b/k?x=1" || r.Lines.Get("X-Amz-Acl") != "private" || r.Length != -1 || r.Client.IP != "192.0.2.1" {
		t.Errorf("%+v", r)
	}
	if _, err := r.ReadAll(10, time.Minute); err == nil {
		t.Error("its body was read")
	}
	if r := Imagined("GET", "h", "/", nil, Client{}); r.Length != 0 || r.Body == nil || r.Client.Addr().IsValid() {
		t.Errorf("%+v", r)
	}
}
