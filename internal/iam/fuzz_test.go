package iam

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// FuzzStranger sends raw requests of somebody who knows no secret: none succeeds, none
// makes the server fail, and nobody new is there afterwards.
func FuzzStranger(f *testing.F) {
	s := newStack(f)
	stranger := aws.Credentials{AccessKeyID: rootKeys.AccessKeyID, SecretAccessKey: "not the secret, but as long as one is..."}
	for _, body := range []string{
		form("CreateUser", "UserName", "evil"), form("CreateAccessKey"), form("GetUser"),
		"Action=GetCallerIdentity&Version=2011-06-15",
		"Action=AssumeRole&Version=2011-06-15&RoleArn=" + url.QueryEscape("arn:aws:iam::"+s.account+":role/r") + "&RoleSessionName=me",
		"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" + url.QueryEscape("arn:aws:iam::"+s.account+":role/r") + "&RoleSessionName=me&WebIdentityToken=a.b.c",
	} {
		r := sign(f, newRequest(body), stranger, "iam", "us-east-1", testNow)
		var raw bytes.Buffer
		if err := r.Write(&raw); err != nil {
			f.Fatal(err)
		}
		f.Add(raw.Bytes())
		f.Add([]byte("GET /?" + body + " HTTP/1.1\r\nHost: h\r\n\r\n"))
		f.Add([]byte("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nA=b\r\n0\r\n\r\n"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		r.RemoteAddr = "192.0.2.1:1234"
		s.claims(r)
		w := httptest.NewRecorder()
		func() {
			// As net/http does: a connection whose body cannot be read to its end is cut.
			defer func() {
				if p := recover(); p != nil && p != http.ErrAbortHandler {
					panic(p)
				}
			}()
			s.front.ServeHTTP(w, r)
		}()
		if w.Code < 400 || w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%d %s for %q", w.Code, w.Body, raw)
		}
		var refusal struct {
			Code string `xml:"Error>Code"`
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &refusal); r.Method != http.MethodHead && (err != nil || refusal.Code == "") {
			t.Errorf("%d %q for %q: %v", w.Code, w.Body, raw, err)
		}
		if strings.Contains(w.Body.String(), rootKeys.SecretAccessKey) {
			t.Errorf("the secret is in %s", w.Body)
		}
		got := s.send(t, sign(t, newRequest(form("ListUsers")), rootKeys, "iam", "us-east-1", testNow))
		if got.status != http.StatusOK || strings.Contains(string(got.body), "<UserName>") {
			t.Errorf("users are %s", got.body)
		}
		s.events = nil
	})
}

// FuzzMarker checks that a list goes on behind what its last page ended with.
func FuzzMarker(f *testing.F) {
	f.Add("me", "bWU", "1")
	f.Add("é", "bWU=", "1001")
	f.Add("", "!", "-1")
	f.Fuzz(func(t *testing.T, name, marker, items string) {
		if end := more(name); name != "" && len(name) <= 2048 {
			r := &request{parameters: parameters{"Marker": end.Marker}}
			if after, _, err := r.page(); after != name || err != nil || !end.IsTruncated {
				t.Errorf("%q became %q, %v", name, after, err)
			}
		}
		r := &request{parameters: parameters{"Marker": marker, "MaxItems": items}}
		after, most, err := r.page()
		if err == nil && (most < 1 || most > maxItems || len(after) > 2048 || marker != "" && after == "") {
			t.Errorf("Marker %q, MaxItems %q: %d behind %q", marker, items, most, after)
		}
	})
}

func FuzzParseRoleARN(f *testing.F) {
	f.Add("arn:aws:iam::123456789012:role/r")
	f.Add("arn:aws:iam::123456789012:role/a/b/r")
	f.Add("arn:aws:iam:::role/r")
	f.Add("arn:aws:iam::123456789012:user/r")
	f.Fuzz(func(t *testing.T, arn string) {
		ref, ok := parseRoleARN(arn)
		if ok && (ref.Account == "" || ref.Name == "" || strings.Contains(ref.Name, "/") || !strings.HasPrefix(arn, "arn:aws:iam::"+ref.Account+":role/") || !strings.HasSuffix(arn, "/"+ref.Name)) {
			t.Errorf("%q is %+v", arn, ref)
		}
	})
}
