package iam

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// signedService returns the service that the credentials of a request are scoped
// to, and whether it has any. It believes nothing: the signature is verified for
// the service that it returns.
func signedService(h http.Header, query string) (name string, signed bool) {
	if value := h.Get("Authorization"); value != "" {
		_, credential, ok := strings.Cut(value, "Credential=")
		if !ok {
			return "", false // an unknown scheme, which auth refuses
		}
		credential, _, _ = strings.Cut(credential, ",")
		credential, _, _ = strings.Cut(credential, " ")
		return scopeService(credential), true
	}
	if credential := queryValue(query, "X-Amz-Credential"); credential != "" {
		return scopeService(credential), true
	}
	return "", false
}

// scopeService returns the service of a credential ID/DATE/REGION/SERVICE/aws4_request.
func scopeService(credential string) string {
	parts := strings.Split(credential, "/")
	if len(parts) < 5 {
		return ""
	}
	return parts[len(parts)-2]
}

// queryValue returns the first parameter of that name in a raw query, "" if there
// is none or it cannot be read.
func queryValue(query, name string) string {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, value, _ := strings.Cut(pair, "=")
		if key != name {
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return ""
		}
		return text
	}
	return ""
}

// isForm reports whether a content type is that of a form.
func isForm(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && t == "application/x-www-form-urlencoded"
}
