package s3

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
)

func versioning(elements string) string {
	return "<VersioningConfiguration>" + elements + "</VersioningConfiguration>"
}

func TestVersioningConfigurations(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	in := to("PUT", "bucket", "", "versioning")
	expectRefusals(t, h, []refused{
		{"no document", in, "", missingBody},
		{"no XML", in, "Enabled", malformedXML},
		{"another document", in, "<Versioning/>", malformedXML},
		{"no status", in, versioning(""), refusal{Status: 400, Code: "IllegalVersioningConfigurationException", Message: "The Versioning element must be specified"}},
		{"a status in small letters", in, versioning("<Status>enabled</Status>"), malformedXML},
		{"a status that is none", in, versioning("<Status>Disabled</Status>"), malformedXML},
		{"MFA delete", in, versioning("<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"), refusal{Status: 501, Code: "NotImplemented", Message: "A header or parameter you provided implies functionality that is not implemented: MfaDelete"}},
		{"MFA delete that is none", in, versioning("<Status>Enabled</Status><MfaDelete>x</MfaDelete>"), malformedXML},
		{"an MFA code", saying(in, "X-Amz-Mfa", "serial 123456"), versioning("<Status>Enabled</Status>"), refusal{Status: 501, Code: "NotImplemented", Message: "A header or parameter you provided implies functionality that is not implemented: x-amz-mfa"}},
		{"an entity", in, `<!DOCTYPE v [<!ENTITY a "Enabled">]>` + versioning("<Status>&a;</Status>"), malformedXML},
		{"more than 4 MiB", in, versioning(strings.Repeat(" ", maxXMLBody)), refusal{Status: 400, Code: "MaxMessageLengthExceeded", Message: "Your request was too big."}},
		{"no bucket", to("PUT", "missing", "", "versioning"), versioning("<Status>Enabled</Status>"), refusal{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist"}},
	})
	get := to("GET", "bucket", "", "versioning")
	if got := text(t, send(t, h, get, "")); got != xmlHeader+`<VersioningConfiguration xmlns="`+namespace+`"></VersioningConfiguration>` {
		t.Errorf("never configured: %s", got)
	}
	for _, c := range [][2]string{
		{versioning("<Status>Enabled</Status>"), "Enabled"},
		{`<VersioningConfiguration xmlns="urn:x"><What/><Status>Suspended</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>`, "Suspended"},
		{`<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`, "Enabled"},
	} {
		if res := send(t, h, in, c[0]); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", c[0], text(t, res))
		}
		if got := between(text(t, send(t, h, get, "")), "Status"); got != c[1] {
			t.Errorf("%s: %s", c[0], got)
		}
	}
}

func TestVersionIDsThatAreNoneAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "v"})
	if res := send(t, h, to("PUT", "bucket", "", "versioning"), versioning("<Status>Enabled</Status>")); res.StatusCode != http.StatusOK {
		t.Fatal(text(t, res))
	}
	res := send(t, h, saying(to("PUT", "bucket", "k", ""), "Content-Length", "1"), "w")
	real := field(res, "x-amz-version-id")
	changed := "0" + real[1:]
	if changed == real {
		changed = "1" + real[1:]
	}
	ops := []signet.Request{
		to("GET", "bucket", "k", ""), to("DELETE", "bucket", "k", ""), to("GET", "bucket", "k", "tagging"),
		saying(to("GET", "bucket", "k", "attributes"), "X-Amz-Object-Attributes", "ETag"),
	}
	for _, in := range ops {
		for _, id := range []string{"x", changed, real + "0", strings.ToUpper(real), "NULL", "../k", strings.Repeat("v", 5000), "\u00e9"} {
			asked := in
			asked.Query = map[string][]string{"versionId": {id}}
			for name, value := range in.Query {
				asked.Query[name] = value
			}
			expectRefusals(t, h, []refused{{in.Method + " " + id, asked, "", invalidVersion(id)}})
		}
		asked := in
		asked.Query = map[string][]string{"versionId": {""}}
		for name, value := range in.Query {
			asked.Query[name] = value
		}
		expectRefusals(t, h, []refused{{in.Method + " of none", asked, "", badArgument("Version id cannot be the empty string", "versionId", "")}})
	}
	// One of another key is one, but not of this.
	put := saying(to("PUT", "bucket", "other", ""), "Content-Length", "1")
	other := field(send(t, h, put, "w"), "x-amz-version-id")
	expectRefusals(t, h, []refused{{"of another key", to("GET", "bucket", "k", "versionId="+other), "", refusal{Status: 404, Code: "NoSuchVersion", Message: "The specified version does not exist."}}})
}

func TestDeleteMarkersHideAndAreNamed(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	if res := send(t, h, to("PUT", "bucket", "", "versioning"), versioning("<Status>Enabled</Status>")); res.StatusCode != http.StatusOK {
		t.Fatal(text(t, res))
	}
	first := field(send(t, h, saying(to("PUT", "bucket", "k", ""), "Content-Length", "1"), "1"), "x-amz-version-id")
	gone := send(t, h, to("DELETE", "bucket", "k", ""), "")
	marker := field(gone, "x-amz-version-id")
	if field(gone, "x-amz-delete-marker") != "true" || marker == "" || marker == first {
		t.Fatalf("%v", gone.Header)
	}
	for _, c := range []struct {
		method, query string
		status        int
		code          string
		headers       map[string]string
	}{
		{"GET", "", 404, "NoSuchKey", map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": marker}},
		{"HEAD", "", 404, "", map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": marker}},
		{"GET", "versionId=" + marker, 405, "MethodNotAllowed", map[string]string{"x-amz-delete-marker": "true", "Allow": "DELETE", "x-amz-version-id": marker}},
		{"HEAD", "versionId=" + marker, 405, "", map[string]string{"x-amz-delete-marker": "true", "Allow": "DELETE"}},
		{"GET", "versionId=" + first, 200, "", map[string]string{"x-amz-delete-marker": "", "x-amz-version-id": first}},
		{"GET", "tagging&versionId=" + marker, 405, "MethodNotAllowed", nil},
	} {
		res := send(t, h, to(c.method, "bucket", "k", c.query), "")
		if got := text(t, res); res.StatusCode != c.status || between(got, "Code") != c.code {
			t.Errorf("%s ?%s: %d %s", c.method, c.query, res.StatusCode, got)
		}
		for name, want := range c.headers {
			if got := field(res, name); got != want {
				t.Errorf("%s ?%s: %s is %q, want %q", c.method, c.query, name, got, want)
			}
		}
	}
	expectRefusals(t, h, []refused{{"a copy of a marker", saying(to("PUT", "bucket", "copy", ""), "X-Amz-Copy-Source", "bucket/k?versionId="+marker), "",
		badRequest("The source of a copy request may not specifically refer to a delete marker by version id.")}})
	list := text(t, send(t, h, to("GET", "bucket", "", "versions"), ""))
	want := [2]string{marker, first}
	if diff := cmp.Diff(want, [2]string{between(between(list, "DeleteMarker"), "VersionId"), between(between(list, "Version"), "VersionId")}); diff != "" {
		t.Errorf("%s %s", list, diff)
	}
	back := send(t, h, to("DELETE", "bucket", "k", "versionId="+marker), "")
	if field(back, "x-amz-delete-marker") != "true" || field(back, "x-amz-version-id") != marker {
		t.Errorf("%v", back.Header)
	}
	if got := text(t, send(t, h, to("GET", "bucket", "k", ""), "")); got != "1" {
		t.Errorf("without its marker: %q", got)
	}
}

func FuzzVersioningConfiguration(f *testing.F) {
	for _, seed := range []string{"<Status>Enabled</Status>", "<Status>Suspended</Status><MfaDelete>Disabled</MfaDelete>", "<MfaDelete>Enabled</MfaDelete>", "<Status/>"} {
		f.Add([]byte("<VersioningConfiguration>" + seed + "</VersioningConfiguration>"))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		state, err := parseVersioning(document)
		switch {
		case err == nil:
			if state == 0 {
				t.Errorf("%q ends versioning", document)
			}
		case !errors.Is(err, errMalformedXML) && !errors.Is(err, errInvalidVersioning) && !errors.Is(err, errNotImplemented):
			t.Fatal(err)
		}
	})
}
