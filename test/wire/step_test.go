package wire

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// step is a request that is made before a row's, signed in its headers, and that
// succeeds. What it answers can be used in all text behind it: {NAME.version} is the
// version ID of the answer's headers, {NAME.etag} the ETag without quotes and
// {NAME.upload} the upload ID.
type step struct {
	name                 string
	method, target, body string
	headers              []header
}

// takeSteps takes steps in a bucket and returns what fills in what they answered.
func takeSteps(t *testing.T, bucket string, steps []step) *strings.Replacer {
	t.Helper()
	values := []string{"{bucket}", bucket, "{vhost}", bucket + ".localhost:" + port(), "{host}", target.host, "{port}", port()}
	fill := strings.NewReplacer(values...)
	for _, s := range steps {
		m := &message{method: s.method, target: fill.Replace(s.target), host: target.host, body: []byte(fill.Replace(s.body))}
		for _, h := range s.headers {
			value := strings.ReplaceAll(fill.Replace(h.value), "{md5}", checksumOf("MD5", string(m.body)))
			m.headers = append(m.headers, header{h.name, value})
		}
		a := mustSend(t, m)
		if a.status/100 != 2 {
			t.Fatalf("%s %s: %d\n%s", m.method, m.target, a.status, a.body)
		}
		var document struct{ UploadId, ETag string }
		xml.Unmarshal(a.body, &document) // where it is one
		etag := a.header.Get("ETag")
		if etag == "" {
			etag = document.ETag
		}
		if s.name != "" {
			values = append(values, "{"+s.name+".version}", a.header.Get("x-amz-version-id"),
				"{"+s.name+".etag}", strings.Trim(etag, `"`), "{"+s.name+".upload}", document.UploadId)
			fill = strings.NewReplacer(values...)
		}
	}
	return fill
}

func put(name, key, content string, headers ...header) step {
	return step{name: name, method: "PUT", target: "/{bucket}/" + key, body: content, headers: headers}
}

// remove deletes a key; with ?versionId= behind it, one of its versions.
func remove(name, key string) step {
	return step{name: name, method: "DELETE", target: "/{bucket}/" + key}
}

func versioning(state string) step {
	return configure("versioning", "<VersioningConfiguration><Status>"+state+"</Status></VersioningConfiguration>")
}

func createUpload(name, key string, headers ...header) step {
	return step{name: name, method: "POST", target: "/{bucket}/" + key + "?uploads", headers: headers}
}

// partTarget addresses a part of the upload that the step began.
func partTarget(key, upload string, number int) string {
	return fmt.Sprintf("/{bucket}/%s?partNumber=%d&uploadId={%s.upload}", key, number, upload)
}

func putPart(name, key, upload string, number int, content string) step {
	return step{name: name, method: "PUT", target: partTarget(key, upload, number), body: content}
}

// uploadTarget addresses the upload that the step began.
func uploadTarget(key, upload string) string {
	return "/{bucket}/" + key + "?uploadId={" + upload + ".upload}"
}

func complete(name, key, upload string, parts ...string) step {
	return step{name: name, method: "POST", target: uploadTarget(key, upload), body: partsOf(parts...)}
}

func abort(key, upload string) step {
	return step{method: "DELETE", target: uploadTarget(key, upload)}
}

// partsOf is the document that completes an upload of parts, each "NUMBER ETAG".
func partsOf(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		number, etag, _ := strings.Cut(p, " ")
		b.WriteString("<Part><PartNumber>" + number + "</PartNumber><ETag>" + etag + "</ETag></Part>")
	}
	return "<CompleteMultipartUpload>" + b.String() + "</CompleteMultipartUpload>"
}

// configure gives the bucket a configuration.
func configure(subresource, document string) step {
	return step{method: "PUT", target: "/{bucket}?" + subresource, body: document, headers: []header{{"Content-MD5", "{md5}"}}}
}

// tagsOf is the document of tags, each a key and a value.
func tagsOf(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("<Tag><Key>" + pairs[i] + "</Key><Value>" + pairs[i+1] + "</Value></Tag>")
	}
	return "<Tagging><TagSet>" + b.String() + "</TagSet></Tagging>"
}

// corsOf is the document of rules.
func corsOf(rules ...string) string {
	return "<CORSConfiguration><CORSRule>" + strings.Join(rules, "</CORSRule><CORSRule>") + "</CORSRule></CORSConfiguration>"
}
