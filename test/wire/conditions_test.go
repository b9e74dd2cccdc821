package wire

import (
	"fmt"
	"testing"
	"time"
)

// marked is what a request says for a bucket's policy to look at it, so that those
// that set up and check a row are let alone.
var marked = header{"Referer", "http://marked.example/"}

// policyDenied has a message that may say which policy it was.
var policyDenied = want{status: 403, code: "AccessDenied"}

// denying is a step that gives the bucket a policy that denies marked requests of
// the action what the condition is true of.
func denying(action, resource, condition string) step {
	return configure("policy", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:%s",`+
		`"Resource":"arn:aws:s3:::{bucket}/%s","Condition":{"StringEquals":{"aws:Referer":"%s"}%s}}]}`, action, resource, marked.value, condition))
}

// allowing is a step that gives the bucket a policy for everybody.
func allowing(actions string) []step {
	return []step{configure("publicAccessBlock", publicAccess("false")),
		configure("policy", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":[%s],`+
			`"Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"]}]}`, actions))}
}

// A bucket's policy sees how and when a request was signed. It denies, so that no
// other account is needed.
func TestPoliciesSeeHowARequestIsSigned(t *testing.T) {
	const (
		tooOld     = `"NumericGreaterThan":{"s3:signatureAge":"600000"}`
		ofNoAge    = `"NumericEquals":{"s3:signatureAge":"0"}`
		inQuery    = `"StringEquals":{"aws:Referer":"http://marked.example/","s3:authType":"REST-QUERY-STRING"}`
		inHeader   = `"StringEquals":{"aws:Referer":"http://marked.example/","s3:authType":"REST-HEADER"}`
		inForm     = `"StringEquals":{"aws:Referer":"http://marked.example/","s3:authType":"POST"}`
		version4   = `"StringEquals":{"aws:Referer":"http://marked.example/","s3:signatureversion":"AWS4-HMAC-SHA256"}`
		version2   = `"StringEquals":{"aws:Referer":"http://marked.example/","s3:signatureversion":"AWS"}`
		noPayload  = `"StringEquals":{"aws:Referer":"http://marked.example/","s3:x-amz-content-sha256":"UNSIGNED-PAYLOAD"}`
		plain      = `"Bool":{"aws:SecureTransport":"false"}`
		encrypted  = `"Bool":{"aws:SecureTransport":"true"}`
		anywhere   = `"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}`
		elsewhere  = `"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`
		beforeNow  = `"DateGreaterThan":{"aws:CurrentTime":"2001-01-01T00:00:00Z"}`
		beforeThen = `"DateGreaterThan":{"aws:CurrentTime":"2101-01-01T00:00:00Z"}`
	)
	var rows []row
	seen := func(name, condition string, s sign, denies bool, headers ...header) *row {
		// A condition of texts has the mark in it, as there is one of a kind.
		deny := denying("*Object", "*", ","+condition)
		if condition[:15] == `"StringEquals":` {
			deny.body = fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*Object","Resource":"arn:aws:s3:::{bucket}/*","Condition":{%s}}]}`, condition)
		}
		r := row{name: name, before: []step{deny}, method: "GET", target: "/{bucket}/k", headers: append([]header{marked}, headers...), sign: s, want: hello}
		if denies {
			r.want = policyDenied
		}
		rows = append(rows, r)
		return &rows[len(rows)-1]
	}
	put := func(r *row) {
		r.method, r.body = "PUT", "new"
		if r.want.status == 200 {
			r.want, r.after = stored, newStored
		}
	}
	old := sign{scheme: v4Query, at: -20 * time.Minute}
	header4, query4, header2, query2 := sign{scheme: v4Header}, sign{scheme: v4Query}, sign{scheme: v2Header}, sign{scheme: v2Query}
	seen("a signature that is too old", tooOld, old, true)
	seen("a signature that is new", tooOld, query4, false)
	seen("a signature of no age in a header", tooOld, header4, false)
	seen("a signature of V2 has no age", ofNoAge, query2, true)
	seen("an upload of an old signature", tooOld, old, true)
	put(&rows[len(rows)-1])
	seen("a query, V4", inQuery, query4, true)
	seen("a query, V2", inQuery, query2, true)
	seen("a header where queries are denied, V4", inQuery, header4, false)
	seen("a header where queries are denied, V2", inQuery, header2, false)
	seen("a header, V4", inHeader, header4, true)
	seen("a header, V2", inHeader, header2, true)
	seen("a query where headers are denied", inHeader, query4, false)
	seen("version 4 in a query", version4, query4, true)
	seen("version 4 in a header", version4, header4, true)
	seen("version 2 where version 4 is denied", version4, query2, false)
	seen("version 2 in a query", version2, query2, true)
	seen("version 2 in a header", version2, header2, true)
	seen("version 4 where version 2 is denied", version2, query4, false)
	put(seen("a payload that is not signed", noPayload, sign{scheme: v4Header, payload: unsignedPayload}, true))
	put(seen("a payload that is signed", noPayload, header4, false))
	seen("no TLS", plain, query4, true)
	seen("no TLS, and a header that says there was", plain, query4, true, header{"X-Forwarded-Proto", "https"})
	seen("no TLS where TLS is denied", encrypted, query4, false)
	seen("the address", anywhere, query4, true)
	seen("another address", elsewhere, query4, false)
	seen("another address that a header names", elsewhere, query4, false, header{"X-Forwarded-For", "192.0.2.7"}, header{"X-Real-Ip", "192.0.2.7"}, header{"Forwarded", "for=192.0.2.7"})
	seen("the time", beforeNow, query4, true)
	seen("a time to come", beforeThen, query4, false)
	for _, s := range []scheme{v4Header, v2Header} {
		for _, denies := range []bool{true, false} {
			condition, name := inForm, fmt.Sprint("a form, ", s)
			if !denies {
				condition, name = inQuery, fmt.Sprint("a form where queries are denied, ", s)
			}
			r := seen(name, condition, sign{}, denies)
			r.method, r.target, r.form = "POST", "/{bucket}", &form{scheme: s, fields: []header{{"key", "k"}}, conditions: anyKey, file: "new"}
			if !denies {
				r.want, r.after = want{status: 204}, newStored
			}
		}
	}
	run(t, rows)
}

// Whoever copies needs the right to read the source, whole or in parts.
func TestCopiesReadTheirSource(t *testing.T) {
	given := map[string]string{"k": "hello", "secret": "top"}
	var rows []row
	for _, s := range []scheme{v4Header, v4Query, v2Header, v2Query} {
		for name, target := range map[string]string{"a copy": "/{bucket}/new", "a part": partTarget("k", "u", 1)} {
			for source, w := range map[string]want{
				"/{bucket}/secret": policyDenied, "{bucket}/secret": policyDenied, "/{bucket}/%73ecret": policyDenied, "/{bucket}/secret?versionId=null": policyDenied, "/{bucket}/k": {status: 200},
				"/{bucket}/x/../secret": {status: 404, code: "NoSuchKey"}, "/{bucket}/./secret": {status: 404, code: "NoSuchKey"}, "/{bucket}//secret": {status: 404, code: "NoSuchKey"},
			} {
				r := row{name: fmt.Sprint(name, " of ", source, ", ", s), given: given, before: []step{createUpload("u", "k"), denying("GetObject*", "secret", "")}, method: "PUT", target: target,
					headers: []header{{"x-amz-copy-source", source}, marked}, sign: sign{scheme: s}, want: w}
				if w.status == 200 {
					r.store = []string{`object k null "hello"`, `object secret null "top"`, "upload k {u.upload}"}
					if name == "a part" {
						r.store = append(r.store, "part k {u.upload} 1 5 "+md5Hello)
					} else {
						r.store = []string{`object k null "hello"`, `object new null "hello"`, `object secret null "top"`, "upload k {u.upload}"}
					}
				}
				rows = append(rows, r)
			}
		}
	}
	run(t, rows)
}

// What is open to everybody is open as far as its policy says and no further.
func TestWhatIsPublic(t *testing.T) {
	readable, listable := allowing(`"s3:GetObject"`), allowing(`"s3:GetObject","s3:ListBucket"`)
	var rows []row
	public := func(name string, before []step, method, target string, w want, headers ...header) *row {
		rows = append(rows, row{name: name, before: before, method: method, target: target, headers: headers, want: w})
		return &rows[len(rows)-1]
	}
	overridden := want{status: 400, code: "InvalidRequest", message: "Request specific response headers cannot be used for anonymous GET requests."}
	public("GET", readable, "GET", "/{bucket}/k", hello)
	public("GET of the bucket's own host", readable, "GET", "/k", hello).host = "{vhost}"
	public("HEAD", readable, "HEAD", "/{bucket}/k", want{status: 200})
	public("GET by parts", readable, "GET", "/{bucket}/k", want{status: 206, body: text("ell")}, header{"Range", "bytes=1-3"})
	public("GET on a condition", readable, "GET", "/{bucket}/k", want{status: 304}, header{"If-None-Match", "*"})
	for _, override := range []string{"content-type=text%2Fhtml", "content-disposition=attachment", "cache-control=no-store", "content-encoding=gzip", "content-language=de", "expires=0"} {
		public("with an override of "+override, readable, "GET", "/{bucket}/k?response-"+override, overridden)
	}
	public("with an override that is signed", readable, "GET", "/{bucket}/k?response-content-type=text%2Fhtml", want{status: 200, headers: map[string]string{"Content-Type": "text/html"}}).sign = sign{scheme: v4Query}
	public("signed with another secret", readable, "GET", "/{bucket}/k", badSignature).sign = sign{scheme: v4Query, secret: "wrong"}
	public("signed with a key that nobody has", readable, "GET", "/{bucket}/k", unknownKey).sign = sign{scheme: v2Query, id: "AKIANOBODY"}
	public("expired", readable, "GET", "/{bucket}/k", want{status: 403, code: "AccessDenied", message: "Request has expired"}).sign = sign{scheme: v4Query, at: -2 * time.Hour}
	public("a key that is not there", readable, "GET", "/{bucket}/nothing", denied)
	public("a key that is not there, to those who may list", listable, "GET", "/{bucket}/nothing", want{status: 404, code: "NoSuchKey", elements: map[string]string{"Key": "nothing"}})
	public("HEAD of a key that is not there", readable, "HEAD", "/{bucket}/nothing", want{status: 403})
	public("HEAD of a key that is not there, to those who may list", listable, "HEAD", "/{bucket}/nothing", want{status: 404})
	public("list", readable, "GET", "/{bucket}", denied)
	public("list, to those who may", listable, "GET", "/{bucket}", want{status: 200, contains: []string{"<Key>k</Key>"}})
	public("PUT", listable, "PUT", "/{bucket}/k", denied).body = "new"
	public("DELETE", listable, "DELETE", "/{bucket}/k", denied)
	public("the policy", listable, "GET", "/{bucket}?policy", denied)
	public("another version", readable, "GET", "/{bucket}/k?versionId=null", denied)
	public("a form", listable, "POST", "/{bucket}", denied).form = &form{fields: []header{{"key", "k"}}, file: "new"}
	run(t, rows)
}
