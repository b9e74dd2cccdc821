package iam

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// maxParameters bounds the parameters of a request. The longest lists are those
// of simulations.
const maxParameters = 2000

// parameters are those of a request of the Query protocol. Lists have members
// NAME.member.1 and so on, structures NAME.FIELD.
type parameters map[string]string

// parseForm reads a body that is a form.
func parseForm(body []byte) (sigv4.Query, error) {
	form, err := sigv4.ParseQuery(string(body), maxParameters)
	switch {
	case errors.Is(err, sigv4.ErrTooManyParameters):
		return nil, errTooManyParameters
	case err != nil:
		return nil, errMalformedQuery
	}
	return form, nil
}

// newParameters returns the parameters of a query and a form. None of their names may
// come twice, in one of them or in both.
func newParameters(lists ...sigv4.Query) (parameters, error) {
	p := make(parameters)
	for _, list := range lists {
		for i := range list {
			name, value := list[i].Name, list[i].Value
			if !utf8.ValidString(name) || !utf8.ValidString(value) {
				return nil, errMalformedQuery
			}
			if sigv4.NamesLimit(name) {
				return nil, &auth.Error{Reason: auth.ErrUnknownLimit, Carrier: auth.CarrierForm, Name: name}
			}
			if _, twice := p[name]; twice {
				return nil, &failure{errDuplicateParameter, "Duplicate parameter " + quoted(name)}
			}
			if len(p) == maxParameters {
				return nil, errTooManyParameters
			}
			p[name] = value
		}
	}
	return p, nil
}

// get returns a parameter, "" if it did not come.
func (p parameters) get(name string) string { return p[name] }

// has reports whether a parameter came, if only with an empty value.
func (p parameters) has(name string) bool {
	_, ok := p[name]
	return ok
}

// required returns a parameter that must be there.
func (p parameters) required(name string) (string, error) {
	value, ok := p[name]
	if !ok {
		return "", constraint("null", name, "Member must not be null")
	}
	if value == "" {
		return "", constraint("''", name, "Member must have length greater than or equal to 1")
	}
	return value, nil
}

// constraint says in Amazon's words what is wrong with a parameter. value is
// quoted, or null.
func constraint(value, name, rule string) error {
	return because(errValidation, "1 validation error detected: Value %s at '%s' failed to satisfy constraint: %s",
		value, lowerFirst(name), rule)
}

// lowerFirst writes a parameter's name as messages do.
func lowerFirst(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// quoted writes a value as messages do, cut short.
func quoted(value string) string {
	const most = 128
	if len(value) > most {
		value = strings.ToValidUTF8(value[:most], "") + "..."
	}
	return "'" + value + "'"
}

// number returns a number between least and most, or otherwise if it did not
// come.
func (p parameters) number(name string, least, most, otherwise int) (int, error) {
	value := p[name]
	if value == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return 0, constraint(quoted(value), name, "Member must be an integer")
	case n < least:
		return 0, constraint(quoted(value), name, fmt.Sprintf("Member must have value greater than or equal to %d", least))
	case n > most:
		return 0, constraint(quoted(value), name, fmt.Sprintf("Member must have value less than or equal to %d", most))
	}
	return n, nil
}

// boolean returns true or false; it is false if it did not come.
func (p parameters) boolean(name string) (bool, error) {
	value := p[name]
	switch {
	case value == "", strings.EqualFold(value, "false"):
		return false, nil
	case strings.EqualFold(value, "true"):
		return true, nil
	}
	return false, constraint(quoted(value), name, "Member must be a boolean")
}

// choice returns one of the values of an enumeration, or "" if it did not come.
func (p parameters) choice(name string, values ...string) (string, error) {
	value := p[name]
	if value == "" || slices.Contains(values, value) {
		return value, nil
	}
	return "", constraint(quoted(value), name, "Member must satisfy enum value set: ["+strings.Join(values, ", ")+"]")
}

// list returns the members of a list in their order, and an error if it has more
// than most.
func (p parameters) list(name string, most int) ([]string, error) {
	numbers, err := p.members(name, most)
	if err != nil {
		return nil, err
	}
	var values []string
	for _, n := range numbers {
		value, ok := p[memberName(name, n)]
		if !ok {
			return nil, validationFailed("The members of " + name + " are no structures.")
		}
		values = append(values, value)
	}
	return values, nil
}

// structures returns the members of a list of structures in their order, as
// parameters by the names of the fields.
func (p parameters) structures(name string, most int) ([]parameters, error) {
	numbers, err := p.members(name, most)
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	index := make(map[int]int, len(numbers))
	all := make([]parameters, len(numbers))
	for i, n := range numbers {
		index[n], all[i] = i, make(parameters)
	}
	for key, value := range p {
		n, field, ok := cutMember(key, name)
		if !ok {
			continue
		}
		if field == "" {
			return nil, validationFailed("The members of " + name + " are structures.")
		}
		all[index[n]][field] = value
	}
	return all, nil
}

// members returns the numbers of the members of a list in ascending order.
func (p parameters) members(name string, most int) ([]int, error) {
	if value := p[name]; value != "" {
		return nil, validationFailed(name + " is a list.")
	}
	var numbers []int
	strange := ""
	for key := range p {
		if !strings.HasPrefix(key, name+".member.") {
			continue
		}
		n, _, ok := cutMember(key, name)
		if ok {
			numbers = append(numbers, n)
		} else if strange == "" || key < strange {
			strange = key
		}
	}
	if strange != "" {
		return nil, because(errValidation, "The parameter %s has no number of a member.", quoted(strange))
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	if len(numbers) > most {
		return nil, constraint(quoted(fmt.Sprintf("%d members", len(numbers))), name,
			fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
	return numbers, nil
}

// cutMember takes NAME.member.N.FIELD apart. field is "" for NAME.member.N.
func cutMember(key, name string) (n int, field string, ok bool) {
	rest, ok := strings.CutPrefix(key, name)
	if !ok {
		return 0, "", false
	}
	if rest, ok = strings.CutPrefix(rest, ".member."); !ok {
		return 0, "", false
	}
	digits, field, cut := strings.Cut(rest, ".")
	n, err := strconv.Atoi(digits)
	// Another spelling of the same number would be a second member of it.
	if err != nil || n < 1 || strconv.Itoa(n) != digits || cut && field == "" {
		return 0, "", false
	}
	return n, field, true
}

func memberName(name string, n int) string { return name + ".member." + strconv.Itoa(n) }
