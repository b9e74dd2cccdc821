// Package postpolicy reads the policy of a POST upload and holds a form against it.
//
// The document's own names, expiration and conditions, are case-sensitive, and no name
// comes twice in an object. Names of form fields are compared without case, as are the
// names of the operations.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
package postpolicy

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/strictjson"
)

// Bounds on what a policy may be.
const (
	maxSize       = 64 << 10 // as it stands in the form
	maxConditions = 256
	// maxDepth is twice what a policy needs: document, conditions, condition.
	maxDepth = 6
)

// Policy is a parsed policy. It is immutable.
type Policy struct {
	// Expiration is when the policy ends.
	Expiration time.Time

	conditions []condition
}

// Decode reads a policy as it stands in a form: base64 of JSON, 64 KiB at most. An
// error is a *Error, Malformed.
func Decode(encoded string) (*Policy, error) {
	if len(encoded) > maxSize {
		return nil, malformed("Policy is larger than %d bytes.", maxSize)
	}
	document, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, malformed("invalid Base64 encoding.")
	}
	return parse(document)
}

// parse reads the document of a policy.
func parse(document []byte) (*Policy, error) {
	document = amazonEscapes(document)
	v, err := strictjson.Parse(document, strictjson.Options{
		Kind: strictjson.Object,
		// Decode bounds the document. An escape of Amazon's takes three times its size.
		Size:  3 * maxSize,
		Depth: maxDepth,
	})
	if err != nil {
		return nil, invalidJSON()
	}
	p := &Policy{}
	var hasExpiration, hasConditions bool
	for i, name := range v.Names {
		var err error
		switch name {
		case "expiration":
			hasExpiration = true
			p.Expiration, err = readExpiration(v.Items[i])
		case "conditions":
			hasConditions = true
			p.conditions, err = readConditions(v.Items[i])
		default:
			err = malformed("Unexpected: '%s'", name)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case !hasExpiration:
		return nil, malformed("Policy missing expiration.")
	case !hasConditions:
		return nil, malformed("Policy missing conditions.")
	}
	return p, nil
}

// amazonEscapes turns the two escapes that Amazon documents and JSON has not, \$
// and \v, into what they stand for.
func amazonEscapes(document []byte) []byte {
	if !bytes.Contains(document, []byte(`\$`)) && !bytes.Contains(document, []byte(`\v`)) {
		return document
	}
	out := make([]byte, 0, len(document)+16)
	for i := 0; i < len(document); i++ {
		if document[i] != '\\' || i+1 == len(document) {
			out = append(out, document[i])
			continue
		}
		i++
		switch document[i] {
		case '$':
			out = append(out, '$')
		case 'v':
			out = append(out, `\u000b`...)
		default:
			out = append(out, '\\', document[i])
		}
	}
	return out
}

// readExpiration reads a time in UTC.
func readExpiration(v strictjson.Value) (time.Time, error) {
	if v.Kind != strictjson.String {
		return time.Time{}, invalidJSON()
	}
	t, err := time.Parse(time.RFC3339, v.Text)
	if err != nil || !strings.HasSuffix(v.Text, "Z") {
		return time.Time{}, malformed("Invalid 'expiration' value: '%s'", v.Text)
	}
	return t, nil
}
