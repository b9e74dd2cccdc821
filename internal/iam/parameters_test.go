package iam

import (
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth"
)

// parseParameters reads a form.
func parseParameters(text string) (parameters, error) {
	form, err := parseForm([]byte(text))
	if err != nil {
		return nil, err
	}
	return newParameters(form)
}

func TestParametersOfListsAndStructures(t *testing.T) {
	p, err := parseParameters("A.member.10=ten&A.member.2=two&A.member.1=&B.member.1.Key=k&B.member.1.Value=v+w&B.member.3.Key=%2B&&Empty=&C.member.1.x=1&C.member.2=2")
	if err != nil {
		t.Fatal(err)
	}
	if list, err := p.list("A", 3); err != nil || !cmp.Equal(list, []string{"", "two", "ten"}) {
		t.Errorf("%q, %v", list, err)
	}
	want := []parameters{{"Key": "k", "Value": "v w"}, {"Key": "+"}}
	if all, err := p.structures("B", 2); err != nil || !cmp.Equal(all, want) {
		t.Errorf("%q, %v", all, err)
	}
	for _, empty := range []string{"Empty", "Absent"} {
		if list, err := p.list(empty, 1); err != nil || list != nil {
			t.Errorf("%s: %q, %v", empty, list, err)
		}
		if all, err := p.structures(empty, 1); err != nil || all != nil {
			t.Errorf("%s: %q, %v", empty, all, err)
		}
	}
	if p.has("Absent") || !p.has("Empty") {
		t.Error("has")
	}
	if _, err := p.list("A", 2); !errors.Is(err, errValidation) {
		t.Errorf("too many: %v", err)
	}
	if _, err := p.list("B", 9); !errors.Is(err, errValidation) {
		t.Errorf("structures as a list: %v", err)
	}
	if _, err := p.structures("A", 9); !errors.Is(err, errValidation) {
		t.Errorf("a list as structures: %v", err)
	}
	if _, err := p.structures("C", 9); !errors.Is(err, errValidation) {
		t.Errorf("both: %v", err)
	}
	for _, bad := range []string{"A=x", "A.member.0=x", "A.member.01=x", "A.member.-1=x", "A.member.=x", "A.member.x=x", "A.member.1.=x", "A.member.99999999999999999999=x", "A.member.+1=x"} {
		p, err := parseParameters(bad)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := p.list("A", 9); !errors.Is(err, errValidation) {
			t.Errorf("%s: %q, %v", bad, list, err)
		}
	}
}

func TestUnknownLimitsAreRefusedInForms(t *testing.T) {
	for _, text := range []string{"Action=GetUser&X-Signet-Uses=1", "x%2Dsignet-max-size"} {
		if _, err := parseParameters(text); !errors.Is(err, auth.ErrUnknownLimit) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestParametersOfOneValue(t *testing.T) {
	p := parameters{"Zero": "0", "Five": "5", "Text": "x", "Yes": "TRUE", "No": "false", "Large": "99999999999999999999", "Empty": ""}
	for name, want := range map[string]int{"Five": 5, "Empty": 7, "Absent": 7} {
		if n, err := p.number(name, 1, 9, 7); n != want || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	for _, name := range []string{"Zero", "Text", "Large"} {
		if n, err := p.number(name, 1, 9, 7); !errors.Is(err, errValidation) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if _, err := p.number("Five", 1, 4, 1); !errors.Is(err, errValidation) {
		t.Error("5 is above 4")
	}
	for name, want := range map[string]bool{"Yes": true, "No": false, "Empty": false, "Absent": false} {
		if b, err := p.boolean(name); b != want || err != nil {
			t.Errorf("%s: %t, %v", name, b, err)
		}
	}
	if _, err := p.boolean("Five"); !errors.Is(err, errValidation) {
		t.Error("5 is a boolean")
	}
	if v, err := p.choice("Text", "x", "y"); v != "x" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if _, err := p.choice("Text", "X"); !errors.Is(err, errValidation) {
		t.Error("x is not X")
	}
	if long := quoted(strings.Repeat("é", 1000)); len(long) > 150 || !strings.HasPrefix(long, "'é") {
		t.Errorf("%q", long)
	}
}

func TestPolicyDocumentsAreEscapedAsInURLs(t *testing.T) {
	const document = "{\"a b\": \"é+%*~/\"}\n"
	got := escaped(document)
	if back, err := url.PathUnescape(got); err != nil || back != document || strings.ContainsAny(got, "+ {\"/") {
		t.Errorf("%s, %v", got, err)
	}
}

func FuzzParseParameters(f *testing.F) {
	for _, seed := range []string{"", "Action=GetUser&Version=2010-05-08", "A.member.1.Key=k&A.member.1.Value=v", "A.member.2=x&A.member.1=y", "a=%zz", "a&a", "%41=1&A=2", "&=&"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseParameters(text)
		if err != nil {
			if p != nil {
				t.Error("parameters with an error")
			}
			return
		}
		// Go's own parser, which takes a semicolon for an error, reads the same.
		if values, err := url.ParseQuery(text); err == nil {
			want := make(parameters)
			for name, v := range values {
				if len(v) != 1 {
					t.Fatalf("%q came %d times", name, len(v))
				}
				want[name] = v[0]
			}
			if !maps.Equal(p, want) {
				t.Errorf("%q, not %q", p, want)
			}
		}
		list, err := p.list("A", 10)
		if err == nil && len(list) > 10 {
			t.Errorf("a list of %d", len(list))
		}
		all, err := p.structures("A", 10)
		if err == nil && len(all) > 10 {
			t.Errorf("%d structures", len(all))
		}
		if len(list) > 0 && len(all) > 0 {
			t.Error("a list of values and structures")
		}
	})
}
