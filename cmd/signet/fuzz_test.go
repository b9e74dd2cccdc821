package main

import (
	"net/url"
	"strings"
	"testing"
)

func FuzzParseObjectURI(f *testing.F) {
	for _, s := range []string{"s3://bucket/key", "s3://bucket//a b?c#d%41", "s3:///k", "s3://b", "https://b/k", "s3://b%/k", "s3://b/\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := parseObjectURI(s)
		if err != nil {
			return
		}
		if u.String() != s || u.bucket == "" || u.key == "" || strings.ContainsAny(u.bucket, "/?#%:@\\ \t\r\n") {
			t.Errorf("%q is %+v", s, u)
		}
	})
}

func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"http://127.0.0.1:9000", "https://s3.example.com/", "http://user:secret@h", "ftp://h", "http://h/x", "http://h?x", "http://[::1", "h:9000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := parseEndpoint(s)
		if err != nil {
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RequestURI() != "/" {
			t.Errorf("%q is %v", s, u)
		}
		if again, err := parseEndpoint(u.String()); err != nil || *again != *u {
			t.Errorf("%q is %v, then %v, %v", s, u, again, err)
		}
		if parsed, err := url.Parse(s); err != nil || parsed.Host != u.Host {
			t.Errorf("%q is %v", s, u)
		}
		isAmazon(u)
		isLoopback(u)
	})
}
