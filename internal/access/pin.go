package access

import (
	"bytes"
	"encoding/json"
)

// ReplacePrincipals returns a policy document that names other principals. with
// says which, by what the Principal and NotPrincipal elements say of them now. The
// document is one that ParsePolicy takes.
//
// A name is somebody else's when its user was deleted and made again; so documents
// are kept with the unique IDs of those that they name.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
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
