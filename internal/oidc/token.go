package oidc

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxToken is how many characters a token may have, as on Amazon:
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
	maxToken = 20000
	// maxHeader is how many of them may be the header's.
	maxHeader = 4096
	// maxSubject is OpenID Connect's limit.
	maxSubject = 255
	// maxValues bounds lists of strings.
	maxValues = 100
	// skew is how far the issuer's clock may be from this one.
	skew = time.Minute
)

// token is a token before anything of it is believed.
type token struct {
	text           string
	algorithm, kid string
	claims         claims
}

// claims are the members of a JSON object. Unlike encoding/json's fields, their
// names are told apart by case.
type claims map[string]json.RawMessage

// parseToken reads a JWS in compact serialization.
func parseToken(text string) (*token, error) {
	switch {
	case text == "":
		return nil, invalid("it is empty")
	case len(text) > maxToken:
		return nil, invalid("it has more than %d characters", maxToken)
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 || len(parts[0]) > maxHeader {
		return nil, invalid("it is no JSON Web Token")
	}
	var objects [2]claims
	for i, part := range parts {
		// encoding/base64 would skip line ends.
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") || len(decoded) == 0 {
			return nil, invalid("it is no JSON Web Token")
		}
		if i < len(objects) {
			if objects[i], err = parseObject(decoded); err != nil {
				return nil, err
			}
		}
	}
	header, t := objects[0], &token{text: text, claims: objects[1]}
	var err error
	if t.algorithm, err = header.text("alg"); err != nil {
		return nil, err
	}
	if header["kid"] != nil {
		if t.kid, err = header.text("kid"); err != nil {
			return nil, err
		}
	}
	// What a token says that it needs understood: nothing is.
	if header["crit"] != nil {
		return nil, invalid("its header has critical extensions")
	}
	return t, nil
}

func parseObject(text []byte) (claims, error) {
	var object claims
	if !utf8.Valid(text) || json.Unmarshal(text, &object) != nil || object == nil {
		return nil, invalid("it is no JSON Web Token of claims")
	}
	// What is null is not there.
	maps.DeleteFunc(object, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	return object, nil
}

// text returns a claim that has to be a string that is not empty.
func (c claims) text(name string) (string, error) {
	raw, ok := c[name]
	if !ok {
		return "", invalid("%s is missing", name)
	}
	var value string
	if raw[0] != '"' || json.Unmarshal(raw, &value) != nil || value == "" {
		return "", invalid("%s is no string, or empty", name)
	}
	return value, nil
}

// texts returns a claim that is a string or a list of strings, and whether it is.
func (c claims) texts(name string) ([]string, bool) {
	raw := c[name]
	if len(raw) == 0 {
		return nil, false
	}
	switch raw[0] {
	case '"':
		var value string
		err := json.Unmarshal(raw, &value)
		return []string{value}, err == nil
	case '[':
		var values []*string
		if json.Unmarshal(raw, &values) != nil || len(values) > maxValues {
			return nil, false
		}
		list := make([]string, 0, len(values))
		for _, v := range values {
			if v == nil {
				return nil, false
			}
			list = append(list, *v)
		}
		return list, true
	}
	return nil, false
}

// time returns a claim that has to be a number of seconds since 1970.
func (c claims) time(name string) (time.Time, error) {
	raw, ok := c[name]
	if !ok {
		return time.Time{}, invalid("%s is missing", name)
	}
	var seconds float64
	// The end of the year 9999 is far enough.
	if raw[0] == '"' || raw[0] == 'n' || json.Unmarshal(raw, &seconds) != nil || seconds < 0 || seconds > 253402300799 {
		return time.Time{}, invalid("%s is no time", name)
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), nil
}

// check holds what a token says to what p accepts at a time.
func (t *token) check(p Provider, now time.Time) (Identity, error) {
	c := t.claims
	issuer, err := c.text("iss")
	if err != nil {
		return Identity{}, err
	}
	if strings.TrimSuffix(issuer, "/") != "https://"+strings.TrimSuffix(p.Issuer, "/") {
		return Identity{}, invalid("another issuer made it")
	}
	id := Identity{Texts: make(map[string][]string)}
	if err := t.checkTimes(&id, now); err != nil {
		return Identity{}, err
	}
	if err := t.checkAudience(&id, p); err != nil {
		return Identity{}, err
	}
	if id.Subject, err = c.text("sub"); err != nil {
		return Identity{}, err
	}
	if len(id.Subject) > maxSubject || !isPrintable(id.Subject) {
		return Identity{}, &RejectedClaimError{Claim: "sub", Problem: "is not 1 to 255 printable ASCII characters"}
	}
	for name := range c {
		if values, ok := c.texts(name); ok {
			id.Texts[name] = values
		}
	}
	id.Methods = id.Texts["amr"]
	return id, t.readSession(&id)
}

// checkTimes checks exp, iat and nbf.
func (t *token) checkTimes(id *Identity, now time.Time) error {
	var err error
	if id.Expires, err = t.claims.time("exp"); err != nil {
		return err
	}
	if !now.Before(id.Expires.Add(skew)) {
		return &ExpiredError{Now: now, Expires: id.Expires}
	}
	if id.Issued, err = t.claims.time("iat"); err != nil {
		return err
	}
	if id.Issued.After(now.Add(skew)) {
		return &RejectedClaimError{Claim: "iat", Problem: "is in the future"}
	}
	if t.claims["nbf"] == nil {
		return nil
	}
	begins, err := t.claims.time("nbf")
	if err != nil {
		return err
	}
	if begins.After(now.Add(skew)) {
		return &RejectedClaimError{Claim: "nbf", Problem: "is in the future"}
	}
	return nil
}

// checkAudience checks aud and azp. A token that is for an accepted audience but
// was made on behalf of a party that is not is refused.
func (t *token) checkAudience(id *Identity, p Provider) error {
	if t.claims["aud"] == nil {
		return invalid("aud is missing")
	}
	var ok bool
	if id.Audiences, ok = t.claims.texts("aud"); !ok {
		return invalid("aud is neither a string nor a list of strings")
	}
	for _, audience := range id.Audiences {
		if slices.Contains(p.ClientIDs, audience) {
			id.ClientIDs = append(id.ClientIDs, audience)
		}
	}
	if len(id.ClientIDs) == 0 {
		return invalid("incorrect token audience")
	}
	if t.claims["azp"] == nil {
		return nil
	}
	var err error
	if id.AuthorizedParty, err = t.claims.text("azp"); err != nil {
		return err
	}
	if !slices.Contains(p.ClientIDs, id.AuthorizedParty) {
		return &RejectedClaimError{Claim: "azp", Problem: "is no client ID of the provider"}
	}
	return nil
}

func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
}
