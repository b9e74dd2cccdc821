package access

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Pinned returns a copy of p that means, by an ARN that ids has, the user or role
// with the unique ID there. Of the ARN of a role's session the ID is the role's.
// Who gets the name of what was deleted is somebody else: an Allow does not reach
// them, and a Deny for all but a role's session denies them too.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (p *Policy) Pinned(ids map[string]string) *Policy {
	if p == nil || len(ids) == 0 {
		return p
	}
	c := *p
	c.statements = slices.Clone(p.statements)
	for i := range c.statements {
		s := &c.statements[i]
		s.principals = slices.Clone(s.principals)
		for j := range s.principals {
			s.principals[j] = s.principals[j].pinned(ids)
		}
	}
	return &c
}

func (a principalPattern) pinned(ids map[string]string) principalPattern {
	id, ok := ids[a.value]
	if !ok || a.kind != byARN {
		return a
	}
	if strings.HasPrefix(a.value, "arn:aws:sts:") {
		id += ":" + a.value[strings.LastIndexByte(a.value, '/')+1:]
	}
	return principalPattern{uniqueID, id}
}

// ReplacePrincipals returns a policy document that names other principals. with
// says which, by what the Principal and NotPrincipal elements say of them now. The
// document is one that ParsePolicy takes.
func ReplacePrincipals(document []byte, with map[string]string) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var policy map[string]any
	if err := decoder.Decode(&policy); err != nil {
		return nil, err
	}
	statements, ok := policy["Statement"].([]any)
	if !ok {
		statements = []any{policy["Statement"]}
	}
	for _, statement := range statements {
		elements, _ := statement.(map[string]any)
		for _, name := range [...]string{"Principal", "NotPrincipal"} {
			if byType, ok := elements[name].(map[string]any); ok {
				for kind, value := range byType {
					byType[kind] = replaceStrings(value, with)
				}
			}
		}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(policy)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func replaceStrings(value any, with map[string]string) any {
	switch value := value.(type) {
	case string:
		if other, ok := with[value]; ok {
			return other
		}
	case []any:
		for i := range value {
			value[i] = replaceStrings(value[i], with)
		}
	}
	return value
}
