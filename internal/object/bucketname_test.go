package object

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestBucketNamesFollowAmazonsRules(t *testing.T) {
	for _, tt := range []struct {
		name string
		ok   bool
	}{
		{"abc", true},
		{"123", true},
		{"a.b", true},
		{"my-bucket.example.com", true},
		{"a--b", true},
		{"a.-b", true},
		{"1.2.3", true},
		{"1.2.3.4.5", true},
		{"1.2.3.a4", true},
		{"1234.1.1.1", true},
		{strings.Repeat("a", 63), true},
		{"xn-", false},
		{"", false},
		{"ab", false},
		{strings.Repeat("a", 64), false},
		{"Abc", false},
		{"a_b", false},
		{"a b", false},
		{"a/b", false},
		{"a\x00b", false},
		{"aäb", false},
		{"-abc", false},
		{"abc-", false},
		{".abc", false},
		{"abc.", false},
		{"a..b", false},
		{"192.168.5.4", false},
		{"010.1.1.1", false},
		{"999.1.1.1", false},
		{"xn--abc", false},
		{"sthree-abc", false},
		{"sthree-configurator-abc", false},
		{"amzn-s3-demo-bucket", true},
		{"abc-s3alias", false},
		{"abc--ol-s3", false},
		{"abc.mrap", false},
		{"abc--x-s3", false},
		{"abc--table-s3", false},
		{"abc-123456789012-us-east-1-an", false},
	} {
		err := CheckBucketName(tt.name)
		var invalid *InvalidBucketNameError
		switch {
		case tt.ok && err != nil:
			t.Errorf("%q: %v, want no error", tt.name, err)
		case !tt.ok && !errors.As(err, &invalid):
			t.Errorf("%q: %v, want an InvalidBucketNameError", tt.name, err)
		case !tt.ok && (invalid.Name != tt.name || invalid.Reason == ""):
			t.Errorf("%q: %+v lacks name or reason", tt.name, invalid)
		}
	}
}

func FuzzCheckBucketName(f *testing.F) {
	for _, seed := range []string{"abc", "a..b", "192.168.5.4", "xn--abc", "a.b-c", "A_b"} {
		f.Add(seed)
	}
	hostLabels := regexp.MustCompile(`^[a-z0-9.-]{3,63}$`)
	f.Fuzz(func(t *testing.T, name string) {
		if CheckBucketName(name) != nil {
			return
		}
		// What is accepted must be one path segment and one host name.
		if !hostLabels.MatchString(name) || strings.Contains(name, "..") || name[0] == '-' || name[0] == '.' {
			t.Errorf("%q was accepted", name)
		}
	})
}
