package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"
)

// postTimeout ends a request whose answer is small.
const postTimeout = time.Minute

// signedPost is a request to one of the APIs that are not S3's, signed in its
// header.
type signedPost struct {
	url, contentType string
	service, region  string
	body             []byte
}

// post sends p and returns the status and the body of the answer.
func (c *connection) post(ctx context.Context, p signedPost) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.body))
	if err != nil {
		return 0, nil, withoutURL(err)
	}
	r.Header.Set("Content-Type", p.contentType)
	r.Header.Set("User-Agent", "signet/"+currentVersion().Version)
	sum := sha256.Sum256(p.body)
	if err := c.sign(r, p.service, p.region, hex.EncodeToString(sum[:]), time.Now()); err != nil {
		return 0, nil, err
	}
	response, err := newStore(c, time.Now).client.Do(r)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return 0, nil, fmt.Errorf("nothing listens at %s: start a server with 'signet serve', or name another with --endpoint-url", r.URL.Host)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("talking to %s: %w", r.URL.Host, withoutURL(err))
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(io.LimitReader(response.Body, maxListBody)); err != nil {
		return 0, nil, fmt.Errorf("talking to %s: %w", r.URL.Host, err)
	}
	return response.StatusCode, body, nil
}
