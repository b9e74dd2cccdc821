package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var options = Options{Kind: Object, Size: 1 << 20, Depth: 4}

func TestValuesAreReadAsTheyAreWritten(t *testing.T) {
	tests := []struct {
		name, text string
		want       Value
	}{
		{
			name: "strings",
			text: `"a \u00e9\n\"\\\/\ud83d\ude00"`,
			want: Value{Kind: String, Text: "a é\n\"\\/😀"},
		},
		{
			name: "half a surrogate pair is the replacement character",
			text: `"\ud83d|\ude00|\ud83dx"`,
			want: Value{Kind: String, Text: "\ufffd|\ufffd|\ufffdx"},
		},
		{
			name: "numbers as they are written",
			text: `[-0, 1.50, 1E+3, 99999999999999999999]`,
			want: Value{Kind: Array, Items: []Value{
				{Kind: Number, Text: "-0"},
				{Kind: Number, Text: "1.50"},
				{Kind: Number, Text: "1E+3"},
				{Kind: Number, Text: "99999999999999999999"},
			}},
		},
		{
			name: "booleans and null",
			text: `[true, false, null]`,
			want: Value{Kind: Array, Items: []Value{
				{Kind: Bool, Text: "true"},
				{Kind: Bool, Text: "false"},
				{},
			}},
		},
		{
			name: "objects in order, names with case",
			text: " {\"b\": {}, \"B\": [], \"\": 1}\n",
			want: Value{Kind: Object, Names: []string{"b", "B", ""}, Items: []Value{
				{Kind: Object},
				{Kind: Array},
				{Kind: Number, Text: "1"},
			}},
		},
		{
			name: "a name may come again in another object",
			text: `{"a": {"a": 1}}`,
			want: Value{Kind: Object, Names: []string{"a"}, Items: []Value{
				{Kind: Object, Names: []string{"a"}, Items: []Value{{Kind: Number, Text: "1"}}},
			}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options
			o.Kind = tt.want.Kind
			got, err := Parse([]byte(tt.text), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDocumentsAreRefusedWithThePlace(t *testing.T) {
	nested := func(depth int) string {
		return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}"
	}
	zeros := func(n int) string { return `{"a":[0` + strings.Repeat(",0", n-1) + `]}` }
	tests := []struct {
		name, text string
		want       Error
	}{
		{"nothing", ``, Error{Problem: Malformed}},
		{"blanks", ` `, Error{Problem: Malformed, Offset: 1}},
		{"an open object", `{"a":1`, Error{Problem: Malformed, Offset: 6}},
		{"two values", `{} {}`, Error{Problem: Malformed, Offset: 4}},
		{"text behind", `{}x`, Error{Problem: Malformed, Offset: 3}},
		{"a comma at the end", `{"a":1,}`, Error{Problem: Malformed, Offset: 8}},
		{"a comment", `{}//`, Error{Problem: Malformed, Offset: 3}},
		{"single quotes", `{'a':1}`, Error{Problem: Malformed, Offset: 2}},
		{"an escape that JSON lacks", `{"a":"\v"}`, Error{Problem: Malformed, Offset: 8}},
		{"a control character", "{\"a\":\"\n\"}", Error{Problem: Malformed, Offset: 7}},
		{"a number with a zero in front", `{"a":01}`, Error{Problem: Malformed, Offset: 7}},
		{"a byte order mark", "\ufeff{}", Error{Problem: Malformed, Offset: 1}},
		{"Latin-1", "{\"é\":\"\xe9\"}", Error{Problem: Malformed, Offset: 7}},
		{"a surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", Error{Problem: Malformed, Offset: 6}},
		{"a name twice", `{"a":1,"b":2,"a":3}`, Error{Problem: DuplicateName, Name: "a", Offset: 16}},
		{"a name twice, escaped", `{"a":1,"\u0061":3}`, Error{Problem: DuplicateName, Name: "a", Offset: 15}},
		{"a name twice, deeper", `{"x":[{"a":1,"a":1}]}`, Error{Problem: DuplicateName, Name: "a", Offset: 16}},
		{"two halves of pairs", `{"\ud800":1,"\udfff":1}`, Error{Problem: DuplicateName, Name: "\ufffd", Offset: 20}},
		{"too deep", nested(5), Error{Problem: TooDeep, Offset: 9}},
		{"very deep", nested(100_000), Error{Problem: Malformed, Offset: 10_005}},
		{"too many values", zeros(maxValues - 1), Error{Problem: TooManyValues, Offset: 2*maxValues + 1}},
		{"too large", strings.Repeat(" ", 1<<20) + "{}", Error{Problem: TooLarge, Offset: 1 << 20}},
		{"a list", `[]`, Error{Problem: WrongKind}},
		{"null", `null`, Error{Problem: WrongKind}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text), options)
			problem, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("the error is %v", err)
			}
			if diff := cmp.Diff(tt.want, *problem); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, text := range []string{nested(4), zeros(maxValues - 2)} {
		if _, err := Parse([]byte(text), options); err != nil {
			t.Errorf("%.20s: %v", text, err)
		}
	}
	if _, err := Parse([]byte("{}"), Options{Kind: Object, Size: 2}); err == nil {
		t.Error("without a depth, an object is taken")
	}
}

func TestFieldsAreReadByTheirExactName(t *testing.T) {
	tests := []struct {
		text  string
		name  string
		names map[string]string
		err   *Error
	}{
		{text: `{}`},
		{text: `{"name": "x", "names": {"A": "1", "a": "2"}}`, name: "x", names: map[string]string{"A": "1", "a": "2"}},
		{text: `{"name": null, "names": null}`},
		{text: `{"names": {"a": null}}`, names: map[string]string{"a": ""}},
		{text: `{"Name": "x"}`, err: &Error{Problem: UnknownName, Name: "Name"}},
		{text: `{"name": 1, "other": 1}`, err: &Error{Problem: WrongKind, Name: "name"}},
		{text: `{"names": {"a": 1}}`, err: &Error{Problem: WrongKind, Name: "names"}},
		{text: `{"names": ["a"]}`, err: &Error{Problem: WrongKind, Name: "names"}},
		{text: `["name"]`, err: &Error{Problem: WrongKind}},
	}
	for _, tt := range tests {
		var v Value
		for _, kind := range []Kind{Object, Array} {
			o := options
			o.Kind = kind
			if read, err := Parse([]byte(tt.text), o); err == nil {
				v = read
			}
		}
		f := v.Fields()
		name, names := f.Text("name"), f.Texts("names")
		err, _ := errors.AsType[*Error](f.Err())
		if diff := cmp.Diff(tt.err, err); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
		if diff := cmp.Diff(tt.names, names); tt.err == nil && (diff != "" || name != tt.name) {
			t.Errorf("%s: the name is %q, names differ (-want +got):\n%s", tt.text, name, diff)
		}
	}
}

// FuzzParse holds what is read against encoding/json: it takes the same text to be
// JSON, and what both take has one meaning.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a": [1, -2.50e3, "\ud83d\ude00\ud800", true, null], "A": {"a": {}}}`), uint8(4))
	f.Add([]byte(`{"a": 1, "\u0061": 2}`), uint8(4))
	f.Add([]byte("[[[[[[\"\xff\"]]]]]]"), uint8(6))
	f.Add([]byte(`0`), uint8(0))
	f.Fuzz(func(t *testing.T, document []byte, depth uint8) {
		d := json.NewDecoder(bytes.NewReader(document))
		d.UseNumber()
		var want any
		wantErr := d.Decode(&want)
		v, err := Parse(document, Options{Kind: kindOf(want), Size: 1 << 16, Depth: int(depth)})
		if err != nil {
			problem, ok := errors.AsType[*Error](err)
			if !ok || problem.Error() == "" || problem.Offset < 0 || problem.Offset > len(document) {
				t.Fatalf("%#v", err)
			}
			// That it is no JSON is said of what encoding/json refuses, and of text
			// that is not UTF-8, which encoding/json mends.
			if problem.Problem == Malformed && json.Valid(document) && bytes.Equal(document, bytes.ToValidUTF8(document, nil)) {
				t.Fatalf("%q: %v", document, err)
			}
			if problem.Problem == WrongKind {
				t.Fatalf("%q is a %T", document, want)
			}
			return
		}
		if wantErr != nil || !json.Valid(document) {
			t.Fatalf("%q is taken, though %v", document, wantErr)
		}
		if diff := cmp.Diff(want, plain(t, v)); diff != "" {
			t.Fatalf("%q (-encoding/json +strictjson):\n%s", document, diff)
		}
	})
}

// kindOf returns the kind of what encoding/json has read.
func kindOf(v any) Kind {
	switch v.(type) {
	case string:
		return String
	case json.Number:
		return Number
	case bool:
		return Bool
	case []any:
		return Array
	case map[string]any:
		return Object
	}
	return Null
}

// plain returns v as encoding/json has it.
func plain(t *testing.T, v Value) any {
	t.Helper()
	switch v.Kind {
	case String:
		return v.Text
	case Number:
		return json.Number(v.Text)
	case Bool:
		return v.Text == "true"
	case Array:
		items := make([]any, len(v.Items))
		for i, item := range v.Items {
			items[i] = plain(t, item)
		}
		return items
	case Object:
		items := make(map[string]any, len(v.Items))
		for i, item := range v.Items {
			items[v.Names[i]] = plain(t, item)
		}
		if len(items) != len(v.Names) || len(items) != len(v.Items) {
			t.Errorf("%q are the names of %d values", v.Names, len(v.Items))
		}
		return items
	}
	return nil
}
