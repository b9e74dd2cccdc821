package abuse

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// form returns a POST upload whose fields are as said, unsigned.
func form(fields string) string {
	body := fields + "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--b--\r\n"
	return fmt.Sprintf("POST /%s HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s", bucket, len(body), body)
}

// field is a field of a form.
func field(name, value string) string {
	return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
}

// framed returns a PUT whose body is framed in a given way, with a trailer
// announced.
func framed(s *target, decoded int, body string) string {
	return s.head(http.MethodPut, "/"+bucket+"/big", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", int64(len(body)), map[string]string{
		"X-Amz-Decoded-Content-Length": fmt.Sprint(decoded), "X-Amz-Trailer": "x-amz-checksum-crc32", "Content-Encoding": "aws-chunked",
	}) + body
}

// document returns a signed request whose body is an XML document.
func document(s *target, method, query, body string) string {
	return s.head(method, "/"+bucket+"?"+query, unsigned, int64(len(body)), map[string]string{"Content-Md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}) + body
}

// post returns an unsigned request to STS.
func post(body string) string {
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// plain returns a request that nobody signed.
func plain(target, headers string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n"
}

func TestWhatIsTooLongIsRefused(t *testing.T) {
	s := start(t, nil)
	atOnce := 8
	if testing.Short() {
		atOnce = 1
	}
	long := func(n int) string { return strings.Repeat("a", n) }
	signedWith := func(headers map[string]string) string {
		return s.head(http.MethodPut, "/"+bucket+"/big", unsigned, 1, headers) + "a"
	}
	for name, c := range map[string]struct {
		text   string
		status []int
	}{
		"a header":             {plain("/"+bucket+"/key", "X-A: "+long(100<<10)+"\r\n"), []int{431}},
		"many headers":         {plain("/"+bucket+"/key", strings.Repeat("X-A: b\r\n", 20_000)), []int{431}},
		"a header's name":      {plain("/"+bucket+"/key", long(100<<10)+": a\r\n"), []int{431}},
		"a target":             {plain("/"+bucket+"/"+long(100<<10), ""), []int{431}},
		"a method":             {long(100<<10) + " / HTTP/1.1\r\nHost: h\r\n\r\n", []int{431}},
		"a line without end":   {long(1 << 20), []int{431, 400}},
		"a host":               {"GET / HTTP/1.1\r\nHost: " + long(60<<10) + "\r\n\r\n", []int{400, 403}},
		"a key":                {plain("/"+bucket+"/"+long(50<<10), ""), []int{400}},
		"a query":              {plain("/"+bucket+"?"+long(50<<10), ""), []int{400}},
		"parameters":           {plain("/"+bucket+"?"+strings.Repeat("a&", 25_000), ""), []int{400, 403}},
		"empty parameters":     {plain("/"+bucket+"?"+strings.Repeat("&", 50_000), ""), []int{400, 403}},
		"a range":              {plain("/"+bucket+"/key", "Range: bytes="+strings.Repeat("0-1,", 10_000)+"0-1\r\n"), []int{403}},
		"an Authorization":     {plain("/"+bucket, "Authorization: AWS4-HMAC-SHA256 Credential="+long(50<<10)+"\r\n"), []int{400, 403}},
		"signed headers":       {plain("/"+bucket, "Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, SignedHeaders="+strings.Repeat("a;", 20_000)+"host, Signature="+strings.Repeat("0", 64)+"\r\n"), []int{400, 403}},
		"a token":              {plain("/"+bucket, "X-Amz-Security-Token: "+long(50<<10)+"\r\n"), []int{400, 403}},
		"a preflight's origin": {"OPTIONS /" + bucket + "/key HTTP/1.1\r\nHost: h\r\nOrigin: " + long(50<<10) + "\r\nAccess-Control-Request-Method: GET\r\n\r\n", []int{403}},
		"metadata":             {signedWith(map[string]string{"X-Amz-Meta-A": long(3 << 10)}), []int{400}},
		"tags":                 {signedWith(map[string]string{"X-Amz-Tagging": strings.Repeat("a=b&", 5000)}), []int{400}},
		"a copy's source": {s.head(http.MethodPut, "/"+bucket+"/big", unsigned, 0, map[string]string{
			"X-Amz-Copy-Source": "/" + bucket + "/" + long(50<<10)}), []int{400, 403, 404}},
		"a form's field":    {form(field("key", long(70<<10))), []int{400}},
		"fields":            {form(strings.Repeat(field("a", "b"), 500)), []int{400}},
		"a field's headers": {form("--b\r\nContent-Disposition: form-data; name=\"a\"\r\nX-A: " + long(70<<10) + "\r\n\r\n\r\n"), []int{400}},
		"a form's boundary": {"POST /" + bucket + " HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=" + long(50<<10) + "\r\nContent-Length: 0\r\n\r\n", []int{400, 412}},
		"a form's policy":   {form(field("key", "k") + field("policy", long(50<<10)) + field("x-amz-algorithm", "AWS4-HMAC-SHA256")), []int{400, 403}},
		"keys to delete":    {document(s, http.MethodPost, "delete=", "<Delete>"+strings.Repeat("<Object><Key>a</Key></Object>", 1001)+"</Delete>"), []int{400}},
		"a document":        {document(s, http.MethodPost, "delete=", "<Delete>"+long(5<<20)+"</Delete>"), []int{400}},
		"depth of elements": {document(s, http.MethodPost, "delete=", strings.Repeat("<a>", 200_000)), []int{400}},
		"attributes":        {document(s, http.MethodPut, "tagging=", "<Tagging "+strings.Repeat(`a="b" `, 50_000)+"/>"), []int{400}},
		"entities": {document(s, http.MethodPut, "tagging=",
			`<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Tagging><TagSet><Tag><Key>&b;</Key><Value>&b;</Value></Tag></TagSet></Tagging>`), []int{400}},
		"a policy":            {document(s, http.MethodPut, "policy=", `{"Version":"2012-10-17","Statement":[`+strings.Repeat(`{"Effect":"Allow"},`, 50_000)+`{}]}`), []int{400}},
		"JSON":                {document(s, http.MethodPut, "policy=", strings.Repeat("[", 500_000)), []int{400}},
		"a chunk's extension": {framed(s, 3, "3;a="+long(1<<20)+"\r\nabc\r\n0\r\n\r\n"), []int{400}},
		"a chunk's length":    {framed(s, 3, long(1<<20)), []int{400}},
		"a chunk":             {framed(s, 3, "FFFFFFFFFFFFFFFF\r\nabc\r\n"), []int{400}},
		"more than was said":  {framed(s, 3, "10000\r\n"+long(64<<10)+"\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"), []int{400}},
		"a trailer":           {framed(s, 3, "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:"+long(1<<20)+"\r\n\r\n"), []int{400}},
		"trailers":            {framed(s, 3, "3\r\nabc\r\n0\r\n"+strings.Repeat("x-amz-checksum-crc32:AAAAAA==\r\n", 50_000)+"\r\n"), []int{400}},
		"HTTP's trailers": {s.head(http.MethodPut, "/"+bucket+"/big", unsigned, -1, map[string]string{"X-Amz-Decoded-Content-Length": "3"}) +
			"3\r\nabc\r\n0\r\n" + strings.Repeat("X-A: "+long(1000)+"\r\n", 5000) + "\r\n", []int{400, 411, 501}},
		"HTTP's chunk extension": {s.head(http.MethodPut, "/"+bucket+"/big", unsigned, -1, nil) + "3;" + long(1<<20) + "\r\nabc\r\n0\r\n\r\n", []int{400, 411}},
		"an action":              {post("Action=" + long(60<<10)), []int{403}},
		"parameters to STS":      {post(strings.Repeat("a=b&", 15_000)), []int{400}},
		"a body to STS":          {post(long(65 << 10)), []int{413}},
		"a question":             {fmt.Sprintf("POST /-/v1/explain HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", 1<<20, long(1<<20)), []int{403}},
		"a web identity's token": {post("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=a&RoleArn=arn:aws:iam::123456789012:role/a&WebIdentityToken=" + long(60<<10)), []int{400, 403}},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.of(t)
			s.survives(func() {
				each(atOnce, func(int) {
					if status, body := s.send(c.text); !slices.Contains(c.status, status) {
						t.Errorf("%d %.300s; want %v", status, body, c.status)
					}
				})
			})
		})
	}
	s.empties()
}

func TestLiesAboutLengthsAndVersions(t *testing.T) {
	s := start(t, nil)
	put := func(headers, body string) string {
		return "PUT /" + bucket + "/lie HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body
	}
	signed := s.head(http.MethodPut, "/"+bucket+"/lie", unsigned, 10, nil)
	for name, c := range map[string]struct {
		text   string
		status []int
	}{
		"two lengths":                    {put("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), []int{400}},
		"a negative length":              {put("Content-Length: -1\r\n", ""), []int{400}},
		"a length with a sign":           {put("Content-Length: +3\r\n", "abc"), []int{400}},
		"a length that is none":          {put("Content-Length: 0x3\r\n", "abc"), []int{400}},
		"a length beyond all":            {put("Content-Length: 99999999999999999999\r\n", ""), []int{400}},
		"a length and chunks":            {put("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), []int{400, 403, 411}},
		"an encoding nobody knows":       {put("Transfer-Encoding: gzip\r\n", ""), []int{501, 400}},
		"two encodings":                  {put("Transfer-Encoding: chunked, chunked\r\n", ""), []int{501, 400}},
		"no host":                        {"GET / HTTP/1.1\r\n\r\n", []int{400}},
		"two hosts":                      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", []int{400}},
		"a host with a slash":            {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", []int{400}},
		"HTTP/1.0":                       {"GET /" + bucket + "/key HTTP/1.0\r\n\r\n", []int{403}},
		"HTTP/1.0 with chunks":           {"PUT /" + bucket + "/key HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", []int{400, 403, 501}},
		"HTTP/0.9":                       {"GET /" + bucket + "/key\r\n", []int{400}},
		"HTTP/2 without TLS":             {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400, 405, 505}},
		"HTTP/3.0":                       {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", []int{505}},
		"an upgrade":                     {plain("/"+bucket+"/key", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"), []int{403}},
		"CONNECT":                        {"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", []int{400, 403, 405}},
		"another server's address":       {"GET http://example.com/ HTTP/1.1\r\nHost: h\r\n\r\n", []int{400, 403}},
		"an asterisk":                    {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", []int{200, 400, 403, 405}},
		"a header that is folded":        {plain("/"+bucket+"/key", "X-A: a\r\n b\r\n"), []int{400, 403}},
		"a space before the colon":       {plain("/"+bucket+"/key", "X-A : a\r\n"), []int{400}},
		"bare line feeds":                {"GET /" + bucket + "/key HTTP/1.1\nHost: h\n\n", []int{403, 400}},
		"a NUL":                          {plain("/"+bucket+"/key", "X-A: a\x00b\r\n"), []int{400}},
		"TLS on a port without":          {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 500) + "\r\n\r\n", []int{400}},
		"a body shorter than its length": {signed + "abc", []int{0, 400}},
		"a request and then no more":     {s.head(http.MethodGet, "/"+bucket, unsigned, 0, nil), []int{200}},
		"nothing":                        {"\r\n\r\n\r\n", []int{0, 400}},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.of(t)
			s.survives(func() {
				each(4, func(int) {
					conn := s.dial()
					defer conn.Close()
					io.WriteString(conn, c.text)
					conn.CloseWrite()
					if status, body := s.answer(newReader(conn)); !slices.Contains(c.status, status) {
						t.Errorf("%d %.300s; want %v", status, body, c.status)
					}
				})
			})
		})
	}
	s.empties()
}

// What follows a body that is longer than its length is a request of its own, and
// never part of what was stored.
func TestABodyLongerThanItsLengthIsTheNextRequest(t *testing.T) {
	s := start(t, nil)
	s.survives(func() {
		conn := s.dial()
		defer conn.Close()
		io.WriteString(conn, s.head(http.MethodPut, "/"+bucket+"/lie", unsigned, 3, nil)+"abcGET /-/healthz HTTP/1.1\r\nHost: h\r\n\r\n")
		in := newReader(conn)
		if status, body := s.answer(in); status != http.StatusOK {
			t.Errorf("%d %s", status, body)
		}
		if status, body := s.answer(in); status != http.StatusOK || body != "ok\n" {
			t.Errorf("%d %s", status, body)
		}
		if got := s.do(http.MethodGet, "/"+bucket+"/lie", "", http.StatusOK); got != "abc" {
			t.Errorf("stored: %q", got)
		}
		s.do(http.MethodDelete, "/"+bucket+"/lie", "", http.StatusNoContent)
	})
	s.empties()
}

func TestTinyChunksWithoutEnd(t *testing.T) {
	s := start(t, nil)
	tiny := strings.Repeat("1\r\na\r\n", 100_000)
	for name, c := range map[string]struct {
		text   string
		status []int
	}{
		// A payload of a byte for each chunk is wasteful, and whole.
		"framed": {framed(s, 100_000, tiny+"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"), []int{400}},
		"HTTP's": {s.head(http.MethodPut, "/"+bucket+"/big", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", -1, map[string]string{
			"X-Amz-Decoded-Content-Length": "100000", "X-Amz-Trailer": "x-amz-checksum-crc32", "Content-Encoding": "aws-chunked",
		}) + tiny + "0\r\n\r\n", []int{400}},
		"HTTP's, with extensions": {s.head(http.MethodPut, "/"+bucket+"/big", unsigned, -1, nil) + strings.Repeat("1;aaaaaaaaaaaaaaaaaaaa\r\na\r\n", 100_000) + "0\r\n\r\n", []int{400, 411}},
		"of no byte":              {framed(s, 3, strings.Repeat("0\r\n", 100_000)), []int{400}},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.of(t)
			s.survives(func() {
				each(4, func(int) {
					if status, body := s.send(c.text); !slices.Contains(c.status, status) {
						t.Errorf("%d %.300s; want %v", status, body, c.status)
					}
				})
			})
		})
	}
	s.empties()
}
