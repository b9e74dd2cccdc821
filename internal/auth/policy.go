package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds on what a form's policy may be.
const (
	maxPolicySize = 64 << 10 // as it stands in the form
	maxConditions = 256
)

// policy is a POST policy.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
type policy struct {
	expiration time.Time
	conditions []condition
}

func malformed(format string, args ...any) error {
	return &Error{Reason: ErrPolicyMalformed, Message: fmt.Sprintf(format, args...)}
}

var errInvalidJSON = malformed("Invalid JSON.")

// decodePolicy reads a policy as it stands in a form: base64 of JSON. Its errors
// are ErrPolicyMalformed.
func decodePolicy(encoded string) (*policy, error) {
	if len(encoded) > maxPolicySize {
		return nil, malformed("Policy is larger than %d bytes.", maxPolicySize)
	}
	document, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, malformed("invalid Base64 encoding.")
	}
	return parsePolicy(document)
}

// parsePolicy reads the JSON of a policy. It descends only where the policy
// language has something, so nesting needs no bound of its own, and a name given
// twice is refused: readers of JSON differ in which one counts.
func parsePolicy(document []byte) (*policy, error) {
	if !utf8.Valid(document) {
		return nil, errInvalidJSON
	}
	p := &policyParser{json.NewDecoder(bytes.NewReader(amazonEscapes(document)))}
	p.json.UseNumber()
	result := &policy{}
	var hasExpiration, hasConditions bool
	if t, err := p.token(); err != nil || t != json.Delim('{') {
		return nil, errInvalidJSON
	}
	for p.json.More() {
		name, err := p.token()
		if err != nil {
			return nil, err
		}
		switch lower := strings.ToLower(name.(string)); lower {
		case "expiration":
			if hasExpiration {
				return nil, errInvalidJSON
			}
			hasExpiration = true
			result.expiration, err = p.expiration()
		case "conditions":
			if hasConditions {
				return nil, errInvalidJSON
			}
			hasConditions = true
			result.conditions, err = p.conditions()
		default:
			return nil, malformed("Unexpected: '%s'", lower)
		}
		if err != nil {
			return nil, err
		}
	}
	if _, err := p.token(); err != nil {
		return nil, err
	}
	if _, err := p.json.Token(); !errors.Is(err, io.EOF) {
		return nil, errInvalidJSON
	}
	switch {
	case !hasExpiration:
		return nil, malformed("Policy missing expiration.")
	case !hasConditions:
		return nil, malformed("Policy missing conditions.")
	}
	return result, nil
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

type policyParser struct{ json *json.Decoder }

func (p *policyParser) token() (json.Token, error) {
	t, err := p.json.Token()
	if err != nil {
		return nil, errInvalidJSON
	}
	return t, nil
}

// expiration reads a time in UTC.
func (p *policyParser) expiration() (time.Time, error) {
	token, err := p.token()
	if err != nil {
		return time.Time{}, err
	}
	text, ok := token.(string)
	if !ok {
		return time.Time{}, errInvalidJSON
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !strings.HasSuffix(text, "Z") {
		return time.Time{}, malformed("Invalid 'expiration' value: '%s'", text)
	}
	return t, nil
}

func (p *policyParser) conditions() (list []condition, err error) {
	if t, err := p.token(); err != nil {
		return nil, err
	} else if t != json.Delim('[') {
		return nil, malformed("Invalid 'conditions' value: must be a List.")
	}
	for p.json.More() {
		if len(list) == maxConditions {
			return nil, malformed("Policy has more than %d conditions.", maxConditions)
		}
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		var c condition
		switch t {
		case json.Delim('{'):
			c, err = p.simpleCondition()
		case json.Delim('['):
			c, err = p.condition()
		default:
			err = malformed("Invalid condition test: must be a List or Object.")
		}
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	_, err = p.token()
	return list, err
}

// simpleCondition reads the rest of a condition such as {"acl": "private"}.
func (p *policyParser) simpleCondition() (condition, error) {
	notOne := malformed("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
	if !p.json.More() {
		return condition{}, notOne
	}
	name, err := p.token()
	if err != nil {
		return condition{}, err
	}
	value, err := p.token()
	if err != nil || value == nil {
		return condition{}, errInvalidJSON
	}
	text, ok := value.(string)
	if !ok {
		return condition{}, malformed("Invalid Simple-Condition: value must be a string.")
	}
	if p.json.More() {
		return condition{}, notOne
	}
	if _, err := p.token(); err != nil {
		return condition{}, err
	}
	field := name.(string)
	return condition{
		op:    opEqual,
		field: strings.ToLower(field),
		value: text,
		text:  conditionText([]json.Token{"eq", "$" + field, text}),
	}, nil
}

// condition reads the rest of a condition such as ["starts-with", "$key", "a/"].
func (p *policyParser) condition() (condition, error) {
	var items []json.Token
	for p.json.More() {
		t, err := p.token()
		if err != nil {
			return condition{}, err
		}
		switch t.(type) {
		case string, json.Number:
		default:
			return condition{}, errInvalidJSON
		}
		if len(items) <= 3 { // one too many is enough to know
			items = append(items, t)
		}
	}
	if _, err := p.token(); err != nil {
		return condition{}, err
	}
	if len(items) == 0 {
		return condition{}, malformed("Invalid Condition: missing operation identifier.")
	}
	name, ok := items[0].(string)
	if !ok {
		return condition{}, errInvalidJSON
	}
	c := condition{}
	lower := strings.ToLower(name)
	switch lower {
	case "eq":
		c.op = opEqual
	case "starts-with":
		c.op = opStartsWith
	case "content-length-range":
		c.op = opRange
	default:
		return condition{}, malformed("Invalid Condition: unknown operation '%s'.", name)
	}
	if len(items) != 3 {
		return condition{}, malformed("Invalid %s: wrong number of arguments.", lower)
	}
	c.text = conditionText(items)
	if c.op == opRange {
		return c, c.setRange(items[1], items[2])
	}
	field, ok1 := items[1].(string)
	value, ok2 := items[2].(string)
	if !ok1 || !ok2 {
		return condition{}, errInvalidJSON
	}
	bare, ok := strings.CutPrefix(field, "$")
	if !ok {
		c.op = opNever
	}
	c.field, c.value = strings.ToLower(bare), value
	return c, nil
}

// setRange reads the bounds of a content-length-range, which may be numbers or
// strings. What is no size is a bound that nothing holds.
func (c *condition) setRange(low, high json.Token) error {
	for _, bound := range []struct {
		to   *int64
		from json.Token
	}{{&c.min, low}, {&c.max, high}} {
		text, isString := bound.from.(string)
		if !isString {
			text = bound.from.(json.Number).String()
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil && !isString {
			return errInvalidJSON
		}
		if err != nil || n < 0 {
			c.op = opNever
		}
		*bound.to = n
	}
	return nil
}

// conditionText writes a condition as Amazon does in its messages.
func conditionText(items []json.Token) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		switch item := item.(type) {
		case string:
			b.WriteByte('"')
			b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(item))
			b.WriteByte('"')
		case json.Number:
			b.WriteString(item.String())
		}
	}
	b.WriteByte(']')
	return b.String()
}
