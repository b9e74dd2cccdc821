package sigv2

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// botocoreRow is a request that botocore signed; testdata/generate.py writes them.
type botocoreRow struct {
	Kind                string
	Method, Path, Query string
	Headers             [][2]string
	Virtual             bool
	Bucket              string
	Policy, Signature   string
}

func (row *botocoreRow) request() *Request {
	r := &Request{
		Method: row.Method, Target: target(row.Path + "?" + row.Query),
		Bucket: row.Bucket, VirtualHosted: row.Virtual, Header: http.Header{},
	}
	for _, h := range row.Headers {
		// As net/http hands it over: without the space around it.
		r.Header.Add(h[0], strings.TrimSpace(h[1]))
	}
	return r
}

// stringsToSign returns what row may have signed, and the signature that it carries.
func (row *botocoreRow) stringsToSign(t *testing.T) (candidates []string, signature string) {
	t.Helper()
	r := row.request()
	var err error
	switch row.Kind {
	case "header":
		var c Credential
		if c, err = ParseAuthorization(r.Header.Get("Authorization")); err != nil {
			t.Fatal(err)
		}
		if c.AccessKeyID != exampleID {
			t.Errorf("access key %q", c.AccessKeyID)
		}
		signature = c.Signature
		candidates, err = HeaderStringsToSign(r)
	case "query":
		var q Presigned
		if q, err = ParsePresigned(r.Target.Query); err != nil {
			t.Fatal(err)
		}
		if q.AccessKeyID != exampleID {
			t.Errorf("access key %q", q.AccessKeyID)
		}
		signature = q.Signature
		candidates, err = QueryStringsToSign(r, &q)
	default:
		t.Fatalf("a row of kind %q", row.Kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	return candidates, signature
}

func readBotocoreRows(t testing.TB) []botocoreRow {
	t.Helper()
	text, err := os.ReadFile("testdata/botocore.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Rows []botocoreRow }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Rows) < 600 {
		t.Fatalf("only %d rows", len(file.Rows))
	}
	return file.Rows
}

func TestWhatBotocoreSignsVerifies(t *testing.T) {
	for _, row := range readBotocoreRows(t) {
		if row.Kind == "policy" {
			if got := SignPolicy(exampleSecret, row.Policy); got != row.Signature {
				t.Errorf("policy signed %s, want %s", got, row.Signature)
			}
			if !VerifyPolicy(exampleSecret, row.Policy, row.Signature) ||
				VerifyPolicy(exampleSecret, row.Policy+"=", row.Signature) {
				t.Error("a policy's signature is not its own")
			}
			continue
		}
		candidates, signature := row.stringsToSign(t)
		if len(candidates) > 4 {
			t.Errorf("%d strings to sign", len(candidates))
		}
		if !Verify(exampleSecret, candidates, signature) {
			t.Errorf("refused: %+v\nstrings to sign: %q", row, candidates)
		}
		if Verify(exampleSecret+"x", candidates, signature) {
			t.Errorf("verified with another secret: %+v", row)
		}
	}
}

func TestAnyTamperingWithWhatBotocoreSignsIsSeen(t *testing.T) {
	tamper := map[string]func(*botocoreRow){
		"the method":        func(row *botocoreRow) { row.Method = "OPTIONS" },
		"the key":           func(row *botocoreRow) { row.Path += "x" },
		"an escape's case":  func(row *botocoreRow) { row.Path = strings.ToLower(row.Path) },
		"an added acl":      func(row *botocoreRow) { row.Query = "acl&" + row.Query },
		"an escaped acl":    func(row *botocoreRow) { row.Query = "%61cl&" + row.Query },
		"an added override": func(row *botocoreRow) { row.Query += "&response-content-type=text/html" },
		"an added header":   func(row *botocoreRow) { row.Headers = append(row.Headers, [2]string{"X-Amz-Copy-Source", "/b/k"}) },
		"a content type":    func(row *botocoreRow) { row.Headers = append(row.Headers, [2]string{"Content-Type", "text/evil"}) },
		"another bucket": func(row *botocoreRow) {
			row.Bucket += "x"
			row.Path = strings.Replace(row.Path, "bucket", "bucketx", 1)
		},
		"a later expiry": func(row *botocoreRow) { row.Query = strings.Replace(row.Query, "Expires=1", "Expires=2", 1) },
		"an added amz parameter": func(row *botocoreRow) {
			if row.Kind == "query" {
				row.Query += "&X-Amz-Meta-Evil=1"
			}
		},
	}
	counts := map[string]int{}
	for _, original := range readBotocoreRows(t) {
		if original.Kind == "policy" {
			continue
		}
		for name, change := range tamper {
			row := original
			row.Headers = append([][2]string(nil), original.Headers...)
			change(&row)
			if row.Method == original.Method && row.Path == original.Path && row.Query == original.Query &&
				len(row.Headers) == len(original.Headers) && !(row.Virtual && row.Bucket != original.Bucket) {
				continue
			}
			counts[name]++
			r := row.request()
			var candidates []string
			var err error
			_, signature := original.stringsToSign(t)
			if row.Kind == "header" {
				candidates, err = HeaderStringsToSign(r)
			} else {
				var q Presigned
				if q, err = ParsePresigned(r.Target.Query); err == nil {
					candidates, err = QueryStringsToSign(r, &q)
				}
			}
			if err == nil && Verify(exampleSecret, candidates, signature) {
				t.Errorf("%s verifies: %+v", name, row)
			}
		}
	}
	for name := range tamper {
		if counts[name] < 20 {
			t.Errorf("%s was tried %d times", name, counts[name])
		}
	}
}
