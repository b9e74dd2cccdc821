package s3

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth"
)

// TestEachHeaderThatActsHasOneValue walks the headers that operations take and those
// that conditions judge: of two lines the header is refused, or handlers and conditions
// see the one text that the signature covers.
func TestEachHeaderThatActsHasOneValue(t *testing.T) {
	names := map[string]bool{expectedOwnerHeader: true, copySourceHeader: true, "X-Amz-Acl": true, "X-Amz-Tagging": true}
	for _, op := range operations() {
		for _, h := range op.headers {
			names[strings.TrimSuffix(h.name, "*")+map[bool]string{true: "A"}[strings.HasSuffix(h.name, "*")]] = true
		}
	}
	for _, name := range headerKeys {
		names[name] = true
	}
	if len(names) < 40 {
		t.Fatalf("only %d headers act", len(names))
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if f, err := auth.ReadFields(http.Header{name: {"a"}}); err != nil || f.Get(name) != "a" {
			t.Errorf("%s acts, and auth does not read it: %v", name, err)
		}
		f, err := auth.ReadFields(http.Header{name: {"a", "b"}})
		if errors.Is(err, auth.ErrDuplicate) {
			if f.Has(name) {
				t.Errorf("%s in two lines is refused and acts", name)
			}
			continue
		}
		if err != nil || f.Get(name) != "a,b" {
			t.Errorf("%s in two lines is %q, %v", name, f.Get(name), err)
		}
		for key, header := range headerKeys {
			if header != name {
				continue
			}
			c := &conditionKeys{request: &request{auth: &auth.Verified{Fields: f}}}
			if diff := cmp.Diff([]string{"a,b"}, c.Values(key)); diff != "" {
				t.Errorf("%s: %s", key, diff)
			}
		}
	}
}

// TestTwoLinesPassNoDeny sends headers in two lines that are signed as one, past policies
// on either line.
func TestTwoLinesPassNoDeny(t *testing.T) {
	const everybody = `uri="http://acs.amazonaws.com/groups/global/AllUsers"`
	for _, row := range []struct {
		key, pattern, what string
		lines              []string
		want               string
	}{
		{"s3:x-amz-copy-source", "box/secret*", "PUT /box/n", []string{"X-Amz-Copy-Source: box/secret", "X-Amz-Copy-Source: 1"}, "InvalidArgument"},
		{"s3:x-amz-copy-source", "box/secret*", "PUT /box/n", []string{"X-Amz-Copy-Source: box/k", "X-Amz-Copy-Source: box/secret"}, "InvalidArgument"},
		{"s3:x-amz-copy-source", "box/secret*", "PUT /box/n", []string{"X-Amz-Copy-Source: box/secret,1"}, "AccessDenied"},
		{"s3:x-amz-storage-class", "GLACIER", "PUT /box/n", []string{"X-Amz-Storage-Class: GLACIER", "X-Amz-Storage-Class: STANDARD"}, "InvalidArgument"},
		{"s3:x-amz-storage-class", "GLACIER", "PUT /box/n", []string{"X-Amz-Storage-Class: STANDARD", "X-Amz-Storage-Class: GLACIER"}, "InvalidArgument"},
		{"s3:x-amz-metadata-directive", "REPLACE", "PUT /box/n", []string{"X-Amz-Copy-Source: box/k", "X-Amz-Metadata-Directive: REPLACE", "X-Amz-Metadata-Directive: COPY"}, "InvalidArgument"},
		{"s3:x-amz-acl", "public-read", "PUT /box/n", []string{"X-Amz-Acl: private", "X-Amz-Acl: public-read"}, "InvalidArgument"},
		{"s3:RequestObjectTag/t", "u", "PUT /box/n", []string{"X-Amz-Tagging: a=b", "X-Amz-Tagging: t=u"}, "InvalidArgument"},
		{"s3:x-amz-grant-read", "*AllUsers*", "PUT /box/n", []string{`X-Amz-Grant-Read: id="` + canonicalIDs[mainAccount] + `"`, "X-Amz-Grant-Read: " + everybody}, "AccessDenied"},
		{"s3:x-amz-grant-read", "*AllUsers*", "PUT /box/n", []string{"X-Amz-Grant-Read: " + everybody, `X-Amz-Grant-Read: id="` + canonicalIDs[mainAccount] + `"`}, "AccessDenied"},
		{"s3:x-amz-grant-read", "*AllUsers*", "PUT /box/n", []string{`X-Amz-Grant-Read: id="` + canonicalIDs[mainAccount] + `"`}, ""},
		{"s3:if-none-match", "*", "PUT /box/n", []string{"If-None-Match: *", "If-None-Match: *"}, "AccessDenied"},
		{"aws:Referer", "http://bad.example/*", "PUT /box/n", []string{"Referer: http://good.example/", "Referer: http://bad.example/"}, "InvalidArgument"},
	} {
		w := newWorld(t, func(o *testOptions) { o.LegacyBucketDefaults = true })
		w.must("main", "PUT /box")
		w.must("main", "PUT /box/secret", "secret")
		w.must("main", "PUT /box/k", "hello")
		w.must("main", "PUT /box?policy", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",
			"Resource":"arn:aws:s3:::box/n","Condition":{"StringLike":{%q:%q}}}]}`, row.key, row.pattern))
		for carrier, send := range map[string]func(string, ask) answered{"query": w.do, "header": w.signed} {
			a := send("main", ask{what: row.what, headers: row.lines})
			if a.code != row.want {
				t.Errorf("%s in a %s with %q: %d %s %s, want %s", row.key, carrier, row.lines, a.status, a.code, a.message, row.want)
			}
		}
		if got := w.do("main", ask{what: "GET /box/n"}).status; (got == http.StatusOK) != (row.want == "") {
			t.Errorf("%s with %q: the object is %d", row.key, row.lines, got)
		}
	}
}

// TestAParameterHasOneValue holds that two values of a parameter are refused by every
// operation that takes it: in the canonical query they are sorted, so the signature is
// the same whichever comes first.
func TestAParameterHasOneValue(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	w.must("main", "PUT /box/k", "hello")
	tried := 0
	for _, op := range operations() {
		for _, p := range op.parameters {
			target := [...]string{onService: "/", onBucket: "/box", onObject: "/box/k"}[op.level] + "?" + p.name + "=1&" + p.name + "=2"
			if op.subresource != "" {
				target += "&" + op.subresource
			}
			var headers []string
			switch {
			case op.marker == "":
			case op.marker == strings.ToLower(op.marker):
				target += "&" + op.marker + "=2"
			default:
				headers = []string{op.marker + ": box/k"}
			}
			a := w.do("main", ask{what: op.method + " " + target, headers: headers})
			if tried++; a.status != http.StatusBadRequest || op.method != http.MethodHead && a.code != "InvalidArgument" {
				t.Errorf("%s with two values of %s: %d %s %s", op.name, p.name, a.status, a.code, a.message)
			}
		}
	}
	if tried < 50 {
		t.Errorf("only %d parameters were tried", tried)
	}
	w.try("", "main", "GET /box?prefix=k&prefix=k")
	w.try("", "main", "GET /box/k?x-id=GetObject&x-id=Get")
}
