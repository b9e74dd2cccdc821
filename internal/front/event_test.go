package front

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// stringsOf returns all strings in a value by the name of their field.
func stringsOf(t *testing.T, v any) map[string]string {
	t.Helper()
	all := make(map[string]string)
	value := reflect.ValueOf(v)
	for i := range value.NumField() {
		switch field := value.Field(i); field.Kind() {
		case reflect.String:
			all[value.Type().Field(i).Name] = field.String()
		case reflect.Bool, reflect.Int, reflect.Int64:
		default:
			if field.Type().String() != "time.Time" {
				t.Errorf("%s is a %s, which may hold anything", value.Type().Field(i).Name, field.Type())
			}
		}
	}
	return all
}

func TestAnEventHoldsNoQueryNoTokenAndNoHeaderOfAuthentication(t *testing.T) {
	const secret = "SECRET"
	for _, target := range []string{
		"/bucket/key?X-Amz-Signature=SECRET&X-Amz-Security-Token=SECRET",
		"http://example.com/bucket/key?X-Amz-Signature=SECRET?SECRET",
		"/?Action=AssumeRoleWithWebIdentity&WebIdentityToken=SECRET",
	} {
		for name, handler := range map[string]testHandler{
			"served":  {},
			"refused": {serve: func(context.Context, *Request, *Event) *Response { panic(secret) }},
		} {
			var e *Event
			f := newFront(t, Options{Route: answeredBy(handler), Observe: func(got *Event) { e = got }})
			r := httptest.NewRequest(http.MethodPost, target, strings.NewReader("WebIdentityToken=SECRET"))
			for _, name := range []string{
				"Authorization", "Cookie", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "X-Amz-Copy-Source",
				"X-Amz-Server-Side-Encryption-Customer-Key", "X-Forwarded-For", "X-Amz-Meta-A",
			} {
				r.Header.Set(name, secret)
			}
			r.Header.Set("Referer", "https://me:SECRET@example.com/page?X-Amz-Signature=SECRET")
			r.Header.Set("User-Agent", "agent")
			f.ServeHTTP(httptest.NewRecorder(), r)
			for field, text := range stringsOf(t, *e) {
				if strings.Contains(text, secret) {
					t.Errorf("%s, %s: %s is %q", target, name, field, text)
				}
			}
			if e.Referer != "https://example.com/page" || e.UserAgent != "agent" || e.Host != "example.com" || e.Method != http.MethodPost ||
				!strings.HasPrefix(e.Path, "/") || len(e.RequestID) != 16 || e.Operation != "Unknown" || e.RemoteAddr != r.RemoteAddr {
				t.Errorf("%s, %s: %+v", target, name, e)
			}
		}
	}
}

func TestAReferrersUserIsCut(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"https://example.com/a@b", "https://example.com/a@b"},
		{"https://me:SECRET@example.com/a@b", "https://example.com/a@b"},
		{"https://me:S@CRET@example.com", "https://example.com"},
		{"https://me:SECRET@example.com?a=/b", "https://example.com"},
		{"https://example.com/a?b#access_token=SECRET", "https://example.com/a"},
		{"https://example.com/a#access_token=SECRET?b", "https://example.com/a"},
		{"HTTP://example.com:8080/", "http://example.com:8080/"},
		{"http://me:SECRET?x@example.com/", ""},
		{"//me:SECRET@example.com/", ""},
		{"http:///me:SECRET@example.com/", ""},
		{"http:me:SECRET@example.com/", ""},
		{"https:\\\\me:SECRET@example.com", ""},
		{"mailto:SECRET", ""},
		{"://@", ""},
		{"about:blank", ""},
		{"", ""},
	} {
		if got := page(c.url); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.url, got, c.want)
		}
	}
}

func TestTargetsThatAreNoPathAreNotShown(t *testing.T) {
	for path, want := range map[string]string{
		"/a//b": "/a//b", "*": "*", "": "", "me:SECRET@host:80": "", "http:me:SECRET@host/x": "", "mailto:SECRET": "",
	} {
		if got := shownPath(path); got != want {
			t.Errorf("%q is shown as %q, want %q", path, got, want)
		}
	}
}

func TestEventsTellHowARequestEnded(t *testing.T) {
	var e Event
	f := newFront(t, Options{Route: answeredBy(testHandler{serve: echo}), Observe: func(got *Event) { e = *got }})
	f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, "/", strings.NewReader("abc")))
	if e.Status != 200 || e.Code != "" || e.BytesIn != 3 || e.BytesOut != 3 || e.Duration <= 0 || e.Turnaround <= 0 || e.Turnaround > e.Duration || e.TLS {
		t.Errorf("%+v", e)
	}
}
