package postpolicy

import (
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/strictjson"
)

type operation uint8

const (
	opNever operation = iota // a condition that nothing holds
	opEqual
	opStartsWith
	opRange
)

// condition is one condition of a policy.
type condition struct {
	op       operation
	field    string // in lower case, without its dollar sign
	value    string
	min, max int64  // of opRange, in bytes
	text     string // as Amazon shows it
}

func readConditions(v strictjson.Value) ([]condition, error) {
	if v.Kind != strictjson.Array {
		return nil, malformed("Invalid 'conditions' value: must be a List.")
	}
	var list []condition
	for _, item := range v.Items {
		if len(list) == maxConditions {
			return nil, malformed("Policy has more than %d conditions.", maxConditions)
		}
		c, err := readCondition(item)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func readCondition(v strictjson.Value) (condition, error) {
	switch v.Kind {
	case strictjson.Object:
		return readSimple(v)
	case strictjson.Array:
		return readList(v.Items)
	}
	return condition{}, malformed("Invalid condition test: must be a List or Object.")
}

// readSimple reads a condition such as {"acl": "private"}.
func readSimple(v strictjson.Value) (condition, error) {
	notOne := malformed("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
	if len(v.Names) == 0 {
		return condition{}, notOne
	}
	name, value := v.Names[0], v.Items[0]
	switch {
	case namesLimit(name):
		return condition{}, unknownField(name)
	case value.Kind == strictjson.Null:
		return condition{}, invalidJSON()
	case value.Kind != strictjson.String:
		return condition{}, malformed("Invalid Simple-Condition: value must be a string.")
	case len(v.Names) > 1:
		return condition{}, notOne
	}
	shown := []strictjson.Value{
		{Kind: strictjson.String, Text: "eq"},
		{Kind: strictjson.String, Text: "$" + name},
		value,
	}
	return condition{op: opEqual, field: strings.ToLower(name), value: value.Text, text: show(shown)}, nil
}

// readList reads a condition such as ["starts-with", "$key", "a/"].
func readList(items []strictjson.Value) (condition, error) {
	for _, item := range items {
		if item.Kind != strictjson.String && item.Kind != strictjson.Number {
			return condition{}, invalidJSON()
		}
	}
	if len(items) == 0 {
		return condition{}, malformed("Invalid Condition: missing operation identifier.")
	}
	if items[0].Kind != strictjson.String {
		return condition{}, invalidJSON()
	}
	c := condition{}
	name := strings.ToLower(items[0].Text)
	switch name {
	case "eq":
		c.op = opEqual
	case "starts-with":
		c.op = opStartsWith
	case "content-length-range":
		c.op = opRange
	default:
		return condition{}, malformed("Invalid Condition: unknown operation '%s'.", items[0].Text)
	}
	if len(items) != 3 {
		return condition{}, malformed("Invalid %s: wrong number of arguments.", name)
	}
	c.text = show(items)
	if c.op == opRange {
		return c, c.setRange(items[1], items[2])
	}
	return c, c.setField(items[1], items[2])
}

// setField sets the field that c is about and the value that it compares with.
func (c *condition) setField(field, value strictjson.Value) error {
	switch {
	case field.Kind == strictjson.String && namesLimit(field.Text):
		return unknownField(field.Text)
	case field.Kind != strictjson.String || value.Kind != strictjson.String:
		return invalidJSON()
	}
	name, ok := strings.CutPrefix(field.Text, "$")
	if !ok {
		c.op = opNever
	}
	c.field, c.value = strings.ToLower(name), value.Text
	return nil
}

// setRange reads the bounds of a content-length-range, which may be numbers or
// strings. What is no size is a bound that nothing holds.
func (c *condition) setRange(low, high strictjson.Value) error {
	for _, bound := range []struct {
		to   *int64
		from strictjson.Value
	}{{&c.min, low}, {&c.max, high}} {
		n, err := strconv.ParseInt(bound.from.Text, 10, 64)
		if err != nil && bound.from.Kind == strictjson.Number {
			return invalidJSON()
		}
		if err != nil || n < 0 {
			c.op = opNever
		}
		*bound.to = n
	}
	return nil
}

// namesLimit reports whether a condition is about a limit. An unknown limit makes the
// policy malformed, rather than let in what the signer did not allow.
func namesLimit(field string) bool { return sigv4.NamesLimit(strings.TrimLeft(field, "$")) }

func unknownField(name string) error {
	return malformed("Invalid Condition: this version of Signet does not know '%s'.", name)
}

// show writes a condition as Amazon does in its messages.
func show(items []strictjson.Value) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		if item.Kind != strictjson.String {
			b.WriteString(item.Text)
			continue
		}
		b.WriteByte('"')
		b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(item.Text))
		b.WriteByte('"')
	}
	b.WriteByte(']')
	return b.String()
}
