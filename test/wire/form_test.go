package wire

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func violates(message string) want {
	return want{status: 403, code: "AccessDenied", message: "Invalid according to Policy: " + message}
}

var invalidPolicy = want{status: 400, code: "InvalidPolicyDocument"}

const anyKey = `["starts-with", "$key", ""]`

func TestForms(t *testing.T) {
	var rows []row
	for _, s := range []scheme{v4Header, v2Header} {
		name := map[scheme]string{v4Header: "V4: ", v2Header: "V2: "}[s]
		post := func(what string, w want, f form, after map[string]string) row {
			f.scheme = s
			if f.file == "" {
				f.file = "new"
			}
			return row{name: name + what, method: "POST", target: "/{bucket}", form: &f, want: w, after: after}
		}
		key := func(k string, more ...header) []header { return append([]header{{"key", k}}, more...) }
		created := want{status: 204, body: text(""), headers: map[string]string{"ETag": "*", "Location": "*"}}

		virtual := post("the bucket's own host", created, form{fields: key("n"), conditions: `{"key": "n"}`}, map[string]string{"k": "hello", "n": "new"})
		virtual.target, virtual.host = "/", "{vhost}"
		slash := post("with a slash behind the bucket", created, form{fields: key("k"), conditions: `{"key": "k"}`}, newStored)
		slash.target = "/{bucket}/"
		rows = append(rows, virtual, slash,
			post("upload", created, form{fields: key("k"), conditions: `{"key": "k"}`}, newStored),
			post("any key", created, form{fields: key("a/b c+d%"), conditions: anyKey}, map[string]string{"k": "hello", "a/b c+d%": "new"}),
			post("a key that begins right", created, form{fields: key("in/x"), conditions: `["starts-with", "$key", "in/"]`}, map[string]string{"k": "hello", "in/x": "new"}),
			post("the file's name", created, form{fields: key("in/${filename}"), conditions: anyKey, filename: "my file.txt"}, map[string]string{"k": "hello", "in/my file.txt": "new"}),
			post("the file's name, as the policy demands it", created, form{fields: key("in/${filename}", header{"x-amz-meta-of", "${filename}"}),
				conditions: `{"key": "in/a.txt"}, ["eq", "$x-amz-meta-of", "a.txt"]`, filename: "up/a.txt"}, map[string]string{"k": "hello", "in/a.txt": "new"}),
			post("a file that is called as the variable", created, form{fields: key("in/${filename}"), conditions: anyKey, filename: "${filename}"}, map[string]string{"k": "hello", "in/${filename}": "new"}),
			post("field names in any case", created, form{fields: []header{{"KEY", "k"}, {"Content-TYPE", "text/plain"}},
				conditions: anyKey + `, ["starts-with", "$Content-Type", ""]`}, newStored),
			post("fields to be ignored", created, form{fields: key("k", header{"x-ignore-this", "x"}), conditions: anyKey}, newStored),
			post("a key with dots", created, form{fields: key("a/../../b"), conditions: anyKey}, map[string]string{"k": "hello", "a/../../b": "new"}),

			post("status 200", want{status: 200, body: text("")}, form{fields: key("k", header{"success_action_status", "200"}),
				conditions: anyKey + `, {"success_action_status": "200"}`}, newStored),
			post("status 201", want{status: 201, headers: map[string]string{"Content-Type": "application/xml", "Location": "*"}},
				form{fields: key("k", header{"success_action_status", "201"}), conditions: anyKey + `, {"success_action_status": "201"}`}, newStored),
			post("a status that is none of these", want{status: 204}, form{fields: key("k", header{"success_action_status", "500"}),
				conditions: anyKey + `, ["starts-with", "$success_action_status", ""]`}, newStored),
			post("a redirect", want{status: 303, headers: map[string]string{"Location": "*"}},
				form{fields: key("k", header{"success_action_redirect", "http://example.com/done?x=1"}), conditions: anyKey + `, ["starts-with", "$success_action_redirect", "http://example.com/"]`}, newStored),
			post("a size that fits", created, form{fields: key("k"), conditions: anyKey + `, ["content-length-range", 3, 3]`}, newStored),
			post("metadata", created, form{fields: key("k", header{"x-amz-meta-who", "me"}), conditions: anyKey + `, {"x-amz-meta-who": "me"}`}, newStored),

			post("expired", violates("Policy expired."), form{fields: key("k"), conditions: anyKey, lifetime: -time.Minute}, nil),
			post("another key", violates("..."), form{fields: key("other"), conditions: `{"key": "k"}`}, nil),
			post("a key that begins wrong", violates("..."), form{fields: key("out/x"), conditions: `["starts-with", "$key", "in/"]`}, nil),
			post("dots out of the prefix stay in the key", created, form{fields: key("in/../k"), conditions: `["starts-with", "$key", "in/"]`}, map[string]string{"k": "hello", "in/../k": "new"}),
			post("a field that no condition covers", violates("Extra input fields: ..."), form{fields: key("k", header{"x-amz-meta-who", "me"}), conditions: anyKey}, nil),
			post("a content type that no condition covers", violates("Extra input fields: ..."), form{fields: key("k", header{"Content-Type", "text/html"}), conditions: anyKey}, nil),
			post("an acl that no condition covers", violates("Extra input fields: ..."), form{fields: key("k", header{"acl", "public-read"}), conditions: anyKey}, nil),
			post("a redirect that no condition covers", violates("Extra input fields: ..."), form{fields: key("k", header{"success_action_redirect", "http://evil/"}), conditions: anyKey}, nil),
			post("a content type that begins wrong", violates("..."), form{fields: key("k", header{"Content-Type", "text/html"}), conditions: anyKey + `, ["starts-with", "$Content-Type", "image/"]`}, nil),
			post("a condition on a field that is not there", violates("..."), form{fields: key("k"), conditions: anyKey + `, {"x-amz-meta-who": "me"}`}, nil),
			post("too large", want{status: 400, code: "EntityTooLarge", elements: map[string]string{"MaxSizeAllowed": "2"}},
				form{fields: key("k"), conditions: anyKey + `, ["content-length-range", 0, 2]`}, nil),
			post("much too large", want{status: 400, code: "EntityTooLarge"},
				form{fields: key("k"), conditions: anyKey + `, ["content-length-range", 0, 2]`, file: strings.Repeat("x", 300<<10)}, nil),
			post("too small", want{status: 400, code: "EntityTooSmall", elements: map[string]string{"MinSizeAllowed": "4"}},
				form{fields: key("k"), conditions: anyKey + `, ["content-length-range", 4, 10]`}, nil),

			post("a bucket field does not override the address", created, form{fields: key("k", header{"bucket", "other-{bucket}"}), conditions: anyKey}, newStored),
			post("a policy for another bucket", violates("..."), form{fields: key("k"), bare: true,
				conditions: `{"bucket": "other-{bucket}"}, ` + anyKey + `, ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""]`}, nil),
			post("a policy for another bucket and its field", want{status: 403, code: "AccessDenied"}, form{fields: key("k", header{"bucket", "other-{bucket}"}), bare: true,
				conditions: `{"bucket": "other-{bucket}"}, ` + anyKey + `, ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""]`}, nil),

			post("another secret", badSignature, form{fields: key("k"), conditions: anyKey, secret: "wrong"}, nil),
			post("an unknown key", unknownKey, form{fields: key("k"), conditions: anyKey, id: "AKIANOBODY"}, nil),
			post("a policy that is no JSON", invalidPolicy, form{fields: key("k"), policy: "hello"}, nil),
			post("a policy that is a list", invalidPolicy, form{fields: key("k"), policy: "[]"}, nil),
			post("a policy without expiration", invalidPolicy, form{fields: key("k"), policy: `{"conditions": []}`}, nil),
			post("a policy without conditions", invalidPolicy, form{fields: key("k"), policy: `{"expiration": "{expiration}"}`}, nil),
			post("an expiration that is none", invalidPolicy, form{fields: key("k"), policy: `{"expiration": "never", "conditions": []}`}, nil),
			post("two expirations", invalidPolicy, form{fields: key("k"), policy: `{"expiration": "2000-01-01T00:00:00Z", "expiration": "{expiration}", "conditions": []}`}, nil),
			post("EXPIRATION", invalidPolicy,
				form{fields: key("k"), policy: `{"EXPIRATION": "{expiration}", "conditions": [{"bucket": "{bucket}"}]}`}, nil),
			post("CONDITIONS", invalidPolicy,
				form{fields: key("k"), policy: `{"expiration": "{expiration}", "CONDITIONS": [{"bucket": "{bucket}"}]}`}, nil),
			post("conditions twice", invalidPolicy, form{fields: key("k"),
				policy: `{"expiration": "{expiration}", "conditions": [{"bucket": "x"}], "conditions": []}`}, nil),
			post("a condition's name twice", invalidPolicy,
				form{fields: key("k"), conditions: anyKey + `, {"acl": "private", "acl": "public-read"}`}, nil),
			post("operations in any case", created,
				form{fields: key("k"), conditions: `["StArTs-WiTh", "$KeY", ""], ["EQ", "$kEy", "k"]`}, newStored),
			post("a condition that nobody knows", invalidPolicy, form{fields: key("k"), conditions: anyKey + `, ["ends-with", "$key", "k"]`}, nil),
			post("a condition of two parts", invalidPolicy, form{fields: key("k"), conditions: anyKey + `, ["eq", "$key"]`}, nil),

			post("no key", want{status: 400, code: "InvalidArgument"}, form{conditions: anyKey}, nil),
			post("an empty key", want{status: 400}, form{fields: key(""), conditions: anyKey}, nil),
			post("a key that is too long", want{status: 400, code: "KeyTooLongError"}, form{fields: key(strings.Repeat("k", 1025)), conditions: anyKey}, nil),
			post("a line end in a content type", want{status: 400}, form{fields: key("k", header{"Content-Type", "a\r\nSet-Cookie: a=b"}), conditions: anyKey + `, ["starts-with", "$Content-Type", ""]`}, nil),
			post("a line end in metadata", want{status: 400}, form{fields: key("k", header{"x-amz-meta-a", "a\r\nSet-Cookie: a=b"}), conditions: anyKey + `, ["starts-with", "$x-amz-meta-a", ""]`}, nil),
			// S3 acts as if a redirect that it can't read were not there.
			post("a line end in the redirect", want{status: 204, headers: map[string]string{"Set-Cookie": ""}},
				form{fields: key("k", header{"success_action_redirect", "http://a/\r\nSet-Cookie: a=b"}), conditions: anyKey + `, ["starts-with", "$success_action_redirect", ""]`}, newStored),
			post("a file's name with a path", want{status: 204}, form{fields: key("in/${filename}"), conditions: anyKey, filename: "C:\\\\dir\\\\file.txt"}, map[string]string{"k": "hello", "in/file.txt": "new"}),
			post("another file than the policy demands", want{status: 403, code: "AccessDenied"}, form{fields: key("in/${filename}"), conditions: `{"key": "in/a.txt"}`, filename: "b.txt"}, nil),
			post("a variable that the policy demands", want{status: 403, code: "AccessDenied"}, form{fields: key("k", header{"x-amz-meta-of", "${filename}"}), conditions: anyKey + `, {"x-amz-meta-of": "${filename}"}`}, nil),
			post("a line end in metadata by the file's name", want{status: 400}, form{fields: key("k", header{"x-amz-meta-of", "${filename}\r\nSet-Cookie: a=b"}), conditions: anyKey + `, ["starts-with", "$x-amz-meta-of", ""]`}, nil),
			post("a file's name with dots", want{status: 204}, form{fields: key("in/${filename}"), conditions: anyKey, filename: "../../etc/passwd"}, map[string]string{"k": "hello", "in/passwd": "new"}),
			post("a feature that is not here", want{status: 501, code: "NotImplemented"}, form{fields: key("k", header{"x-amz-server-side-encryption", "AES256"}), conditions: anyKey + `, ["starts-with", "$x-amz-server-side-encryption", ""]`}, nil),
			post("tags that are none", want{status: 400, code: "MalformedXML"}, form{fields: key("k", header{"tagging", "<Tagging/>"}), conditions: anyKey + `, ["starts-with", "$tagging", ""]`}, nil),
			post("an acl that is so anyway", created, form{fields: key("k", header{"acl", "bucket-owner-full-control"}), conditions: anyKey + `, {"acl": "bucket-owner-full-control"}`}, newStored),
			post("an acl that would open it", want{status: 400, code: "AccessControlListNotSupported"}, form{fields: key("k", header{"acl", "public-read"}), conditions: anyKey + `, {"acl": "public-read"}`}, nil),
			post("two keys", want{status: refused}, form{fields: key("k", header{"key", "l"}), conditions: anyKey}, nil),
			post("a key behind the file", want{status: 400, code: "InvalidArgument"}, form{late: []header{{"key", "k"}}, conditions: anyKey}, nil),
			post("no file", want{status: 400, code: "InvalidArgument"}, form{fields: key("k"), conditions: anyKey, noFile: true}, nil),
			post("fields behind the file", want{status: 204}, form{fields: key("k"), conditions: anyKey, late: []header{{"key", "evil"}, {"acl", "public-read"}}}, newStored),
		)
		for field, condition := range map[string]string{
			"x-signet-uses":  `{"x-signet-uses": "1"}`,
			"X-Signet-Uses":  `{"X-Signet-Uses": "1"}`,
			"$x-signet-uses": `["eq", "$x-signet-uses", "1"]`,
			"$X-SIGNET-USES": `["starts-with", "$X-SIGNET-USES", ""]`,
			"x-signet-max":   `["eq", "x-signet-max", "1"]`,
		} {
			unknown := invalidPolicy
			unknown.message = "Invalid Policy: Invalid Condition: this version of Signet does not know '" + field + "'."
			r := post("a condition on "+field, unknown, form{fields: key("k"), conditions: anyKey + ", " + condition}, nil)
			r.ours = true
			rows = append(rows, r)
		}
		tampered := func(what string, w want, changes ...tamper) row {
			r := post(what, w, form{fields: key("k"), conditions: `{"key": "k"}`}, nil)
			r.tamper = changes
			return r
		}
		rows = append(rows,
			tampered("the policy changed", want{status: 403, code: "SignatureDoesNotMatch"}, flipInBody("eyJleHBpcmF0aW9u")),
			tampered("no end", want{status: 400}, cutBody(10)),
			tampered("truncated by the network", want{status: 400}, truncate(20)),
			tampered("truncated in the file", want{status: 400}, truncate(len("\r\n--"+boundary+"--\r\n")+1)),
			tampered("another boundary", want{status: 400}, setHeader("Content-Type", "multipart/form-data; boundary=other")),
			tampered("no boundary", want{status: 412, code: "PreconditionFailed"}, setHeader("Content-Type", "multipart/form-data")),
			tampered("no multipart form", want{status: 412, code: "PreconditionFailed"}, setHeader("Content-Type", "application/x-www-form-urlencoded")),
			tampered("a header's signature too", want{status: refused}, addHeader("Authorization", "AWS a:b")),
			tampered("a query's signature too", want{status: refused}, addQuery("AWSAccessKeyId=a&Signature=b&Expires=1")),
		)
	}
	many := row{name: "too many fields", method: "POST", target: "/{bucket}", form: &form{scheme: v4Header, fields: []header{{"key", "k"}}, conditions: anyKey, file: "new"}, want: want{status: 400}}
	for i := range 200 {
		many.form.fields = append(many.form.fields, header{fmt.Sprintf("x-ignore-%d", i), "x"})
	}
	large := row{name: "too large a field", method: "POST", target: "/{bucket}", want: want{status: 400, code: "MaxPostPreDataLengthExceeded"},
		form: &form{scheme: v4Header, fields: []header{{"key", "k"}, {"x-ignore-this", strings.Repeat("x", 70<<10)}}, conditions: anyKey, file: "new"}}
	rows = append(rows, many, large,
		row{name: "a form to an object", method: "POST", target: "/{bucket}/k", want: want{status: 405, code: "MethodNotAllowed"},
			form: &form{scheme: v4Header, fields: []header{{"key", "k"}}, conditions: anyKey, file: "new"}},
		row{name: "a form to no bucket", method: "POST", target: "/no-{bucket}", want: want{status: 404, code: "NoSuchBucket"},
			form: &form{scheme: v4Header, fields: []header{{"key", "k"}}, bare: true, file: "new", conditions: `["starts-with", "$bucket", ""], ` + anyKey +
				`, ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""]`}},
		row{name: "a form to the program's own place", ours: true, method: "POST", target: "/-", want: want{status: 404, plain: true},
			form: &form{scheme: v4Header, fields: []header{{"key", "k"}}, bare: true, file: "new", conditions: `{"bucket": "-"}, ` + anyKey +
				`, ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""], ["starts-with", "$x-amz-date", ""]`}},
	)
	run(t, rows)
}
