package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/signet-store/signet/internal/access"
)

const (
	testID     = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	testRegion = "us-east-1"
	// testFilename is the name of the file of each form.
	testFilename = "my file.txt"
)

var (
	testNow  = time.Unix(1700000000, 0).UTC()
	testRoot = access.Principal{AccountID: "123456789012", ARN: "arn:aws:iam::123456789012:root", Root: true}
)

// The key of a session, whose secret is testSecret too, and its tokens.
const (
	testSessionID = "ASIATESTTESTTESTTEST"
	testToken     = "token/of+the=session"
	testOldToken  = "token/of+a=session that is over"
)

// testKeys is the keys of a test by ID.
type testKeys map[string]string

func (k testKeys) Key(_ context.Context, id, token string) (Key, error) {
	switch {
	case id == "broken":
		return Key{}, io.ErrNoProgress
	case id == testSessionID && token == "":
		return Key{}, ErrUnknownKey
	case id == testSessionID && token == testOldToken:
		return Key{}, ErrExpiredToken
	case id == testSessionID && token == testToken:
		token = ""
	}
	if token != "" {
		return Key{}, ErrInvalidToken
	}
	secret, ok := k[id]
	if !ok {
		return Key{}, ErrUnknownKey
	}
	return Key{ID: id, Secret: secret, Principal: testRoot}, nil
}

// newVerifier returns a Verifier of one key whose clock stands at testNow.
func newVerifier() *Verifier { return newVerifierAt(testNow) }

func newVerifierAt(now time.Time) *Verifier {
	return New(Options{
		Keys:    testKeys{testID: testSecret, testSessionID: testSecret},
		Region:  testRegion,
		Service: "s3",
		SigV2:   true,
		Now:     func() time.Time { return now },
	})
}

// recorded is a request of testdata/boto3.json.
type recorded struct {
	Name, Method, Host, Path, Query string
	Headers                         [][2]string
	Body                            string
	Virtual                         bool
	Bucket, Key                     string
	Payload                         string
	Form                            [][2]string
}

func readRecorded(t testing.TB) []recorded {
	t.Helper()
	data, err := os.ReadFile("testdata/boto3.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Rows []recorded }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Rows) < 100 {
		t.Fatalf("%d requests are recorded", len(file.Rows))
	}
	return file.Rows
}

// request returns the request as a server has it.
func (row *recorded) request(t testing.TB) *arrival {
	t.Helper()
	r := &arrival{
		Method:        row.Method,
		Path:          row.Path,
		Query:         row.Query,
		Host:          row.Host,
		Header:        http.Header{},
		Bucket:        row.Bucket,
		Key:           row.Key,
		VirtualHosted: row.Virtual,
		Body:          bytes.NewReader(row.body(t)),
		ContentLength: int64(len(row.body(t))),
	}
	for _, h := range row.Headers {
		if h[0] == "Transfer-Encoding" { // net/http takes it out
			r.ContentLength = -1
			continue
		}
		r.Header.Add(h[0], h[1])
	}
	if row.Form != nil {
		r.Form = &Form{}
		for _, f := range row.Form {
			r.Form.Fields = append(r.Form.Fields, Field{f[0], f[1]})
		}
	}
	return r
}

func (row *recorded) body(t testing.TB) []byte    { return decodeBase64(t, row.Body) }
func (row *recorded) payload(t testing.TB) []byte { return decodeBase64(t, row.Payload) }

func decodeBase64(t testing.TB, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// verifyAll verifies a request and reads its body to the end. The file of a form
// gets the key that the form names.
func verifyAll(v *Verifier, r *arrival) (*Verified, []byte, error) {
	if r.Form != nil {
		for _, f := range r.Form.Fields {
			if strings.EqualFold(f.Name, "key") {
				r.Key = strings.ReplaceAll(f.Value, "${filename}", testFilename)
			}
		}
	}
	res, err := verifyArrival(context.Background(), v, r)
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, nil, err
	}
	return res, data, nil
}

func TestWhatBoto3SendsIsVerified(t *testing.T) {
	v := newVerifier()
	for _, row := range readRecorded(t) {
		t.Run(row.Name, func(t *testing.T) {
			res, payload, err := verifyAll(v, row.request(t))
			if err != nil {
				t.Fatal(err)
			}
			if res.Principal.ARN != testRoot.ARN || res.KeyID != testID {
				t.Errorf("the caller is %+v with key %q", res.Principal, res.KeyID)
			}
			if want := row.payload(t); !bytes.Equal(payload, want) || res.Length != int64(len(want)) {
				t.Errorf("the payload is %q of length %d, want %q", payload, res.Length, want)
			}
			scheme, carrier := SchemeV2, CarrierHeader
			if strings.Contains(row.Name, "s3v4") {
				scheme = SchemeV4
			}
			switch {
			case row.Form != nil:
				carrier = CarrierForm
			case strings.HasPrefix(row.Name, "presigned"):
				carrier = CarrierQuery
			}
			if res.Scheme != scheme || res.Carrier != carrier {
				t.Errorf("found %v in the %v", res.Scheme, res.Carrier)
			}
			if expires := testNow.Add(time.Minute); carrier == CarrierHeader && !res.Expires.IsZero() ||
				carrier != CarrierHeader && !res.Expires.Equal(expires) {
				t.Errorf("it expires at %v", res.Expires)
			}
		})
	}
}

// tamper is a change that a signature must not survive. It reports whether there
// was something to change.
type tamper struct {
	name  string
	apply func(*arrival) bool
}

func tampers() []tamper {
	last := func(s string) string {
		c := byte('0')
		if strings.HasSuffix(s, "0") {
			c = '1'
		}
		return s[:len(s)-1] + string(c)
	}
	list := []tamper{
		{"an added sub-resource", func(r *arrival) bool {
			r.Query = strings.TrimPrefix(r.Query+"&acl", "&")
			return r.Form == nil
		}},
		{"another method", func(r *arrival) bool {
			r.Method = map[string]string{"GET": "DELETE"}[r.Method]
			if r.Method == "" {
				r.Method = "GET"
			}
			return r.Form == nil
		}},
		{"HEAD for GET", func(r *arrival) bool {
			was := r.Method
			r.Method = "HEAD"
			return was == "GET"
		}},
		{"another path", func(r *arrival) bool {
			r.Path += "x"
			return r.Form == nil
		}},
		{"another bucket", func(r *arrival) bool {
			r.Bucket = "other"
			return r.Form != nil || r.VirtualHosted && strings.Contains(r.Query+r.Header.Get("Authorization"), "AWSAccessKeyId") ||
				strings.HasPrefix(r.Header.Get("Authorization"), "AWS ") && r.VirtualHosted
		}},
		{"another host", func(r *arrival) bool {
			r.Host = "example.com"
			return strings.Contains(r.Query+r.Header.Get("Authorization"), "AWS4")
		}},
		{"an x-amz-copy-source", func(r *arrival) bool {
			r.Header.Set("X-Amz-Copy-Source", "bucket/secret")
			return true
		}},
		{"an x-amz-meta- header", func(r *arrival) bool {
			r.Header.Set("X-Amz-Meta-Added", "x")
			return true
		}},
		{"another body", func(r *arrival) bool {
			data, _ := io.ReadAll(r.Body)
			if len(data) == 0 {
				return false
			}
			data[0] ^= 1
			r.Body = bytes.NewReader(data)
			hash := r.Header.Get(contentSHA256)
			return len(hash) == 64
		}},
		{"a truncated body", func(r *arrival) bool {
			data, _ := io.ReadAll(r.Body)
			if len(data) == 0 {
				return false
			}
			r.Body = bytes.NewReader(data[:len(data)-1])
			return true
		}},
	}
	parameters := []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
		"X-Amz-Signature", "AWSAccessKeyId", "Signature", "Expires", "response-content-type"}
	for _, name := range parameters {
		list = append(list, tamper{"another " + name, func(r *arrival) bool {
			before, after, ok := strings.Cut(r.Query, name+"=")
			if !ok {
				return false
			}
			value, rest, _ := strings.Cut(after, "&")
			if len(value) < 2 || name == "Signature" {
				value = "1" + value
			} else {
				value = last(value)
			}
			r.Query = before + name + "=" + value + "&" + rest
			return true
		}}, tamper{"no " + name, func(r *arrival) bool {
			before, after, ok := strings.Cut(r.Query, name+"=")
			if !ok {
				return false
			}
			_, rest, _ := strings.Cut(after, "&")
			r.Query = strings.Trim(before+rest, "&")
			return true
		}})
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "Date", "X-Amz-Content-Sha256", "X-Amz-Meta-Who",
		"X-Amz-Decoded-Content-Length", "X-Amz-Trailer", "X-Amz-Checksum-Crc32"} {
		list = append(list, tamper{"another " + name, func(r *arrival) bool {
			value := r.Header.Get(name)
			if value == "" {
				return false
			}
			if name == "Authorization" {
				value = value[:len(value)-2] + "00" // SigV2's end in an equals sign
				if value == r.Header.Get(name) {
					value = value[:len(value)-2] + "11"
				}
			} else {
				value = last(value)
			}
			r.Header.Set(name, value)
			return true
		}})
		if name == "Authorization" {
			continue // without it nobody signed
		}
		list = append(list, tamper{"no " + name, func(r *arrival) bool {
			there := r.Header.Get(name) != ""
			r.Header.Del(name)
			inQuery := strings.Contains(r.Query, strings.ToLower(name)+"=") // SigV2 signs it as either
			return there && !inQuery
		}})
	}
	for _, name := range []string{"policy", "signature", "x-amz-signature", "x-amz-credential", "x-amz-date",
		"x-amz-algorithm", "awsaccesskeyid", "key", "acl", "x-amz-meta-who", "content-type"} {
		for _, change := range []string{"another", "no", "a second"} {
			list = append(list, tamper{change + " field " + name, func(r *arrival) bool {
				if r.Form == nil {
					return false
				}
				for i, f := range r.Form.Fields {
					if !strings.EqualFold(f.Name, name) {
						continue
					}
					switch change {
					case "another":
						r.Form.Fields[i].Value = "x" + f.Value
					case "no":
						r.Form.Fields = append(r.Form.Fields[:i:i], r.Form.Fields[i+1:]...)
					default:
						r.Form.Fields = append(r.Form.Fields, Field{strings.ToUpper(name), f.Value})
					}
					return true
				}
				return false
			}})
		}
	}
	list = append(list, tamper{"an added field", func(r *arrival) bool {
		if r.Form == nil {
			return false
		}
		r.Form.Fields = append(r.Form.Fields, Field{"x-amz-meta-added", "x"})
		return true
	}})
	return list
}

func TestNothingSignedSurvivesTampering(t *testing.T) {
	v := newVerifier()
	applied := map[string]int{}
	for _, row := range readRecorded(t) {
		for _, change := range tampers() {
			r := row.request(t)
			if !change.apply(r) {
				continue
			}
			applied[change.name]++
			if res, _, err := verifyAll(v, r); err == nil {
				t.Errorf("%s, with %s: verified as %v in the %v", row.Name, change.name, res.Scheme, res.Carrier)
			}
		}
	}
	for _, change := range tampers() {
		if applied[change.name] == 0 {
			t.Errorf("no request was tried with %s", change.name)
		}
	}
}

func TestAnonymousRequestsAreAnonymous(t *testing.T) {
	r := &arrival{
		Method: "PUT", Path: "/bucket/key", Query: "x-id=PutObject&x-amz-acl=public-read", Host: "localhost",
		Header: http.Header{"X-Amz-Acl": {"private"}}, Body: strings.NewReader("abc"), ContentLength: 3,
	}
	res, data, err := verifyAll(newVerifier(), r)
	if err != nil || string(data) != "abc" {
		t.Fatal(string(data), err)
	}
	want := &Verified{Length: 3, Limits: NoLimits}
	if diff := cmp.Diff(want, res, cmpopts.IgnoreFields(Verified{}, "Body", "Trailer", "Fields"), cmpopts.IgnoreUnexported(Verified{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(r.Header, headerOf(res.Fields)); diff != "" {
		t.Error(diff)
	}
	if !res.Principal.Anonymous() || res.Trailer("x-amz-checksum-crc32") != "" {
		t.Error("not anonymous")
	}
}

// wantError compares an error with the one that is wanted: its type and facts.
func wantError(t *testing.T, got, want error) {
	t.Helper()
	if want == nil || got == nil || errors.Is(got, want) {
		if !errors.Is(got, want) {
			t.Errorf("got error %v, want %v", got, want)
		}
		return
	}
	field := func(names ...string) func(cmp.Path) bool {
		return func(p cmp.Path) bool { return slices.Contains(names, p.Last().String()) }
	}
	diff := cmp.Diff(want, got,
		cmp.FilterPath(field(".Err"), cmpopts.EquateErrors()),
		cmp.FilterPath(field(".CanonicalRequest", ".StringToSign"), cmp.Ignore()),
		cmp.Comparer(func(x, y time.Time) bool { return x.Equal(y) }),
	)
	if diff != "" {
		t.Errorf("the error differs (-want +got):\n%s", diff)
	}
}
