package signet_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/signet-store/signet"
)

const signatureInTests = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"

const v4Query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Feu-west-1%2Fs3%2Faws4_request" +
	"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature=" + signatureInTests

func TestParseReadsVersion4(t *testing.T) {
	got, err := signet.Parse("https://photos.s3.eu-west-1.amazonaws.com/2025/a%20b//..?versionId=1&" + v4Query +
		"&X-Amz-Security-Token=" + url.QueryEscape(exampleToken) + "&Expires=soon#fragment")
	if err != nil {
		t.Fatal(err)
	}
	want := &signet.Link{
		SignatureVersion: 4, AccessKeyID: exampleID, Region: "eu-west-1", Service: "s3",
		Signed: exampleTime, Expires: exampleTime.Add(time.Hour), SignedHeaders: []string{"content-type", "host"}, Temporary: true,
		Endpoint: "https://s3.eu-west-1.amazonaws.com", Bucket: "photos", Key: "2025/a b//..",
		Query: url.Values{"versionId": {"1"}, "Expires": {"soon"}},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(signet.Link{})); d != "" {
		t.Error(d)
	}
	wantString := "https://photos.s3.eu-west-1.amazonaws.com/2025/a%20b//..?versionId=1&" +
		strings.ReplaceAll(v4Query, signatureInTests, "hidden") + "&X-Amz-Security-Token=hidden&Expires=soon"
	if got.String() != wantString {
		t.Errorf("got  %s\nwant %s", got, wantString)
	}
}

func TestParseReadsVersion2(t *testing.T) {
	got, err := signet.Parse("http://127.0.0.1:9000/photos/cat.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=c2lnbmF0dXJl%3D&x-amz-security-token=t0ken" +
		"&Expires=1369353600&response-content-type=text%2Fplain")
	if err != nil {
		t.Fatal(err)
	}
	want := &signet.Link{
		SignatureVersion: 2, AccessKeyID: exampleID, Expires: exampleTime, Temporary: true,
		Endpoint: "http://127.0.0.1:9000", Bucket: "photos", Key: "cat.jpg",
		Query: url.Values{"response-content-type": {"text/plain"}},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(signet.Link{})); d != "" {
		t.Error(d)
	}
	for _, s := range []string{got.String(), fmt.Sprintf("%v %+v %#v", got, got, *got)} {
		if strings.Contains(s, "c2lnbmF0dXJl") || strings.Contains(s, "t0ken") {
			t.Errorf("a link shows its signature or its token: %s", s)
		}
	}
}

func TestParseFindsTheBucket(t *testing.T) {
	for _, tt := range []struct {
		address               string
		endpoint, bucket, key string
		guessed               bool
		domains               []string
	}{
		{"https://photos.s3.amazonaws.com/a/b", "https://s3.amazonaws.com", "photos", "a/b", false, nil},
		{"https://my.s3.photos.s3.us-east-1.amazonaws.com/a", "https://s3.us-east-1.amazonaws.com", "my.s3.photos", "a", false, nil},
		{"https://photos.s3-us-west-2.amazonaws.com/a", "https://s3-us-west-2.amazonaws.com", "photos", "a", false, nil},
		{"https://photos.s3.dualstack.us-west-2.amazonaws.com/a", "https://s3.dualstack.us-west-2.amazonaws.com", "photos", "a", false, nil},
		{"https://photos.s3.cn-north-1.amazonaws.com.cn/a", "https://s3.cn-north-1.amazonaws.com.cn", "photos", "a", false, nil},
		{"https://s3.us-east-1.amazonaws.com/photos/a", "https://s3.us-east-1.amazonaws.com", "photos", "a", false, nil},
		{"http://photos.localhost:9000/a", "http://localhost:9000", "photos", "a", false, nil},
		{"http://localhost:9000/photos/a//b", "http://localhost:9000", "photos", "a//b", false, nil},
		{"http://[::1]:9000/photos//a", "http://[::1]:9000", "photos", "/a", false, nil},
		{"https://Files.Example.com/photos/a", "https://files.example.com", "photos", "a", true, nil},
		{"https://photos.files.example.com/a", "https://photos.files.example.com", "a", "", true, nil},
		{"https://photos.files.example.com/a", "https://files.example.com", "photos", "a", false, []string{"example.com", "Files.Example.com"}},
		{"https://files.example.com/photos/a", "https://files.example.com", "photos", "a", false, []string{"files.example.com"}},
		{"https://files.example.com/", "https://files.example.com", "", "", false, []string{"files.example.com"}},
		{"https://files.example.com", "https://files.example.com", "", "", false, []string{"files.example.com"}},
	} {
		l, err := signet.Parse(tt.address+"?"+v4Query, tt.domains...)
		if err != nil {
			t.Fatal(err)
		}
		if l.Endpoint != tt.endpoint || l.Bucket != tt.bucket || l.Key != tt.key || l.Guessed != tt.guessed {
			t.Errorf("%s: got %q %q %q, guessed: %v", tt.address, l.Endpoint, l.Bucket, l.Key, l.Guessed)
		}
	}
}

func TestParseRefusesWhatIsNotPresigned(t *testing.T) {
	for _, raw := range []string{
		"", "photos/cat.jpg?" + v4Query, "s3://photos/cat.jpg?" + v4Query, "https://?" + v4Query,
		"https://s3.example.com/photos/cat.jpg", "https://s3.example.com/photos/cat.jpg?versionId=1",
		"https://s3.example.com/%zz?" + v4Query, "https://s3.example.com/a?%zz&" + v4Query,
		"https://s3.example.com:x" + signatureInTests + "/a?" + v4Query,
		"https://s3.example.com/a?" + strings.Replace(v4Query, "3600", "604801", 1),
		"https://s3.example.com/a?" + strings.Replace(v4Query, "X-Amz-Expires", "X-Amz-Expired", 1),
		"https://s3.example.com/a?" + v4Query + "&X-Amz-Signature=" + signatureInTests,
		"https://s3.example.com/a?" + v4Query + "0",
		"https://s3.example.com/a?Signature=" + signatureInTests + "&AWSAccessKeyId=a",
		"https://s3.example.com/a?Signature=" + signatureInTests + "&AWSAccessKeyId=a&Expires=x",
		"https://s3.example.com/a?Signature=" + signatureInTests + "&AWSAccessKeyId=a&Expires=-1",
		"https://s3.example.com/a?Signature=" + signatureInTests + "&AWSAccessKeyId=a&Expires=99999999999999",
		"https://s3.example.com/a?Signature=" + signatureInTests + "&AWSAccessKeyId=&Expires=1",
		"https://s3.example.com/a?Signature=" + signatureInTests + "&Signature=b&AWSAccessKeyId=a&Expires=1",
	} {
		l, err := signet.Parse(raw)
		if !errors.Is(err, signet.ErrNotPresigned) || l != nil {
			t.Errorf("%s: got %v, %v; want ErrNotPresigned", raw, l, err)
		}
		if strings.Contains(fmt.Sprintf("%v %#v", err, err), signatureInTests) {
			t.Errorf("error shows the signature: %v", err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("https://photos.s3.amazonaws.com/a?"+v4Query, "s3.example.com")
	f.Add("http://a.b:9000/c?AWSAccessKeyId=a&Signature=b&Expires=1&%53ignature", "b")
	f.Add("http://user:pw@localhost//?"+v4Query, "")
	f.Fuzz(func(t *testing.T, raw, domain string) {
		l, err := signet.Parse(raw, domain)
		if err != nil {
			return
		}
		if l.AccessKeyID == "" || l.Expires.IsZero() || l.SignatureVersion != 2 && l.SignatureVersion != 4 {
			t.Fatalf("%q is %+v", raw, l)
		}
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"X-Amz-Signature", "Signature", "X-Amz-Security-Token"} {
			shown, err := url.Parse(l.String())
			if err != nil {
				t.Fatalf("%q is shown as %q: %v", raw, l, err)
			}
			for i, v := range shown.Query()[name] {
				if v != "hidden" {
					t.Fatalf("%q is shown as %q, with %q", raw, l, u.Query()[name][i])
				}
			}
		}
	})
}
