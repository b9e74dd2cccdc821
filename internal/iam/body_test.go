package iam

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// untouched is a body that fails its test when it is read.
type untouched struct{ t *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// A stranger has no body read that is longer than what strangers ask for, nor a signer
// whose request is refused with any body.
func TestABodyIsReadOnlyIfItCanMatter(t *testing.T) {
	s := newStack(t)
	signed := func(c aws.Credentials, service, region string, at time.Duration) *http.Request {
		return sign(t, newRequest(form("GetUser")), c, service, region, testNow.Add(at))
	}
	presigned := func(c aws.Credentials, at time.Duration) *http.Request {
		r := presign(t, form("GetUser")+"&X-Amz-Expires=60", c, testNow.Add(at))
		r.Method = http.MethodPost
		return r
	}
	with := func(r *http.Request, change func(*http.Request)) *http.Request {
		change(r)
		return r
	}
	other := aws.Credentials{AccessKeyID: "AKIANOBODY", SecretAccessKey: "x"}
	withToken := aws.Credentials{AccessKeyID: rootKeys.AccessKeyID, SecretAccessKey: rootKeys.SecretAccessKey, SessionToken: "x"}
	for _, tt := range []struct {
		name   string
		r      *http.Request
		length int64
		status int
	}{
		{"an unknown key", signed(other, "iam", "us-east-1", 0), 100, 403},
		{"another region", signed(rootKeys, "iam", "ap-south-1", 0), 100, 403},
		{"early", signed(rootKeys, "iam", "us-east-1", 16*time.Minute), 100, 400},
		{"late", signed(rootKeys, "sts", "us-east-1", -16*time.Minute), 100, 400},
		{"a malformed token", signed(withToken, "iam", "us-east-1", 0), 100, 403},
		{"signed, and too long", signed(rootKeys, "iam", "us-east-1", 0), maxBody + 1, 413},
		{"no date", with(signed(rootKeys, "iam", "us-east-1", 0), func(r *http.Request) { r.Header.Del("X-Amz-Date") }), 100, 400},
		{"presigned with an unknown key", presigned(other, 0), 100, 403},
		{"presigned and expired", presigned(rootKeys, -time.Hour), 100, 400},
		{"unsigned, and too long", newRequest("a"), maxUnsignedBody + 1, 413},
		{"unsigned JSON", with(newRequest("a"), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }), 100, 400},
		{"unsigned, by another method", with(newRequest("a"), func(r *http.Request) { r.Method = http.MethodPut }), 100, 405},
		{"a password", with(newRequest("a"), func(r *http.Request) { r.SetBasicAuth("a", "b") }), 100, 400},
	} {
		tt.r.Body, tt.r.ContentLength = io.NopCloser(untouched{t}), tt.length
		tt.r.ProtoMajor = 2 // else front reads the rest of the body after the answer
		if got := s.send(t, tt.r); got.status != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, got.status, got.code, tt.status)
		}
	}
}

func TestAStrangersBodyIsShort(t *testing.T) {
	s := newStack(t)
	body := "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/a&RoleSessionName=a&WebIdentityToken="
	for length, want := range map[int]string{maxUnsignedBody: "ValidationError", maxUnsignedBody + 1: "RequestEntityTooLarge"} {
		for _, known := range []bool{true, false} {
			r := newRequest(body + strings.Repeat("a", length-len(body)))
			if !known {
				r.ContentLength = -1
			}
			if got := s.send(t, r); got.code != want && (want != "ValidationError" || got.code == "RequestEntityTooLarge") {
				t.Errorf("%d bytes, known: %t: %d %s %s", length, known, got.status, got.code, got.message)
			}
		}
	}
	// Who signs may send more.
	r := sign(t, newRequest(form("GetUser", "UserName", strings.Repeat("a", 2*maxUnsignedBody))), rootKeys, "iam", "us-east-1", testNow)
	if got := s.send(t, r); got.code == "RequestEntityTooLarge" {
		t.Errorf("a signed body: %d %s", got.status, got.code)
	}
}
