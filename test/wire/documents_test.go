package wire

import (
	"fmt"
	"strings"
	"testing"
)

// documentOperation is an operation that reads an XML document.
type documentOperation struct {
	name, method, target string
	before               []step
	// good is a document that is taken, did the answer to it, and taken what the
	// bucket holds after. empty is what is said of none.
	good, root string
	did, empty want
	taken      []string
	// rules are documents that break a rule of the operation's own.
	rules map[string]string
}

func documentOperations() []documentOperation {
	noBody := want{status: 400, code: "MissingRequestBodyError"}
	part := "<Part><PartNumber>1</PartNumber><ETag>" + md5Hello + "</ETag></Part>"
	return []documentOperation{
		{name: "CompleteMultipartUpload", did: want{status: 200}, taken: []string{`object k null "hello"`}, method: "POST", target: uploadTarget("k", "u"), before: uploading, good: partsOf("1 " + md5Hello), root: "CompleteMultipartUpload", empty: malformedXML,
			rules: map[string]string{
				"no number":            "<Part><ETag>" + md5Hello + "</ETag></Part>",
				"no ETag":              "<Part><PartNumber>1</PartNumber></Part>",
				"a number in letters":  "<Part><PartNumber>one</PartNumber><ETag>" + md5Hello + "</ETag></Part>",
				"a number in quarters": "<Part><PartNumber>1.0</PartNumber><ETag>" + md5Hello + "</ETag></Part>",
				"too large a number":   "<Part><PartNumber>99999999999999999999</PartNumber><ETag>" + md5Hello + "</ETag></Part>",
				"an empty part":        part + "<Part/>",
				"too many parts":       strings.Repeat(part, 10001),
			}},
		{name: "DeleteObjects", did: want{status: 200}, taken: []string{}, method: "POST", target: "/{bucket}?delete", good: "<Delete><Object><Key>k</Key></Object></Delete>", root: "Delete", empty: malformedXML,
			rules: map[string]string{
				"no key":         "<Object><Key>k</Key></Object><Object/>",
				"an empty key":   "<Object><Key>k</Key></Object><Object><Key></Key></Object>",
				"quiet, perhaps": "<Quiet>perhaps</Quiet><Object><Key>k</Key></Object>",
				"too many keys":  strings.Repeat("<Object><Key>k</Key></Object>", 1001),
			}},
		{name: "PutObjectTagging", did: want{status: 200}, taken: []string{`object k null "hello"`, "tags k null a=b"}, method: "PUT", target: "/{bucket}/k?tagging", good: tagsOf("a", "b"), root: "Tagging", empty: noBody, rules: tagRules()},
		{name: "PutBucketTagging", did: want{status: 204}, taken: []string{`object k null "hello"`, "bucket tagging *"}, method: "PUT", target: "/{bucket}?tagging", good: tagsOf("a", "b"), root: "Tagging", empty: noBody, rules: tagRules()},
		{name: "PutBucketVersioning", did: want{status: 200}, taken: []string{"versioning Enabled", `object k null "hello"`}, method: "PUT", target: "/{bucket}?versioning", good: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", root: "VersioningConfiguration", empty: noBody,
			rules: map[string]string{
				"a state that is none": "<Status>Disabled</Status>",
			}},
		{name: "PutBucketCors", did: want{status: 200}, taken: []string{`object k null "hello"`, "bucket cors *"}, method: "PUT", target: "/{bucket}?cors", good: corsOf("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"), root: "CORSConfiguration", empty: noBody,
			rules: map[string]string{
				"an age in letters": "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>long</MaxAgeSeconds></CORSRule>",
				"no method":         "<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>",
			}},
	}
}

func tagRules() map[string]string {
	return map[string]string{
		"no value":       "<TagSet><Tag><Key>a</Key></Tag></TagSet>",
		"no key":         "<TagSet><Tag><Value>a</Value></Tag></TagSet>",
		"an empty tag":   "<TagSet><Tag/></TagSet>",
		"tags in no set": "<Tag><Key>a</Key><Value>b</Value></Tag>",
	}
}

// No document that is not one changes anything.
func TestMalformedDocuments(t *testing.T) {
	var rows []row
	for _, op := range documentOperations() {
		send := func(name, document string, w want) *row {
			rows = append(rows, row{name: op.name + ": " + name, before: append([]step{versioning("Suspended")}, op.before...), method: op.method, target: op.target,
				body: document, headers: []header{{"Content-MD5", "{md5}"}}, sign: sign{scheme: v4Header}, want: w})
			return &rows[len(rows)-1]
		}
		opened, closed := "<"+op.root+">", "</"+op.root+">"
		inner := strings.TrimSuffix(strings.TrimPrefix(op.good, opened), closed)
		entities := func(definitions, use string) string {
			return "<!DOCTYPE x [" + definitions + "]>" + opened + inner + "<x>" + use + "</x>" + closed
		}
		var laughs strings.Builder
		laughs.WriteString(`<!ENTITY l0 "lol">`)
		for i := range 9 {
			fmt.Fprintf(&laughs, `<!ENTITY l%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&l%d;", i), 10))
		}
		send("no document", "", op.empty)
		for name, document := range map[string]string{
			"no XML":                        "hello",
			"JSON":                          `{"Status": "Enabled"}`,
			"a declaration alone":           `<?xml version="1.0" encoding="UTF-8"?>`,
			"a comment alone":               "<!-- nothing -->",
			"half a document":               op.good[:len(op.good)/2],
			"a document not closed":         op.good[:len(op.good)-1],
			"elements across each other":    opened + "<a><b></a></b>" + closed,
			"another root":                  "<Other>" + inner + "</Other>",
			"the root in another case":      "<" + strings.ToLower(op.root) + ">" + inner + "</" + strings.ToLower(op.root) + ">",
			"a document twice":              op.good + op.good,
			"text behind it":                op.good + "x",
			"text before it":                "x" + op.good,
			"an entity of its own":          entities(`<!ENTITY e "v">`, "&e;"),
			"a file":                        entities(`<!ENTITY e SYSTEM "file:///etc/passwd">`, "&e;"),
			"a URL":                         entities(`<!ENTITY e SYSTEM "http://{host}/">`, "&e;"),
			"a billion laughs":              entities(laughs.String(), "&l9;"),
			"a document type without more":  "<!DOCTYPE x>" + op.good,
			"an entity that nobody defined": opened + inner + "<x>&nothing;</x>" + closed,
			"an ampersand":                  opened + inner + "<x>a & b</x>" + closed,
			"a reference to nothing":        opened + inner + "<x>&#0;</x>" + closed,
			"a control character":           opened + inner + "<x>\x01</x>" + closed,
			"bytes that are no text":        opened + inner + "<x>\xff\xfe</x>" + closed,
			"another encoding":              `<?xml version="1.0" encoding="ISO-8859-1"?>` + op.good,
			"UTF-16":                        "\xfe\xff\x00<\x00x\x00/\x00>",
			"an attribute twice":            strings.Replace(op.good, ">", ` a="b" a=>`, 1),
			"deep":                          opened + inner + strings.Repeat("<x>", 5000) + strings.Repeat("</x>", 5000) + closed,
		} {
			send(name, document, malformedXML)
		}
		for name, elements := range op.rules {
			send(name, opened+elements+closed, malformedXML)
		}
		send("too long", opened+inner+strings.Repeat(" ", 4<<20)+closed, want{status: 400, code: "MaxMessageLengthExceeded", message: "Your request was too big.",
			elements: map[string]string{"MaxMessageLengthBytes": "*"}})
		send("cut off", op.good, want{status: 400}).tamper = []tamper{truncate(1)}
		send("a digest of something else", op.good, want{status: 400, code: "BadDigest"}).headers = []header{{"Content-MD5", checksumOf("MD5", "x")}}
		send("a digest that is none", op.good, want{status: 400, code: "InvalidDigest"}).headers = []header{{"Content-MD5", "x"}}
		send("changed after it was signed", op.good, want{status: 400}).tamper = []tamper{inBody(">", " >")}
		stream := send("a stream that is changed", "", badSignature)
		stream.headers, stream.sign, stream.chunks = nil, sign{scheme: v4Header, payload: streaming}, []string{op.good}
		stream.tamper = []tamper{inBody("<", "<!---->")}
		stream.want = want{status: refused}
	}
	run(t, rows)
}

// What documents may look like.
func TestDocumentsThatAreTaken(t *testing.T) {
	var rows []row
	for _, op := range documentOperations() {
		opened := "<" + op.root + ">"
		for name, document := range map[string]string{
			"plain":                   op.good,
			"with a declaration":      `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" + op.good,
			"with a byte order mark":  "\ufeff" + op.good,
			"with its namespace":      strings.Replace(op.good, opened, "<"+op.root+` xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1),
			"with another namespace":  strings.Replace(op.good, opened, "<"+op.root+` xmlns="urn:other">`, 1),
			"with spaces":             strings.ReplaceAll(op.good, "><", ">\n\t <") + "\n",
			"with comments":           "<!-- a -->" + strings.Replace(op.good, opened, opened+"<!-- b -->", 1) + "<!-- c -->",
			"with line ends of CR LF": strings.ReplaceAll(op.good, "><", ">\r\n<") + "\r\n",
		} {
			rows = append(rows, row{name: op.name + ": " + name, before: op.before, method: op.method, target: op.target, body: document,
				headers: []header{{"Content-MD5", "{md5}"}}, sign: sign{scheme: v4Header}, want: op.did, store: op.taken})
		}
	}
	run(t, rows)
}

func TestCreateBucketDocuments(t *testing.T) {
	create := "/new-{bucket}"
	location := func(region string) string {
		return "<CreateBucketConfiguration><LocationConstraint>" + region + "</LocationConstraint></CreateBucketConfiguration>"
	}
	var rows []row
	for name, document := range map[string]string{
		"no XML": "hello", "half": location("")[:40], "another root": tagsOf(), "an entity": `<!DOCTYPE x [<!ENTITY e "` + target.region + `">]>` + location("&e;"), "a document twice": location("") + location(""),
	} {
		rows = append(rows, row{name: name, method: "PUT", target: create, body: document, sign: sign{scheme: v4Header}, want: malformedXML})
	}
	rows = append(rows,
		row{name: "too long", method: "PUT", target: create, body: location(strings.Repeat(" ", 4<<20)), sign: sign{scheme: v4Header}, want: want{status: 400, code: "MaxMessageLengthExceeded"}},
		row{name: "another region", method: "PUT", target: create, body: location("sa-east-1"), sign: sign{scheme: v4Header}, want: want{status: 400, code: "IllegalLocationConstraintException",
			message: "The sa-east-1 location constraint is incompatible for the region specific endpoint this request was sent to."}},
		row{name: "a region that does not exist", method: "PUT", target: create, body: location("mars-north-1"), sign: sign{scheme: v4Header}, want: want{status: 400,
			code: "InvalidLocationConstraint", message: "The specified location-constraint is not valid", elements: map[string]string{"LocationConstraint": "mars-north-1"}}},
		row{name: "a refused one makes none", method: "HEAD", target: create, sign: sign{scheme: v4Header}, want: want{status: 404}},
	)
	run(t, rows)
}
