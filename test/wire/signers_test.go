package wire

import (
	"strings"
	"testing"
	"time"
)

// The signers are held to Amazon's published examples before anything is held to
// them.
func TestTheSignersMakeAmazonsSignatures(t *testing.T) {
	s := sign{id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		region: "us-east-1", service: "s3", date: "20130524"}
	at := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)

	s.path = "/test.txt"
	m := &message{method: "GET", target: "/test.txt", host: "examplebucket.s3.amazonaws.com",
		headers: []header{{"Range", "bytes=0-9"}}}
	s.v4Header(m, at)
	if got := m.get("Authorization"); !strings.HasSuffix(got, "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41") {
		t.Errorf("GET: %s", got)
	}
	m = &message{method: "GET", target: "/test.txt", host: "examplebucket.s3.amazonaws.com"}
	s.expires = "86400"
	s.v4Query(m, at)
	if want := "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"; !strings.HasSuffix(m.target, "X-Amz-Signature="+want) {
		t.Errorf("presigned GET: %s", m.target)
	}
	body := s.stream(streaming, "20130524T000000Z", "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
	if strings.Contains(string(body), "b6c6ea8a") {
		t.Error("an empty stream ends like the published one")
	}
	s.chunks = []string{strings.Repeat("a", 64<<10), strings.Repeat("a", 1<<10)}
	body = s.stream(streaming, "20130524T000000Z", "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
	if want := "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"; !strings.HasSuffix(string(body), want) {
		t.Errorf("chunks: %q", body[len(body)-90:])
	}

	m = &message{method: "GET", target: "/?acl", host: "awsexamplebucket1.localhost"}
	s.path = "/"
	if got := s.hmacSHA1(s.v2StringToSign(m, "Tue, 27 Mar 2007 19:44:46 +0000", false)); got != "82ZHiFIjc+WbcwFKGUVEQspPn+0=" {
		t.Errorf("V2: %s", got)
	}
}

// A tamper that changes nothing would make its row prove nothing.
func TestTampersChangeWhatTheyName(t *testing.T) {
	for in, want := range map[string]string{
		"X-Amz-Signature=00ff":                  "X-Amz-Signature=00f1",
		"Signature=abcdefghijklmnopqrstuvwxyz1": "Signature=abcdefghijklmnopqrstuvwxyz2",
		"Signature=abcd%3D":                     "Signature=ab1d%3D",
		"Signature=abcd==":                      "Signature=ab1d==",
		"Expires=11":                            "Expires=12",
	} {
		if got := flipLast(in); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
	fill := strings.NewReplacer()
	for name, change := range map[string]tamper{
		"a header":    setHeader("x-none", ""),
		"a parameter": dropQuery("none"),
		"the body":    inBody("none", ""),
		"the target":  inTarget("none", ""),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s that is not there is changed", name)
				}
			}()
			change(&message{target: "/b/k"}, fill)
		}()
	}
}

func TestTheLogIsSearchedForSecrets(t *testing.T) {
	for line, leaks := range map[string]bool{
		`level=INFO msg=ready endpoint=http://127.0.0.1:9000`:                                         false,
		`level=INFO request_id=ABC operation=GetObject key="a b" url="/b/k?X-Amz-Signature=redacted"`: false,
		`url="/b/k?X-Amz-Signature=` + strings.Repeat("0f", 32) + `"`:                                 true,
		`authorization="AWS4-HMAC-SHA256 Credential=a, Signature=` + strings.Repeat("0f", 32) + `"`:   true,
		`url="/b/k?AWSAccessKeyId=a&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D"`:                      true,
		`secret=` + target.secret: true,
	} {
		l := &serverLog{ready: make(chan string, 1)}
		l.follow(strings.NewReader(line + "\n"))
		if (l.leaked != "") != leaks {
			t.Errorf("%s: leaked %q", line, l.leaked)
		}
	}
}
