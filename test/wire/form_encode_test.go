package wire

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

// form is a POST upload.
type form struct {
	scheme scheme // v4Header stands for V4, v2Header for V2; anonymous for neither
	// fields come first, in their order, then those of the signature, then the file.
	fields []header
	// conditions are JSON, with commas between; those on the bucket and on the
	// signature's own fields are added unless bare.
	conditions string
	bare       bool
	// lifetime is that of the policy; an hour if 0. at is added to the time of signing.
	lifetime, at time.Duration
	// policy replaces the whole document; {expiration} is a good one.
	policy     string
	id, secret string

	file     string
	filename string   // "file.txt" if empty
	noFile   bool     // there is no field "file"
	late     []header // fields behind the file
}

const boundary = "----wire-boundary-7MA4YWxkTrZu0gW"

func (f *form) write(m *message, fill *strings.Replacer) {
	now := time.Now().Add(f.at).UTC()
	stamp := now.Format("20060102T150405Z")
	s := sign{id: target.id, secret: target.secret, region: target.region, service: "s3", date: now.Format("20060102")}
	if f.id != "" {
		s.id = f.id
	}
	if f.secret != "" {
		s.secret = f.secret
	}
	lifetime := f.lifetime
	if lifetime == 0 {
		lifetime = time.Hour
	}
	expiration := now.Add(lifetime).Format("2006-01-02T15:04:05.000Z")
	fields := append([]header(nil), f.fields...)
	conditions := f.conditions
	if !f.bare {
		conditions = `{"bucket": "{bucket}"}`
		if f.scheme == v4Header {
			conditions += `, {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, {"x-amz-credential": "` + s.id + "/" + s.scope() +
				`"}, {"x-amz-date": "` + stamp + `"}`
		}
		if f.conditions != "" {
			conditions += ", " + f.conditions
		}
	}
	policy := f.policy
	if policy == "" {
		policy = `{"expiration": "{expiration}", "conditions": [` + conditions + `]}`
	}
	policy = strings.ReplaceAll(fill.Replace(policy), "{expiration}", expiration)
	encoded := base64.StdEncoding.EncodeToString([]byte(policy))
	switch f.scheme {
	case v4Header:
		signature := hex.EncodeToString(hmacSHA256(s.key(), encoded))
		fields = append(fields, header{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"}, header{"X-Amz-Credential", s.id + "/" + s.scope()},
			header{"X-Amz-Date", stamp}, header{"Policy", encoded}, header{"X-Amz-Signature", signature})
	case v2Header:
		fields = append(fields, header{"AWSAccessKeyId", s.id}, header{"policy", encoded}, header{"signature", s.hmacSHA1(encoded)})
	}

	var b strings.Builder
	part := func(disposition, contentType, content string) {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; " + disposition + "\r\n")
		if contentType != "" {
			b.WriteString("Content-Type: " + contentType + "\r\n")
		}
		b.WriteString("\r\n" + content + "\r\n")
	}
	for _, field := range fields {
		part(`name="`+field.name+`"`, "", fill.Replace(field.value))
	}
	if !f.noFile {
		filename := f.filename
		if filename == "" {
			filename = "file.txt"
		}
		part(`name="file"; filename="`+filename+`"`, "text/plain", f.file)
	}
	for _, field := range f.late {
		part(`name="`+field.name+`"`, "", fill.Replace(field.value))
	}
	b.WriteString("--" + boundary + "--\r\n")
	m.body = []byte(b.String())
	m.setDefault("Content-Type", "multipart/form-data; boundary="+boundary)
}
