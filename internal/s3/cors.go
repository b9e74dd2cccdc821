package s3

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/auth"
)

// maxCORSRules is how many rules a bucket may have.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
const maxCORSRules = 100

// corsConfiguration says which web pages may use a bucket.
type corsConfiguration struct {
	XMLName xml.Name   `xml:"CORSConfiguration"`
	Rules   []corsRule `xml:"CORSRule"`
}

type corsRule struct {
	IDs            []string `xml:"ID"` // one at most
	AllowedHeaders []string `xml:"AllowedHeader"`
	AllowedMethods []string `xml:"AllowedMethod"`
	AllowedOrigins []string `xml:"AllowedOrigin"`
	ExposeHeaders  []string `xml:"ExposeHeader"`
	MaxAgeSeconds  []int    `xml:"MaxAgeSeconds"` // one at most
}

var corsMethods = []string{http.MethodGet, http.MethodPut, http.MethodHead, http.MethodPost, http.MethodDelete}

// decodeCORS reads a configuration that was checked when it was put. What was accepted
// then stays in force.
func decodeCORS(document []byte) (*corsConfiguration, error) {
	c := new(corsConfiguration)
	return c, decodeXML(document, c)
}

// parseCORS reads and checks a configuration.
func parseCORS(document []byte) (*corsConfiguration, error) {
	c, err := decodeCORS(document)
	if err != nil {
		return nil, err
	}
	if len(c.Rules) == 0 || len(c.Rules) > maxCORSRules {
		return nil, errMalformedXML
	}
	for i := range c.Rules {
		if err := c.Rules[i].check(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// document writes a configuration, for parseCORS and for clients.
func (c *corsConfiguration) document() ([]byte, error) {
	b := bytes.NewBufferString(xmlHeader)
	err := xml.NewEncoder(b).EncodeElement(c, xml.StartElement{Name: xml.Name{Space: namespace, Local: "CORSConfiguration"}})
	return b.Bytes(), err
}

// check says what is wrong with a rule.
func (r *corsRule) check() error {
	if len(r.AllowedOrigins) == 0 || len(r.AllowedMethods) == 0 || len(r.IDs) > 1 || len(r.MaxAgeSeconds) > 1 {
		return errMalformedXML
	}
	if len(r.IDs) > 0 && utf8.RuneCountInString(r.IDs[0]) > 255 || len(r.MaxAgeSeconds) > 0 && r.MaxAgeSeconds[0] < 0 {
		return errMalformedXML
	}
	for _, origin := range r.AllowedOrigins {
		if strings.Count(origin, "*") > 1 {
			return invalidRequest(`AllowedOrigin "` + origin + `" can not have more than one wildcard.`)
		}
	}
	for _, method := range r.AllowedMethods {
		if !slices.Contains(corsMethods, method) {
			return invalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is " + method)
		}
	}
	for _, name := range r.AllowedHeaders {
		if strings.Count(name, "*") > 1 {
			return invalidRequest(`AllowedHeader "` + name + `" can not have more than one wildcard.`)
		}
		if !auth.IsHeaderName(name) { // a name may have a *, too
			return invalidRequest(`AllowedHeader "` + name + `" contains invalid character.`)
		}
	}
	for _, name := range r.ExposeHeaders {
		if strings.Contains(name, "*") {
			return invalidRequest(`ExposeHeader "` + name + `" contains wildcard. We currently do not support wildcard for ExposeHeader.`)
		}
		if !auth.IsHeaderName(name) {
			return invalidRequest(`ExposeHeader "` + name + `" contains invalid character.`)
		}
	}
	return nil
}

// match returns the first rule that lets pages of origin send method with the
// given headers, or nil. Headers are compared in any case.
func (c *corsConfiguration) match(origin, method string, headers []string) *corsRule {
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.allowsOrigin(origin) && slices.Contains(r.AllowedMethods, method) && r.allowsHeaders(headers) {
			return r
		}
	}
	return nil
}

func (r *corsRule) allowsOrigin(origin string) bool {
	return slices.ContainsFunc(r.AllowedOrigins, func(pattern string) bool { return wildcard(pattern, origin) })
}

func (r *corsRule) allowsHeaders(headers []string) bool {
	for _, name := range headers {
		if !slices.ContainsFunc(r.AllowedHeaders, func(pattern string) bool {
			return wildcard(strings.ToLower(pattern), strings.ToLower(name))
		}) {
			return false
		}
	}
	return true
}

// wildcard reports whether s is pattern, whose one * stands for any characters.
func wildcard(pattern, s string) bool {
	before, after, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == s
	}
	return len(s) >= len(before)+len(after) && strings.HasPrefix(s, before) && strings.HasSuffix(s, after)
}

// describe adds what an answer to a page of origin says about the rule.
func (r *corsRule) describe(res *response, origin string) {
	if slices.Contains(r.AllowedOrigins, "*") {
		res.Set("Access-Control-Allow-Origin", "*")
	} else {
		res.Set("Access-Control-Allow-Origin", origin)
		res.Set("Access-Control-Allow-Credentials", "true")
	}
	res.Set("Access-Control-Allow-Methods", strings.Join(r.AllowedMethods, ", "))
	if len(r.ExposeHeaders) > 0 {
		res.Set("Access-Control-Expose-Headers", strings.Join(r.ExposeHeaders, ", "))
	}
	if len(r.MaxAgeSeconds) > 0 {
		res.Set("Access-Control-Max-Age", strconv.Itoa(r.MaxAgeSeconds[0]))
	}
	res.Set("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
}
