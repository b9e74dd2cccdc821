// Package strictjson reads JSON documents that decide something, such as policies and
// requests to the control API, where two readers must not see two meanings.
//
// It takes text in UTF-8 that is one value of the wanted kind and nothing after it,
// within bounds of size, depth and number of values. Names are case-sensitive, and none
// comes twice in an object. Strings are those of encoding/json: an escape that is half
// of a surrogate pair becomes U+FFFD, every other wrong escape is malformed.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// maxValues is how many values a document may have: each string, number, boolean, null,
// array and object is one. A value takes at least two bytes of text and up to two hundred
// bytes of memory while a list grows. No bucket policy, 20 KiB of text at most, reaches
// the bound.
const maxValues = 16 << 10

// Kind is what a value is.
type Kind uint8

// The kinds of JSON. The zero Value is null.
const (
	Null Kind = iota
	String
	Number
	Bool
	Array
	Object
)

// Value is a value of a document. It is immutable.
type Value struct {
	Kind Kind
	// Text is the text of a string, and a number or boolean as it is written.
	Text string
	// Items are the elements of an array, or the values of an object in the order of
	// Names.
	Items []Value
	Names []string
}

// Options are what a document may be.
type Options struct {
	// Kind is the kind of the whole.
	Kind Kind
	// Size bounds the document in bytes, Depth how many arrays and objects stand in
	// one another. Both are needed: 0 admits no bytes, and no array or object.
	Size, Depth int
}

// Parse reads a document. An error is a *Error.
func Parse(document []byte, o Options) (Value, error) {
	if len(document) > o.Size {
		return Value{}, &Error{Problem: TooLarge, Offset: o.Size}
	}
	if !utf8.Valid(document) {
		return Value{}, &Error{Problem: Malformed, Offset: validPrefix(document)}
	}
	if !json.Valid(document) {
		return Value{}, malformed(json.Unmarshal(document, &json.RawMessage{}))
	}
	p := parser{decoder: json.NewDecoder(bytes.NewReader(document)), depth: o.Depth, values: maxValues}
	p.decoder.UseNumber()
	v, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	if v.Kind != o.Kind {
		return Value{}, &Error{Problem: WrongKind}
	}
	return v, nil
}

// validPrefix returns how many bytes of text come before the first that is not UTF-8.
func validPrefix(text []byte) int {
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// malformed turns an error of encoding/json into an Error.
func malformed(err error) error {
	e := &Error{Problem: Malformed}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		e.Offset = int(syntax.Offset)
	}
	return e
}

// parser reads the tokens of a document that is known to be well-formed: Decoder.Token
// leaves some of the grammar to its caller.
type parser struct {
	decoder *json.Decoder
	depth   int
	values  int // that may still come
}

// value reads one value that stands in depth arrays and objects.
func (p *parser) value(depth int) (Value, error) {
	if p.values == 0 {
		return Value{}, p.problem(TooManyValues, "")
	}
	p.values--
	token, err := p.decoder.Token()
	if err != nil {
		return Value{}, malformed(err)
	}
	switch token := token.(type) {
	case string:
		return Value{Kind: String, Text: token}, nil
	case json.Number:
		return Value{Kind: Number, Text: token.String()}, nil
	case bool:
		return Value{Kind: Bool, Text: strconv.FormatBool(token)}, nil
	case json.Delim:
		if depth == p.depth {
			return Value{}, p.problem(TooDeep, "")
		}
		if token == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	}
	return Value{}, nil
}

// array reads the rest of an array.
func (p *parser) array(depth int) (Value, error) {
	v := Value{Kind: Array}
	for p.decoder.More() {
		item, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		v.Items = append(v.Items, item)
	}
	_, err := p.decoder.Token() // the bracket
	return v, err
}

// object reads the rest of an object.
func (p *parser) object(depth int) (Value, error) {
	v := Value{Kind: Object}
	seen := make(map[string]bool)
	for p.decoder.More() {
		token, err := p.decoder.Token()
		if err != nil {
			return Value{}, malformed(err)
		}
		name, _ := token.(string) // the grammar has nothing else here
		if seen[name] {
			return Value{}, p.problem(DuplicateName, name)
		}
		seen[name] = true
		item, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		v.Names = append(v.Names, name)
		v.Items = append(v.Items, item)
	}
	_, err := p.decoder.Token() // the brace
	return v, err
}

// problem returns an Error with the place that the parser has come to.
func (p *parser) problem(problem Problem, name string) error {
	return &Error{Problem: problem, Name: name, Offset: int(p.decoder.InputOffset())}
}
