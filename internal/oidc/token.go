package oidc

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/strictjson"
)

const (
	// maxToken is how many characters a token may have, as on Amazon:
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
	maxToken = 20000
	// maxHeader is how many of them may be the header's.
	maxHeader = 4096
	// maxSubject is OpenID Connect's limit.
	maxSubject = 255
	// maxDepth is how deeply a token, or a document of an issuer, may be nested.
	maxDepth = 32
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

// claims are the members of a JSON object but for those that are null. Names are told
// apart by case, and none came twice.
type claims map[string]strictjson.Value

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
	if header.has("kid") {
		if t.kid, err = header.text("kid"); err != nil {
			return nil, err
		}
	}
	// What a token says that it needs understood: nothing is.
	if header.has("crit") {
		return nil, invalid("its header has critical extensions")
	}
	return t, nil
}

func parseObject(text []byte) (claims, error) {
	v, err := strictjson.Parse(text, strictjson.Options{Kind: strictjson.Object, Size: maxDocument, Depth: maxDepth})
	if err != nil {
		return nil, invalid("it is no JSON Web Token of claims: %v", err)
	}
	return members(v), nil
}

// members returns those of an object, and none of another value.
func members(v strictjson.Value) claims {
	c := make(claims, len(v.Names))
	for i, name := range v.Names {
		if v.Items[i].Kind != strictjson.Null {
			c[name] = v.Items[i]
		}
	}
	return c
}

// has reports whether there is a claim of that name.
func (c claims) has(name string) bool {
	_, ok := c[name]
	return ok
}

// text returns a claim that has to be a string that is not empty.
func (c claims) text(name string) (string, error) {
	value, ok := c[name]
	switch {
	case !ok:
		return "", invalid("%s is missing", name)
	case value.Kind != strictjson.String || value.Text == "":
		return "", invalid("%s is no string, or empty", name)
	}
	return value.Text, nil
}

// texts returns a claim that is a string or a list of strings, and whether it is.
func (c claims) texts(name string) ([]string, bool) {
	value := c[name]
	switch {
	case value.Kind == strictjson.String:
		return []string{value.Text}, true
	case value.Kind != strictjson.Array || len(value.Items) > maxValues:
		return nil, false
	}
	list := make([]string, len(value.Items))
	for i, item := range value.Items {
		if item.Kind != strictjson.String {
			return nil, false
		}
		list[i] = item.Text
	}
	return list, true
}

// time returns a claim that has to be a number of seconds since 1970.
func (c claims) time(name string) (time.Time, error) {
	value, ok := c[name]
	if !ok {
		return time.Time{}, invalid("%s is missing", name)
	}
	seconds, err := strconv.ParseFloat(value.Text, 64)
	// The end of the year 9999 is far enough.
	if value.Kind != strictjson.Number || err != nil || seconds < 0 || seconds > 253402300799 {
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
	if !p.isNamed(issuer) {
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
	if !t.claims.has("nbf") {
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
	if !t.claims.has("aud") {
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
	if !t.claims.has("azp") {
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
