package sigv4

import "strings"

// Authorization is what an Authorization header says.
type Authorization struct {
	Credential    Credential
	SignedHeaders SignedHeaders
	Signature     Signature
}

// ParseAuthorization parses the value of an Authorization header such as
//
//	AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-date,Signature=...
//
// The components may stand in any order, with or without spaces around the commas.
// Each error is a *ComponentError; ErrAlgorithm means that it is not of this scheme.
// With ErrSignature all else is returned: such a signature is as wrong as any other.
func ParseAuthorization(s string) (Authorization, error) {
	algorithm, rest, _ := strings.Cut(strings.Trim(s, " \t"), " ")
	if algorithm != Algorithm {
		return Authorization{}, &ComponentError{Err: ErrAlgorithm, Value: algorithm}
	}
	const (
		credential = iota
		signedHeaders
		signature
	)
	names := [...]string{"Credential", "SignedHeaders", "Signature"}
	var values [len(names)]string
	var have [len(names)]bool
components:
	for component := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.Trim(component, " \t"), "=")
		if !ok {
			if name == "" { // "AWS4-HMAC-SHA256", or a comma at the end
				continue
			}
			return Authorization{}, &ComponentError{Err: ErrHeader}
		}
		for i := range names {
			if names[i] != name {
				continue
			}
			if have[i] {
				return Authorization{}, &ComponentError{Name: name, Err: ErrDuplicate}
			}
			values[i], have[i] = value, true
			continue components
		}
		return Authorization{}, &ComponentError{Err: ErrHeader}
	}
	for i := range names {
		if values[i] == "" {
			return Authorization{}, &ComponentError{Name: names[i], Err: ErrMissing}
		}
	}
	var a Authorization
	var err error
	if a.Credential, err = ParseCredential(values[credential]); err != nil {
		return Authorization{}, &ComponentError{Name: "Credential", Err: err, Value: values[credential]}
	}
	if a.SignedHeaders, err = ParseSignedHeaders(values[signedHeaders]); err != nil {
		return Authorization{}, &ComponentError{Name: "SignedHeaders", Err: err, Value: values[signedHeaders]}
	}
	if a.Signature, err = ParseSignature(values[signature]); err != nil {
		return a, &ComponentError{Name: "Signature", Err: err}
	}
	return a, nil
}
