package access

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// What a document may be at most. The sizes are Amazon's: 20 KiB for a bucket's
// policy and, for all others, what IAM's API takes before its own, smaller
// limits are looked at.
const (
	maxBucketPolicy = 20 << 10
	maxPolicy       = 128 << 10
	// maxDepth is twice what a policy needs: document, statements, statement,
	// Condition, operator, key's values.
	maxDepth = 12
)

// node is a value of a JSON document.
type node struct {
	kind nodeKind
	// text is the value of a string, a number or a boolean as it is written.
	text string
	// items are the elements of an array and the values of an object, whose names
	// are in names.
	items []node
	names []string
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	stringNode
	numberNode
	boolNode
	arrayNode
	objectNode
)

// readDocument reads JSON more strictly than encoding/json: text in UTF-8, one
// object and nothing after it, no name twice in an object, no deep nesting.
func readDocument(document []byte, limit int) (node, error) {
	const invalid = "Policies must be valid JSON and the first byte must be '{'"
	switch {
	case len(document) > limit:
		return node{}, &PolicyError{Problem: "The policy is larger than " + strconv.Itoa(limit) + " bytes"}
	case !utf8.Valid(document), !json.Valid(document), document[0] != '{':
		return node{}, &PolicyError{Problem: invalid}
	}
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	return readNode(d, 0)
}

// readNode reads one value of JSON that is known to be well-formed.
func readNode(d *json.Decoder, depth int) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, &PolicyError{Problem: "Syntax errors in policy."}
	}
	switch token := token.(type) {
	case string:
		return node{kind: stringNode, text: token}, nil
	case json.Number:
		return node{kind: numberNode, text: token.String()}, nil
	case bool:
		return node{kind: boolNode, text: strconv.FormatBool(token)}, nil
	case json.Delim:
		if depth == maxDepth {
			return node{}, &PolicyError{Problem: "The policy is nested too deeply"}
		}
		n := node{kind: arrayNode}
		if token == '{' {
			n.kind = objectNode
		}
		if err := n.readItems(d, depth+1); err != nil {
			return node{}, err
		}
		_, err := d.Token()
		return n, err
	}
	return node{}, nil
}

func (n *node) readItems(d *json.Decoder, depth int) error {
	seen := make(map[string]bool)
	for d.More() {
		if n.kind == objectNode {
			token, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if seen[name] {
				return &PolicyError{Problem: "Duplicate key " + strconv.Quote(name) + " in an object"}
			}
			seen[name] = true
			n.names = append(n.names, name)
		}
		item, err := readNode(d, depth)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	return nil
}

// text returns the value of a string.
func (n node) textAt(place string) (string, error) {
	if n.kind != stringNode {
		return "", &PolicyError{Place: place, Problem: "Syntax errors in policy: a string is expected."}
	}
	return n.text, nil
}

// list returns the strings of an array, or of a single string, at least one.
// With scalars, numbers and booleans are taken for the strings they look like.
func (n node) list(place string, scalars bool) ([]string, error) {
	items := n.items
	switch n.kind {
	case arrayNode:
	case objectNode, nullNode:
		return nil, &PolicyError{Place: place, Problem: "Syntax errors in policy: a string or a list of strings is expected."}
	default:
		items = []node{n}
	}
	if len(items) == 0 {
		return nil, &PolicyError{Place: place, Problem: "Syntax errors in policy: the list is empty."}
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		switch {
		case item.kind == stringNode, scalars && (item.kind == numberNode || item.kind == boolNode):
			texts = append(texts, item.text)
		default:
			return nil, &PolicyError{Place: place, Problem: "Syntax errors in policy: a string or a list of strings is expected."}
		}
	}
	return texts, nil
}
