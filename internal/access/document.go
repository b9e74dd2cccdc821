package access

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/signet-store/signet/internal/strictjson"
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

// readDocument reads a policy: an object, with nothing before it either.
func readDocument(document []byte, limit int) (strictjson.Value, error) {
	v, err := strictjson.Parse(document, strictjson.Options{Kind: strictjson.Object, Size: limit, Depth: maxDepth})
	if len(document) <= limit && !bytes.HasPrefix(document, []byte("{")) {
		return v, &PolicyError{Problem: notJSON}
	}
	if refused, ok := errors.AsType[*strictjson.Error](err); ok {
		return v, &PolicyError{Problem: documentProblem(refused, limit)}
	}
	return v, err
}

// notJSON is Amazon's sentence about what is no JSON.
const notJSON = "Policies must be valid JSON and the first byte must be '{'"

// documentProblem says what is wrong with a document that is read up to limit bytes.
func documentProblem(e *strictjson.Error, limit int) string {
	switch e.Problem {
	case strictjson.TooLarge:
		return "The policy is larger than " + strconv.Itoa(limit) + " bytes"
	case strictjson.TooDeep:
		return "The policy is nested too deeply"
	case strictjson.TooManyValues:
		return "The policy has too many values"
	case strictjson.DuplicateName:
		return "Duplicate key " + strconv.Quote(e.Name) + " in an object"
	}
	return notJSON
}

// readText returns the value of a string.
func readText(v strictjson.Value, place string) (string, error) {
	if v.Kind != strictjson.String {
		return "", &PolicyError{Place: place, Problem: "Syntax errors in policy: a string is expected."}
	}
	return v.Text, nil
}

// readList returns the strings of an array, or of a single string, at least one.
// With scalars, numbers and booleans are taken for the strings they look like.
func readList(v strictjson.Value, place string, scalars bool) ([]string, error) {
	items := v.Items
	switch v.Kind {
	case strictjson.Array:
	case strictjson.Object, strictjson.Null:
		return nil, &PolicyError{Place: place, Problem: "Syntax errors in policy: a string or a list of strings is expected."}
	default:
		items = []strictjson.Value{v}
	}
	if len(items) == 0 {
		return nil, &PolicyError{Place: place, Problem: "Syntax errors in policy: the list is empty."}
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		switch {
		case item.Kind == strictjson.String, scalars && (item.Kind == strictjson.Number || item.Kind == strictjson.Bool):
			texts = append(texts, item.Text)
		default:
			return nil, &PolicyError{Place: place, Problem: "Syntax errors in policy: a string or a list of strings is expected."}
		}
	}
	return texts, nil
}
