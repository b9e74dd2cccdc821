package object

import (
	"net/netip"
	"strings"
)

const (
	minBucketName = 3
	maxBucketName = 63
)

// CheckBucketName reports whether a bucket may be created under name, by
// Amazon's rules for general purpose buckets. It returns an
// *InvalidBucketNameError.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func CheckBucketName(name string) error {
	if reason := bucketNameFault(name); reason != "" {
		return &InvalidBucketNameError{Name: name, Reason: reason}
	}
	return nil
}

func bucketNameFault(name string) string {
	if len(name) < minBucketName || len(name) > maxBucketName {
		return "must have 3 to 63 characters"
	}
	for _, c := range []byte(name) {
		if !lowerAlphanumeric(c) && c != '.' && c != '-' {
			return "must consist of lower-case letters, digits, dots and hyphens"
		}
	}
	if !lowerAlphanumeric(name[0]) || !lowerAlphanumeric(name[len(name)-1]) {
		return "must begin and end with a letter or a digit"
	}
	if strings.Contains(name, "..") {
		return "must not contain two dots in a row"
	}
	if dottedQuad(name) {
		return "must not look like an IP address"
	}
	// Amazon keeps amzn-s3-demo- for the examples of its documentation, which are
	// to run here as they are printed: that prefix is as good as any.
	for _, prefix := range [...]string{"xn--", "sthree-"} {
		if strings.HasPrefix(name, prefix) {
			return "must not begin with " + prefix
		}
	}
	for _, suffix := range [...]string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"} {
		if strings.HasSuffix(name, suffix) {
			return "must not end with " + suffix
		}
	}
	return ""
}

func lowerAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}

// dottedQuad reports whether name is an IPv4 address, or four numbers that
// lenient resolvers take for one, such as 010.1.1.1.
func dottedQuad(name string) bool {
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.Is4()
	}
	numbers := strings.Split(name, ".")
	if len(numbers) != 4 {
		return false
	}
	for _, n := range numbers {
		if strings.Trim(n, "0123456789") != "" || len(n) > 3 {
			return false
		}
	}
	return true
}
