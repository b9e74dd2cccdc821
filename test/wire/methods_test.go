package wire

import (
	"strings"
	"testing"
)

// What a resource has no operation for is 405, and the answer lists what it has one for
// (RFC 9110, section 15.5.6).
func TestRefusedMethodsListTheAllowedOnes(t *testing.T) {
	var rows []row
	for _, r := range []struct{ method, target, allow, resource string }{
		{"POST", "/", "GET", "SERVICE"},
		{"DELETE", "/", "GET", "SERVICE"},
		{"HEAD", "/", "GET", "SERVICE"},
		{"OPTIONS", "/", "GET", "SERVICE"},
		{"PATCH", "/{bucket}", "DELETE, GET, HEAD, OPTIONS, POST, PUT", "BUCKET"},
		{"PATCH", "/{bucket}/k", "DELETE, GET, HEAD, OPTIONS, PUT", "OBJECT"},
		{"POST", "/{bucket}/k", "DELETE, GET, HEAD, OPTIONS, PUT", "OBJECT"},
		{"TRACE", "/{bucket}/k", "DELETE, GET, HEAD, OPTIONS, PUT", "OBJECT"},
		{"PROPFIND", "/{bucket}/k", "DELETE, GET, HEAD, OPTIONS, PUT", "OBJECT"},
		{"HEAD", "/{bucket}?versioning", "GET, PUT", "VERSIONING"},
		{"DELETE", "/{bucket}?versioning", "GET, PUT", "VERSIONING"},
		{"POST", "/{bucket}?location", "GET", "LOCATION"},
		{"GET", "/{bucket}?delete", "POST", "DELETE"},
		{"POST", "/{bucket}?uploads", "GET", "UPLOADS"},
		{"HEAD", "/{bucket}/k?acl", "GET, PUT", "ACL"},
		{"PUT", "/{bucket}/k?uploads", "POST", "UPLOADS"},
		{"POST", "/{bucket}/k?tagging", "DELETE, GET, PUT", "TAGGING"},
	} {
		w := want{status: 405, headers: map[string]string{"Allow": r.allow}}
		if r.method != "HEAD" {
			w.code = "MethodNotAllowed"
			w.elements = map[string]string{"Method": r.method, "ResourceType": r.resource}
		}
		rows = append(rows, row{
			name: r.method + " " + r.target, method: r.method, target: r.target, sign: sign{scheme: v4Header}, want: w,
		})
	}
	run(t, rows)
}

// A sub-resource of another level is a bad request: the key is one too many, or it is
// missing.
func TestSubresourcesOfAnotherLevel(t *testing.T) {
	var rows []row
	add := func(method, target, code, message string) {
		rows = append(rows, row{
			name: method + " " + target, method: method, target: target, sign: sign{scheme: v4Header},
			want: want{status: 400, code: code, message: message},
		})
	}
	for _, name := range strings.Fields(`accelerate cors delete lifecycle location logging notification
		ownershipControls policy policyStatus publicAccessBlock replication requestPayment versioning versions website`) {
		code := "InvalidRequest"
		if name == "logging" {
			code = "NoLoggingStatusForKey"
		}
		for _, method := range []string{"GET", "PUT", "DELETE", "POST"} {
			add(method, "/{bucket}/k?"+name, code, "There is no such thing as the ?"+name+" sub-resource for a key")
		}
	}
	add("GET", "/{bucket}/nothing?versions", "InvalidRequest", "There is no such thing as the ?versions sub-resource for a key")
	add("GET", "/{bucket}/k?uploads", "InvalidRequest", "Key is not expected for the GET method ?uploads subresource")
	add("DELETE", "/{bucket}/k?encryption", "InvalidRequest", "Key is not expected for the DELETE method ?encryption subresource")
	for _, name := range []string{"attributes", "legal-hold", "restore", "retention", "select", "torrent", "uploadId=x"} {
		for _, method := range []string{"GET", "PUT", "DELETE", "POST"} {
			add(method, "/{bucket}?"+name, "InvalidRequest", "A key must be specified")
		}
	}
	add("GET", "/?acl", "InvalidRequest", "A bucket must be specified")
	add("GET", "/?uploads", "InvalidRequest", "A bucket must be specified")
	rows = append(rows, row{
		name: "HEAD", method: "HEAD", target: "/{bucket}/k?versioning", sign: sign{scheme: v4Header}, want: want{status: 400},
	})
	run(t, rows)
}

// An empty Authorization header counts as missing: clients without credentials send it,
// and so do proxies.
func TestAnEmptyAuthorizationHeaderCountsAsMissing(t *testing.T) {
	for _, value := range []string{"", " ", "\t"} {
		empty := header{"Authorization", value}
		run(t, []row{
			{name: "unsigned" + value, method: "GET", target: "/{bucket}/k", headers: []header{empty}, want: noAccessWanted},
			{name: "V4 in the query" + value, method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query},
				tamper: []tamper{addHeader(empty.name, empty.value)}, want: hello},
			{name: "V2 in the query" + value, method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query},
				tamper: []tamper{addHeader(empty.name, empty.value)}, want: hello},
			{name: "a form" + value, method: "POST", target: "/{bucket}", headers: []header{empty},
				form: &form{scheme: v4Header, fields: []header{{"key", "k"}}, conditions: anyKey, file: "new"},
				want: want{status: 204}, after: newStored},
			{name: "public" + value, before: allowing(`"s3:GetObject"`), method: "GET", target: "/{bucket}/k",
				headers: []header{empty}, want: hello},
		})
	}
	run(t, []row{
		{name: "one that is not empty", method: "GET", target: "/{bucket}/k", headers: []header{{"Authorization", "x"}},
			want: want{status: 400, code: "InvalidArgument"}},
	})
}

var noAccessWanted = want{status: 403, code: "AccessDenied"}
