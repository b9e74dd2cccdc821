package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// maxDocument bounds a discovery document and a key set, in bytes.
	maxDocument = 1 << 20
	// maxHeaders bounds the headers of an answer, in bytes.
	maxHeaders = 64 << 10
	// maxRedirects bounds the redirects of one fetch.
	maxRedirects = 3
	// patience bounds the two fetches together.
	patience = 10 * time.Second
)

const discoveryPath = "/.well-known/openid-configuration"

// fetchKeys asks an issuer for its keys. Errors are *UnreachableError. It goes on
// when whoever asked for it has gone: others wait for it, and who comes and goes
// must not be able to have it done over and over.
func (v *Verifier) fetchKeys(ctx context.Context, p Provider) (*keySet, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.patience)
	defer cancel()
	set, err := v.discover(ctx, p)
	if err != nil {
		return nil, &UnreachableError{Issuer: p.Issuer, Err: err}
	}
	return set, nil
}

func (v *Verifier) discover(ctx context.Context, p Provider) (*keySet, error) {
	document, err := v.get(ctx, p, "https://"+strings.TrimSuffix(p.Issuer, "/")+discoveryPath)
	if err != nil {
		return nil, err
	}
	issuer, address, err := parseDiscovery(document)
	if err != nil {
		return nil, err
	}
	// A slash at the end makes another name, but the same address.
	if !p.isNamed(issuer) {
		return nil, errors.New("the discovery document is another issuer's")
	}
	if document, err = v.get(ctx, p, address); err != nil {
		return nil, err
	}
	keys, err := parseKeys(document)
	if err != nil {
		return nil, err
	}
	return &keySet{issuer: issuer, keys: keys}, nil
}

// parseDiscovery returns the issuer that a discovery document is about and the
// address of its keys.
func parseDiscovery(document []byte) (issuer, keys string, err error) {
	object, err := parseObject(document)
	if err != nil {
		return "", "", errors.New("the discovery document is no JSON object")
	}
	if issuer, err = object.text("issuer"); err != nil {
		return "", "", errors.New("the discovery document names no issuer")
	}
	if keys, err = object.text("jwks_uri"); err != nil {
		return "", "", errors.New("the discovery document names no key set")
	}
	return issuer, keys, nil
}

// get fetches a document of JSON.
func (v *Verifier) get(ctx context.Context, p Provider, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(address) > 2048 {
		return nil, errors.New("an address is none that begins with https://")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "Signet")
	transport := v.transportFor(p, u.Hostname())
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		if len(before) > maxRedirects || next.URL.Scheme != "https" || next.URL.Host != u.Host || next.URL.User != nil {
			return errors.New("a redirect to another host, or one too many")
		}
		return nil
	}}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered with status %d", answer.StatusCode)
	}
	document, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(document) > maxDocument || !json.Valid(document) {
		return nil, errors.New("answered with something too long, or no JSON")
	}
	return document, nil
}
