package main

import (
	"fmt"
	"strings"
)

const s3Scheme = "s3://"

// s3URI is an address such as s3://bucket/key. Nothing in it is encoded: what
// follows the bucket's slash is the key, byte for byte.
type s3URI struct {
	bucket string
	key    string // "" names the bucket itself
}

func (u s3URI) String() string {
	if u.key == "" {
		return s3Scheme + u.bucket
	}
	return s3Scheme + u.bucket + "/" + u.key
}

func isS3URI(s string) bool { return strings.HasPrefix(s, s3Scheme) }

func parseS3URI(s string) (s3URI, error) {
	rest, found := strings.CutPrefix(s, s3Scheme)
	if !found {
		return s3URI{}, fmt.Errorf("%q does not begin with s3://, as in s3://bucket/key", s)
	}
	bucket, key, _ := strings.Cut(rest, "/")
	if bucket == "" {
		return s3URI{}, fmt.Errorf("%q names no bucket, as s3://bucket/key does", s)
	}
	if strings.ContainsAny(bucket, "?#%:@\\ \t\r\n") {
		return s3URI{}, fmt.Errorf("%q is not a bucket's name", bucket)
	}
	return s3URI{bucket, key}, nil
}

// parseObjectURI reads an address that must name an object.
func parseObjectURI(s string) (s3URI, error) {
	u, err := parseS3URI(s)
	if err == nil && u.key == "" {
		err = fmt.Errorf("%q names no object, as s3://%s/key does", s, u.bucket)
	}
	return u, err
}
