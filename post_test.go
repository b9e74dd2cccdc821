package signet_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

func field(f signet.Form, name string) string {
	for _, field := range f.Fields {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}

// policyOf checks the signature of a form and returns its policy.
func policyOf(t *testing.T, f signet.Form) (expiration string, conditions []any) {
	t.Helper()
	credential, err := sigv4.ParseCredential(field(f, "x-amz-credential"))
	if err != nil {
		t.Fatal(err)
	}
	key := sigv4.DeriveKey(exampleSecret, credential.Scope)
	if got, want := field(f, "x-amz-signature"), key.Sign([]byte(field(f, "policy"))).String(); got != want {
		t.Errorf("signature is %s, want %s", got, want)
	}
	raw, err := base64.StdEncoding.DecodeString(field(f, "policy"))
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Expiration string
		Conditions []any
	}
	if err := json.Unmarshal(raw, &policy); err != nil {
		t.Fatal(err)
	}
	return policy.Expiration, policy.Conditions
}

func TestPostSignsAllThatItIsGiven(t *testing.T) {
	p := newPresigner(t, func(o *signet.Options) { o.SessionToken = exampleToken })
	form, err := p.Post(signet.PostPolicy{
		Bucket: "inbox", KeyPrefix: "from <Ada>/", Expires: 90 * time.Minute, MinSize: 1, MaxSize: 10 << 20,
		ContentTypePrefix: "image/", SuccessStatus: 201, SuccessRedirect: "https://example.com/?a=b&c",
		Fields:     []signet.Field{{Name: "x-amz-meta-who", Value: "Ada"}},
		StartsWith: []signet.Field{{Name: "x-amz-meta-tag", Value: ""}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if form.URL != "https://s3.example.com/inbox" {
		t.Errorf("URL is %s", form.URL)
	}
	wantFields := []signet.Field{
		{Name: "key", Value: "from <Ada>/${filename}"},
		{Name: "success_action_status", Value: "201"},
		{Name: "success_action_redirect", Value: "https://example.com/?a=b&c"},
		{Name: "x-amz-meta-who", Value: "Ada"},
		{Name: "x-amz-algorithm", Value: "AWS4-HMAC-SHA256"},
		{Name: "x-amz-credential", Value: exampleID + "/20130524/us-east-1/s3/aws4_request"},
		{Name: "x-amz-date", Value: "20130524T000000Z"},
		{Name: "x-amz-security-token", Value: exampleToken},
		{Name: "policy", Value: field(form, "policy")},
		{Name: "x-amz-signature", Value: field(form, "x-amz-signature")},
	}
	if d := cmp.Diff(wantFields, form.Fields); d != "" {
		t.Error(d)
	}
	expiration, conditions := policyOf(t, form)
	if expiration != "2013-05-24T01:30:00.000Z" {
		t.Errorf("expiration is %s", expiration)
	}
	wantConditions := []any{
		map[string]any{"bucket": "inbox"},
		[]any{"starts-with", "$key", "from <Ada>/"},
		[]any{"starts-with", "$Content-Type", "image/"},
		[]any{"content-length-range", 1.0, float64(10 << 20)},
		map[string]any{"success_action_status": "201"},
		map[string]any{"success_action_redirect": "https://example.com/?a=b&c"},
		map[string]any{"x-amz-meta-who": "Ada"},
		[]any{"starts-with", "$x-amz-meta-tag", ""},
		map[string]any{"x-amz-algorithm": "AWS4-HMAC-SHA256"},
		map[string]any{"x-amz-credential": exampleID + "/20130524/us-east-1/s3/aws4_request"},
		map[string]any{"x-amz-date": "20130524T000000Z"},
		map[string]any{"x-amz-security-token": exampleToken},
	}
	if d := cmp.Diff(wantConditions, conditions); d != "" {
		t.Error(d)
	}
	if s := fmt.Sprintf("%v %+v %#v %s %q", form, form, form, form, form); strings.Contains(s, field(form, "x-amz-signature")) || strings.Contains(s, exampleToken) {
		t.Errorf("a form prints its signature: %s", s)
	}
}

func TestKeysOfForms(t *testing.T) {
	p := newPresigner(t, nil)
	for _, tt := range []struct {
		key, prefix string
		wantField   string
		want        any
	}{
		{"cat.jpg", "", "cat.jpg", map[string]any{"key": "cat.jpg"}},
		{"", "cats/", "cats/${filename}", []any{"starts-with", "$key", "cats/"}},
		{"cats/${filename}", "", "cats/${filename}", []any{"starts-with", "$key", "cats/"}},
		{"cats/${filename}.jpg", "", "cats/${filename}.jpg", []any{"starts-with", "$key", "cats/"}},
		{"${filename}", "", "${filename}", []any{"starts-with", "$key", ""}},
		{"cats/a.jpg", "cats/", "cats/a.jpg", []any{"starts-with", "$key", "cats/"}},
		{"cats/${filename}", "c", "cats/${filename}", []any{"starts-with", "$key", "c"}},
	} {
		form, err := p.Post(signet.PostPolicy{Bucket: "inbox", Key: tt.key, KeyPrefix: tt.prefix, Expires: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		_, conditions := policyOf(t, form)
		if d := cmp.Diff(tt.want, conditions[1]); d != "" || field(form, "key") != tt.wantField {
			t.Errorf("%q, %q: field is %q, condition %s", tt.key, tt.prefix, field(form, "key"), d)
		}
	}
}

func TestSizesOfForms(t *testing.T) {
	p := newPresigner(t, nil)
	for _, tt := range []struct {
		least, most int64
		want        []any
	}{
		{0, 0, nil},
		{0, 5, []any{"content-length-range", 0.0, 5.0}},
		{5, 5, []any{"content-length-range", 5.0, 5.0}},
		{5, 0, []any{"content-length-range", 5.0, float64(math.MaxInt64)}},
	} {
		form, err := p.Post(signet.PostPolicy{Bucket: "inbox", Key: "a", Expires: time.Hour, MinSize: tt.least, MaxSize: tt.most})
		if err != nil {
			t.Fatal(err)
		}
		var got []any
		_, conditions := policyOf(t, form)
		for _, c := range conditions {
			if c, ok := c.([]any); ok && c[0] == "content-length-range" {
				got = c
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%d to %d: %s", tt.least, tt.most, d)
		}
	}
}

func TestPoliciesThatCouldNeverWork(t *testing.T) {
	p := newPresigner(t, nil)
	for _, tt := range []struct {
		name   string
		change func(*signet.PostPolicy)
		want   error
	}{
		{"no bucket", func(p *signet.PostPolicy) { p.Bucket = "" }, signet.ErrBucket},
		{"no key", func(p *signet.PostPolicy) { p.Key = "" }, signet.ErrKey},
		{"long key", func(p *signet.PostPolicy) { p.Key = strings.Repeat("a", 1025) }, signet.ErrKey},
		{"key that is not UTF-8", func(p *signet.PostPolicy) { p.Key = "\xff" }, signet.ErrKey},
		{"key outside the prefix", func(p *signet.PostPolicy) { p.KeyPrefix = "b/" }, signet.ErrKey},
		{"variable in the prefix", func(p *signet.PostPolicy) { p.Key, p.KeyPrefix = "", "${filename}" }, signet.ErrKey},
		{"no expiry", func(p *signet.PostPolicy) { p.Expires = 0 }, signet.ErrExpires},
		{"more than a week", func(p *signet.PostPolicy) { p.Expires = 8 * 24 * time.Hour }, signet.ErrExpires},
		{"before 1970", func(p *signet.PostPolicy) { p.Time = time.Unix(-1, 0) }, signet.ErrTime},
		{"negative size", func(p *signet.PostPolicy) { p.MinSize = -1 }, signet.ErrPolicy},
		{"sizes the wrong way round", func(p *signet.PostPolicy) { p.MinSize, p.MaxSize = 2, 1 }, signet.ErrPolicy},
		{"two content types", func(p *signet.PostPolicy) { p.ContentType, p.ContentTypePrefix = "a/b", "a/" }, signet.ErrPolicy},
		{"status 202", func(p *signet.PostPolicy) { p.SuccessStatus = 202 }, signet.ErrPolicy},
		{"field without a name", func(p *signet.PostPolicy) { p.Fields = []signet.Field{{}} }, signet.ErrPolicy},
		{"field that is there already", func(p *signet.PostPolicy) { p.Fields = []signet.Field{{Name: "Key"}} }, signet.ErrPolicy},
		{"field twice", func(p *signet.PostPolicy) {
			p.Fields, p.StartsWith = []signet.Field{{Name: "acl"}}, []signet.Field{{Name: "ACL"}}
		}, signet.ErrPolicy},
		{"content type twice", func(p *signet.PostPolicy) {
			p.ContentType, p.StartsWith = "a/b", []signet.Field{{Name: "Content-Type"}}
		}, signet.ErrPolicy},
		{"value that is not UTF-8", func(p *signet.PostPolicy) { p.Fields = []signet.Field{{Name: "acl", Value: "\xff"}} }, signet.ErrPolicy},
	} {
		policy := signet.PostPolicy{Bucket: "inbox", Key: "a", Expires: time.Hour}
		tt.change(&policy)
		if _, err := p.Post(policy); !errors.Is(err, tt.want) {
			t.Errorf("%s: error is %v, want %v", tt.name, err, tt.want)
		}
	}
}
