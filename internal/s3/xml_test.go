package s3

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestDeleteDocumentsAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     []string
	}{
		"plain":            {`<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>`, []string{"a", "b/c"}},
		"namespace":        {`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key></Object></Delete>`, []string{"a"}},
		"other namespace":  {`<x:Delete xmlns:x="urn:x"><x:Object><x:Key>a</x:Key></x:Object></x:Delete>`, []string{"a"}},
		"escapes":          {`<Delete><Object><Key>a&amp;&lt;&#x41;&#66;</Key></Object></Delete>`, []string{"a&<AB"}},
		"controls":         {`<Delete><Object><Key>a&#x1;&#31;b&#x0A;</Key></Object></Delete>`, []string{"a\x01\x1fb\n"}},
		"mark":             {"<Delete><Object><Key>\uF8FF\uE001&#xF8FF;&#x1;</Key></Object></Delete>", []string{"\uF8FF\uE001\uF8FF\x01"}},
		"declared":         {`<?xml version="1.0" encoding="UTF-8"?><Delete><Object><Key>ü</Key></Object></Delete>`, []string{"ü"}},
		"comments":         {"\ufeff<!-- a --><Delete><!-- b --><Object><Key>a</Key></Object></Delete><!-- c -->\n<?d?>", []string{"a"}},
		"unknown elements": {`<Delete><What/><Object><Key>a</Key><Who>x</Who></Object></Delete>`, []string{"a"}},
	} {
		var got deleteRequest
		if err := decodeXML([]byte(c.document), &got); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var keys []string
		for _, o := range got.Objects {
			keys = append(keys, unhideControls(o.Key))
		}
		if fmt.Sprintf("%q", keys) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s: %q, want %q", name, keys, c.want)
		}
	}
}

func TestDocumentsThatAreNotOneAreMalformed(t *testing.T) {
	for _, document := range []string{
		"", "x", "<Delete>", "<Delete></Object>", "<Other/>", "<Delete/><Delete/>", "<Delete/>x", "x<Delete/>", "\ufeff\ufeff<Delete/>",
		`<!DOCTYPE d [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>`,
		"<Delete><Object><Key>&undefined;</Key></Object></Delete>",
		"<Delete><Object><Key>\x01</Key></Object></Delete>",
		"<Delete><Object><Key>&#x0;</Key></Object></Delete>",
		`<?xml version="1.0" encoding="ISO-8859-1"?><Delete/>`,
		strings.Repeat("<Delete>", 40) + strings.Repeat("</Delete>", 40),
	} {
		if err := decodeXML([]byte(document), new(deleteRequest)); !errors.Is(err, errMalformedXML) {
			t.Errorf("%q: %v", document, err)
		}
	}
}

func FuzzDecodeXML(f *testing.F) {
	f.Add([]byte(`<Delete><Object><Key>a&#x1;</Key></Object></Delete>`))
	f.Fuzz(func(t *testing.T, document []byte) {
		var d deleteRequest
		if decodeXML(document, &d) == nil {
			for _, o := range d.Objects {
				unhideControls(o.Key)
			}
		}
	})
}

func FuzzControlsSurviveTheDocument(f *testing.F) {
	f.Add("a\x01b\uF8FF\uE001")
	f.Fuzz(func(t *testing.T, key string) {
		if strings.ContainsAny(key, "\x00\r") || !utf8Valid(key) {
			return
		}
		var d deleteRequest
		document := append([]byte("<Delete><Object><Key>"), appendEscaped(nil, key)...)
		document = append(document, "</Key></Object></Delete>"...)
		if err := decodeXML(document, &d); err != nil {
			if strings.ContainsAny(key, "\uFFFE\uFFFF") {
				return
			}
			t.Fatalf("%q: %v", key, err)
		}
		if got := unhideControls(d.Objects[0].Key); got != key {
			t.Errorf("%q became %q", key, got)
		}
	})
}

func utf8Valid(s string) bool { return strings.ToValidUTF8(s, "") == s }

func FuzzURLEncodingIsUndone(f *testing.F) {
	f.Add("a b+c/d*é%")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := url.QueryUnescape(string(appendURL(nil, s)))
		if err != nil || got != s {
			t.Errorf("%q became %q, %v", s, got, err)
		}
	})
}

func TestTextIsEscaped(t *testing.T) {
	for text, want := range map[string]string{
		`a<b>&"c"`:    "a&lt;b&gt;&amp;&quot;c&quot;",
		"\x01\t\n":    "&#x1;&#x9;&#xa;",
		"é\U0001F600": "é\U0001F600",
		"bad\xff":     "bad\uFFFD",
	} {
		if got := appendEscaped(nil, text); !bytes.Equal(got, []byte(want)) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
