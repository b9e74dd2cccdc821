package access

import (
	"slices"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/strictjson"
)

// condition is one key of one operator of a Condition element.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
type condition struct {
	// key is in lower case.
	key      string
	operator operator
	values   matcher
	// wantNull are the values of the operator Null, of which any has to fit.
	wantNull []bool
}

// matcher holds the values of a condition. It reports whether a value of the
// request fits any of them.
type matcher interface {
	matches(e *evaluation, value string) bool
	// fixed reports whether each value is one that no wildcard and no variable
	// widens.
	fixed() bool
}

// operator is a condition operator, taken apart.
type operator struct {
	family family
	// negated says that the request's values must fit none of the policy's.
	negated  bool
	compare  comparison
	set      set
	ifExists bool
}

type family uint8

const (
	stringEquals family = iota + 1
	stringEqualsIgnoreCase
	stringLike
	numeric
	date
	boolean
	binary
	ipAddress
	arnLike
	null
)

// set says how several values of the request combine.
type set uint8

const (
	// noSet wants any value to fit or, negated, none.
	noSet set = iota
	forAllValues
	forAnyValue
)

// comparison is what numbers and dates are compared for.
type comparison uint8

const (
	equal comparison = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// readOperator reads an operator's name, and reports whether there is such a
// one.
func readOperator(name string) (operator, bool) {
	var o operator
	base := name
	if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
		base, o.set = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
		base, o.set = rest, forAnyValue
	}
	base, o.ifExists = strings.CutSuffix(base, "IfExists")
	switch base {
	case "StringEquals", "StringNotEquals":
		o.family = stringEquals
	case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		o.family = stringEqualsIgnoreCase
	case "StringLike", "StringNotLike":
		o.family = stringLike
	case "ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike":
		o.family = arnLike
	case "IpAddress", "NotIpAddress":
		o.family = ipAddress
	case "Bool":
		o.family = boolean
	case "BinaryEquals":
		o.family = binary
	case "Null":
		o.family = null
		return o, o.set == noSet && !o.ifExists
	default:
		if rest, ok := strings.CutPrefix(base, "Numeric"); ok {
			o.family, base = numeric, rest
		} else if rest, ok := strings.CutPrefix(base, "Date"); ok {
			o.family, base = date, rest
		} else {
			return o, false
		}
		i := slices.Index([]string{"Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals", "NotEquals"}, base)
		if i < 0 {
			return o, false
		}
		if base == "NotEquals" {
			i, o.negated = 0, true
		}
		o.compare = comparison(i)
		return o, true
	}
	o.negated = strings.Contains(base, "Not")
	return o, true
}

// readConditions reads a Condition element.
func readConditions(v strictjson.Value, place string, kind PolicyKind, s syntax) ([]condition, error) {
	if v.Kind != strictjson.Object {
		return nil, &PolicyError{Place: place, Problem: "Syntax errors in policy: an object of condition operators is expected."}
	}
	var conditions []condition
	for i, name := range v.Names {
		o, ok := readOperator(name)
		if !ok {
			return nil, &PolicyError{Place: place, Problem: "Invalid Condition type : " + name}
		}
		place := place + ", " + name
		keys := v.Items[i]
		if keys.Kind != strictjson.Object || len(keys.Names) == 0 {
			return nil, &PolicyError{Place: place, Problem: "Syntax errors in policy: an object of condition keys is expected."}
		}
		seen := make(map[string]bool)
		for j, key := range keys.Names {
			place := place + ", " + key
			c := condition{key: strings.ToLower(key), operator: o}
			switch {
			case !validKey(key), kind == BucketPolicy && !knownBucketKey(c.key):
				return nil, &PolicyError{Place: place, Problem: "Policy has an invalid condition key"}
			case seen[c.key]:
				return nil, &PolicyError{Place: place, Problem: "Duplicate key " + strconv.Quote(key) + ": condition keys have no case"}
			}
			seen[c.key] = true
			texts, err := readList(keys.Items[j], place, true)
			if err != nil {
				return nil, err
			}
			if c.key == "s3:x-amz-copy-source" {
				texts = withoutSlash(texts)
			}
			var problem string
			if c.values, problem = c.compileValues(texts, s); problem != "" {
				return nil, &PolicyError{Place: place, Problem: problem}
			}
			conditions = append(conditions, c)
		}
	}
	return conditions, nil
}

// withoutSlash returns values of s3:x-amz-copy-source without the slash that may stand
// before the bucket, in a policy as in the header. Requests' values have none.
func withoutSlash(texts []string) []string {
	cut := make([]string, len(texts))
	for i, text := range texts {
		cut[i] = strings.TrimPrefix(text, "/")
	}
	return cut
}

// compileValues compiles a condition's values. An error is a sentence.
func (c *condition) compileValues(texts []string, s syntax) (matcher, string) {
	switch o := c.operator; o.family {
	case stringEquals, stringEqualsIgnoreCase:
		return compileTexts(texts, s, o.family == stringEqualsIgnoreCase)
	case stringLike:
		return compileAll(texts, func(text string) (pattern, string) { return compile(text, s|wildcards) }, func(all []pattern) matcher { return likeValues(all) })
	case arnLike:
		return compileAll(texts, func(text string) (arnPattern, string) { return compileARN(text, s) }, func(all []arnPattern) matcher { return arnValues(all) })
	case numeric:
		return compileAll(texts, readNumber, func(all []float64) matcher { return numberValues{o.compare, all} })
	case date:
		return compileAll(texts, readDate, func(all []instant) matcher { return dateValues{o.compare, all} })
	case boolean:
		return compileAll(texts, readBool, func(all []bool) matcher { return boolValues(all) })
	case binary:
		return compileAll(texts, readBinary, func(all []string) matcher { return binaryValues(all) })
	case ipAddress:
		return compileAll(texts, readNetwork, func(all []network) matcher { return networkValues(all) })
	}
	all, problem := compileAll(texts, readBool, func(all []bool) matcher { return boolValues(all) })
	if problem == "" {
		c.wantNull = all.(boolValues)
	}
	return nil, problem
}

// compileAll compiles each text and makes a matcher of them.
func compileAll[T any](texts []string, one func(string) (T, string), make func([]T) matcher) (matcher, string) {
	var all []T
	for _, text := range texts {
		v, problem := one(text)
		if problem != "" {
			return nil, problem
		}
		all = append(all, v)
	}
	return make(all), ""
}

// holds reports whether the request meets c.
func (c *condition) holds(e *evaluation) bool {
	values, o := e.values(c.key), c.operator
	if len(values) == 0 || o.set == forAllValues && len(values) == 1 && values[0] == "" {
		// For all values an empty text alone is an empty set too, Amazon says.
		return c.holdsWithout()
	}
	if o.family == null {
		return slices.Contains(c.wantNull, false)
	}
	fits := func(value string) bool { return c.values.matches(e, value) }
	switch o.set {
	case forAllValues:
		return !slices.ContainsFunc(values, func(v string) bool { return fits(v) == o.negated })
	case forAnyValue:
		return slices.ContainsFunc(values, func(v string) bool { return fits(v) != o.negated })
	}
	return slices.ContainsFunc(values, fits) != o.negated
}

// holdsWithout reports whether a request meets c that has no value for its key.
func (c *condition) holdsWithout() bool {
	o := c.operator
	switch {
	case o.family == null:
		return slices.Contains(c.wantNull, true)
	case o.ifExists, o.set == forAllValues:
		return true
	case o.set == forAnyValue:
		return false
	}
	return o.negated
}
