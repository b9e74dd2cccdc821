package s3

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/front"
)

// keySample is a request that has a value for a condition key.
type keySample struct {
	// tag is that of a family.
	tag string
	// what is the request, in which N stands for a number that is new each time, and
	// fields those of a form.
	what    string
	body    string
	headers []string
	fields  []signet.Field
	tls     bool
	browser bool   // the headers are a browser's, which are not signed
	who     string // "session" if empty
	// value is the key's, "" where it differs from time to time; of carriers for which
	// it is another, others has it.
	value  string
	others map[access.Where]string
}

// keySamples are by key in lower case. Without a request it is a GET or a form.
var keySamples = map[string]keySample{
	"aws:currenttime":            {},
	"aws:epochtime":              {},
	"aws:federatedprovider":      {value: "arn:aws:iam::123456789012:oidc-provider/i.example"},
	"aws:multifactorauthpresent": {value: "false"},
	"aws:principalaccount":       {value: mainAccount},
	"aws:principalarn":           {value: "arn:aws:iam::123456789012:role/reader"},
	"aws:principalisawsservice":  {value: "false"},
	"aws:principaltag/":          {tag: "team", value: "red"},
	"aws:principaltype": {
		value:  "AssumedRole",
		others: map[access.Where]string{access.Unsigned: "Anonymous"},
	},
	"aws:referer": {
		browser: true,
		headers: []string{"Referer: http://r.example/"},
		value:   "http://r.example/",
	},
	"aws:requestedregion": {value: "us-east-1"},
	"aws:resourceaccount": {value: mainAccount},
	"aws:securetransport": {tls: true, value: "true"},
	"aws:sourceidentity":  {value: "ann"},
	"aws:sourceip":        {value: "192.0.2.1"},
	"aws:tokenissuetime":  {value: "2026-01-01T00:00:00Z"},
	"aws:useragent":       {browser: true, headers: []string{"User-Agent: agent"}, value: "agent"},
	"aws:userid": {
		value:  "AROAREADERREADERREAD:now",
		others: map[access.Where]string{access.Unsigned: "anonymous"},
	},
	"aws:username":      {who: "ann", value: "ann"},
	"aws:viaawsservice": {value: "false"},

	"s3:authtype": {others: map[access.Where]string{
		access.InHeader: "REST-HEADER", access.InQuery: "REST-QUERY-STRING", access.InForm: "POST",
	}},
	"s3:delimiter":          {what: "GET /bucket?delimiter=/", value: "/"},
	"s3:existingobjecttag/": {tag: "kind", value: "a"},
	"s3:if-match": {
		what:    "PUT /bucket/m",
		body:    "m",
		headers: []string{`If-Match: "6f8f57715090da2632453988d9a1501b"`},
		value:   `"6f8f57715090da2632453988d9a1501b"`,
	},
	"s3:if-none-match": {what: "PUT /bucket/N", headers: []string{"If-None-Match: *"}, value: "*"},
	"s3:locationconstraint": {
		what:  "PUT /fresh-N",
		body:  "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>",
		value: "us-east-1",
	},
	"s3:max-keys":                {what: "GET /bucket?max-keys=7", value: "7"},
	"s3:objectcreationoperation": {what: "PUT /bucket/N", value: "true"},
	"s3:prefix":                  {what: "GET /bucket?prefix=a", value: "a"},
	"s3:requestobjecttag/": {
		tag:     "kind",
		what:    "PUT /bucket/N",
		headers: []string{"X-Amz-Tagging: kind=a"},
		fields:  taggedField,
		value:   "a",
	},
	"s3:requestobjecttagkeys": {
		what:    "PUT /bucket/N",
		headers: []string{"X-Amz-Tagging: kind=a"},
		fields:  taggedField,
		value:   "kind",
	},
	"s3:resourceaccount": {value: mainAccount},
	"s3:signatureage":    {},
	"s3:signatureversion": {
		value:  "AWS4-HMAC-SHA256",
		others: map[access.Where]string{access.InForm: "AWS"},
	},
	"s3:tlsversion": {tls: true, value: "1.3"},
	"s3:versionid":  {what: "GET /bucket/k?versionId=null", value: "null"},
	"s3:x-amz-acl": {
		what:    "PUT /bucket/N",
		headers: []string{"X-Amz-Acl: private"},
		fields:  []signet.Field{{Name: "acl", Value: "private"}},
		value:   "private",
	},
	"s3:x-amz-content-sha256": {value: "UNSIGNED-PAYLOAD"},
	"s3:x-amz-copy-source": {
		what:    "PUT /bucket/N",
		headers: []string{"X-Amz-Copy-Source: bucket/k"},
		value:   "bucket/k",
	},
	"s3:x-amz-grant-full-control": grantSample("Full-Control"),
	"s3:x-amz-grant-read":         grantSample("Read"),
	"s3:x-amz-grant-read-acp":     grantSample("Read-Acp"),
	"s3:x-amz-grant-write":        grantSample("Write"),
	"s3:x-amz-grant-write-acp":    grantSample("Write-Acp"),
	"s3:x-amz-metadata-directive": {
		what:    "PUT /bucket/N",
		headers: []string{"X-Amz-Copy-Source: bucket/k", "X-Amz-Metadata-Directive: REPLACE"},
		value:   "REPLACE",
	},
	"s3:x-amz-object-ownership": {
		what:    "PUT /fresh-N",
		headers: []string{"X-Amz-Object-Ownership: ObjectWriter"},
		value:   "ObjectWriter",
	},
	"s3:x-amz-storage-class": {
		what:    "PUT /bucket/N",
		headers: []string{"X-Amz-Storage-Class: STANDARD"},
		fields:  []signet.Field{{Name: "x-amz-storage-class", Value: "STANDARD"}},
		value:   "STANDARD",
	},
}

var taggedField = []signet.Field{{
	Name: "tagging", Value: "<Tagging><TagSet><Tag><Key>kind</Key><Value>a</Value></Tag></TagSet></Tagging>",
}}

// grantSample is a write that grants the bucket's owner something.
func grantSample(permission string) keySample {
	grant := "id=" + canonicalIDs[mainAccount]
	name := "X-Amz-Grant-" + permission
	return keySample{
		what: "PUT /bucket/N", headers: []string{name + ": " + grant}, value: grant,
		fields: []signet.Field{{Name: strings.ToLower(name), Value: grant}},
	}
}

// keyWorld is a world with a bucket where everybody may do everything, a session of a
// role, and the user ann.
func keyWorld(t *testing.T) *world {
	w := newPublicWorld(t)
	w.must("main", "PUT /bucket/k", "content", "X-Amz-Tagging: kind=a")
	w.must("main", "PUT /bucket/m", "m")
	w.session("now", "reader", "AROAREADERREADERREAD")
	p := w.people["now"]
	p.Tags = map[string]string{"team": "red"}
	p.Keys = map[string][]string{
		"aws:tokenissuetime": {"2026-01-01T00:00:00Z"}, "aws:multifactorauthpresent": {"false"}, "aws:sourceidentity": {"ann"},
		"aws:federatedprovider": {"arn:aws:iam::123456789012:oidc-provider/i.example"},
	}
	w.people["session"] = p
	w.user("ann", mainAccount)
	return w
}

// TestEachKeyHasItsValueWhereTheTableSaysSo walks access's table of condition keys. For
// each key and each carrier that the table names, a request with the value is denied by
// a Deny of it and by nothing else: not by a Deny of all other values, nor of none.
func TestEachKeyHasItsValueWhereTheTableSaysSo(t *testing.T) {
	number := 0
	walked := make(map[string]bool)
	for _, k := range access.Keys() {
		key := strings.ToLower(k.Name)
		carriers := k.Where & (access.InHeader | access.InQuery | access.InForm | access.Unsigned)
		if carriers == 0 {
			continue
		}
		sample, ok := keySamples[key]
		if !ok {
			t.Errorf("%s: there is no sample", k.Name)
			continue
		}
		walked[key] = true
		w := keyWorld(t)
		if sample.tls {
			w.client = front.Client{IP: "192.0.2.1", TLS: true}
		}
		for _, carrier := range []access.Where{access.InHeader, access.InQuery, access.InForm, access.Unsigned} {
			if carriers&carrier == 0 {
				continue
			}
			if carrier == access.InForm && len(sample.headers) > 0 && sample.fields == nil {
				continue // the headers of a form, which the samples do not send
			}
			value := sample.value
			if other, ok := sample.others[carrier]; ok {
				value = other
			}
			name := k.Name + sample.tag
			conditions := map[string]bool{ // whether they deny
				fmt.Sprintf(`{"Null":{%q:"false"}}`, name): true,
				fmt.Sprintf(`{"Null":{%q:"true"}}`, name):  false,
			}
			if value != "" {
				conditions[fmt.Sprintf(`{"StringEquals":{%q:%q}}`, name, value)] = true
				conditions[fmt.Sprintf(`{"StringNotEquals":{%q:%q}}`, name, value)] = false
			}
			for condition, denies := range conditions {
				number++
				got := w.sendSample(sample, carrier, number, condition)
				// A region that S3 does not take here is refused after the decision.
				refused := got.status >= 400 && got.code != "InvalidLocationConstraint"
				if (got.status == 403) != denies || refused != denies {
					t.Errorf("%s, carrier %d, %s: %d %s", k.Name, carrier, condition, got.status, got.body)
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keySamples)) {
		if !walked[key] {
			t.Errorf("%s: the table has no such key of S3", key)
		}
	}
}

// sendSample sends a sample where one statement denies everything under a condition.
func (w *world) sendSample(sample keySample, carrier access.Where, number int, condition string) answered {
	w.Helper()
	const allow = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	deny := `{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":` + condition + `}`
	who := sample.who
	if who == "" {
		who = "session"
	}
	what := sample.what
	if what == "" {
		what = "GET /bucket/k"
	}
	q := ask{what: strings.ReplaceAll(what, "N", fmt.Sprint(number)), body: sample.body, headers: sample.headers}
	if carrier == access.Unsigned {
		resources := `"Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]`
		w.must("main", "PUT /bucket?policy", policy(publicWrite,
			`{"Effect":"Deny","Principal":{"AWS":"*"},"NotAction":"s3:PutBucketPolicy",`+resources+`,"Condition":`+condition+`}`))
		got := w.do("", q)
		w.must("main", "PUT /bucket?policy", policy(publicWrite))
		return got
	}
	p := w.people[who]
	parsed, err := access.ParsePolicy([]byte(policy(allow, deny)), access.IdentityPolicy)
	if err != nil {
		w.Fatal(err)
	}
	p.Policies = []*access.Policy{parsed}
	w.people[who] = p
	switch carrier {
	case access.InHeader:
		return w.signed(who, q)
	case access.InForm:
		return w.upload(who, "bucket", fmt.Sprint("form", number), sample.fields...)
	}
	if !sample.browser {
		return w.do(who, q)
	}
	r := httptest.NewRequest("GET", w.url(who, ask{what: q.what}, time.Time{}), nil)
	_, _, _, r.Header = q.parts()
	return w.serve(r)
}
