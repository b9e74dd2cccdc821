package wire

import (
	"strings"
	"testing"
)

// A write that demands what is not so leaves everything as it was. The conditions
// are not about who may write, so nobody has to sign them.
func TestWriteConditions(t *testing.T) {
	const quoted = `"` + md5Hello + `"`
	versions := []step{versioning("Enabled"), remove("marker", "gone"), put("two", "k", "second")}
	var rows []row
	for _, kind := range []struct {
		name     string
		sign     sign
		unsigned bool
	}{
		{"signed", sign{scheme: v4Header}, false}, {"presigned", sign{scheme: v4Query}, false}, {"under the older scheme", sign{scheme: v2Query}, false},
		{"signed without them", sign{scheme: v4Header}, true}, {"presigned without them", sign{scheme: v4Query}, true}, {"under the older scheme without them", sign{scheme: v2Header}, true},
	} {
		write := func(name, method, target, body string, w want, after map[string]string, headers ...header) *row {
			r := row{name: method + " " + name + ", " + kind.name, method: method, target: target, body: body, sign: kind.sign, want: w, after: after}
			if kind.unsigned {
				for _, h := range headers {
					r.tamper = append(r.tamper, addHeader(h.name, h.value))
				}
			} else {
				r.headers = headers
			}
			rows = append(rows, r)
			return &rows[len(rows)-1]
		}
		put := func(name string, w want, after map[string]string, headers ...header) *row {
			return write(name, "PUT", "/{bucket}/k", "new", w, after, headers...)
		}
		gone := want{status: 204, body: text("")}
		put("unless there is one, which there is", failedOn("If-None-Match"), nil, header{"If-None-Match", "*"})
		put("unless there is one", stored, map[string]string{"k": "hello", "n": "new"}, header{"If-None-Match", "*"}).target = "/{bucket}/n"
		put("if it is this one", stored, newStored, header{"If-Match", quoted})
		put("if it is this one without quotes", stored, newStored, header{"If-Match", md5Hello})
		put("if there is one", stored, newStored, header{"If-Match", "*"})
		put("if it is another one", failedOn("If-Match"), nil, header{"If-Match", `"` + md5New + `"`})
		put("if it is what is to be written", failedOn("If-Match"), nil, header{"If-Match", md5New})
		put("if it is none", failedOn("If-Match"), nil, header{"If-Match", `""`})
		missing := put("if it is that one, which is not there", noKey, nil, header{"If-Match", quoted})
		missing.target, missing.want.elements = "/{bucket}/n", map[string]string{"Key": "n"}
		put("if there is one, which there is not", noKey, nil, header{"If-Match", "*"}).target = "/{bucket}/n"
		put("unless it is this one", want{status: 501, code: "NotImplemented"}, nil, header{"If-None-Match", quoted})
		put("since when a write does not look at", stored, newStored, header{"If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"})

		put("over a delete marker", stored, map[string]string{"k": "second", "gone": "new"}, header{"If-None-Match", "*"}).target = "/{bucket}/gone"
		rows[len(rows)-1].before, rows[len(rows)-1].after = versions, nil
		rows[len(rows)-1].store = []string{"versioning Enabled", `object gone * "new"`, "marker gone {marker.version}", `object k {two.version} "second"`, `object k null "hello"`}
		put("if there is one behind a delete marker", noKey, nil, header{"If-Match", "*"}).target = "/{bucket}/gone"
		rows[len(rows)-1].before = versions
		put("if it is a version that is not the current one", failedOn("If-Match"), nil, header{"If-Match", quoted}).before = versions
		put("if it is the current version", stored, nil, header{"If-Match", md5Of("second")}).before = versions
		rows[len(rows)-1].store = []string{"versioning Enabled", "marker gone {marker.version}", `object k * "new"`, `object k {two.version} "second"`, `object k null "hello"`}

		write("if it is this one", "DELETE", "/{bucket}/k", "", gone, map[string]string{}, header{"If-Match", quoted})
		write("if there is one", "DELETE", "/{bucket}/k", "", gone, map[string]string{}, header{"If-Match", "*"})
		write("if it is another one", "DELETE", "/{bucket}/k", "", failedOn("If-Match"), nil, header{"If-Match", `"x"`})
		write("if there is one, which there is not", "DELETE", "/{bucket}/n", "", noKey, nil, header{"If-Match", "*"})
		write("if it is a version that is not the current one", "DELETE", "/{bucket}/k", "", failedOn("If-Match"), nil, header{"If-Match", quoted}).before = versions
	}
	rows = append(rows,
		row{name: "PUT cut off that would be refused", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Query}, headers: []header{{"If-None-Match", "*"}},
			tamper: []tamper{truncate(1)}, want: want{status: 412, code: "PreconditionFailed"}},
		row{name: "PUT by nobody", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"If-Match", "*"}}, want: denied},
		row{name: "PUT of a wrong signature", method: "PUT", target: "/{bucket}/n", body: "new", headers: []header{{"If-Match", "*"}}, sign: sign{scheme: v4Query, secret: "wrong"}, want: badSignature},
		row{name: "PUT of a signed condition left away", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"If-None-Match", "*"}}, sign: sign{scheme: v4Query},
			tamper: []tamper{dropHeader("If-None-Match")}, want: want{status: refused}},
		row{name: "PUT of a signed condition changed", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"If-Match", `"x"`}}, sign: sign{scheme: v4Query},
			tamper: []tamper{setHeader("If-Match", "*")}, want: badSignature},
		row{name: "PUT of a large object that is there", method: "PUT", target: "/{bucket}/k", body: strings.Repeat("x", 3<<20), headers: []header{{"If-None-Match", "*"}}, sign: sign{scheme: v4Query}, want: failedOn("If-None-Match")},
	)
	run(t, rows)
}
