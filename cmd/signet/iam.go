package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/urfave/cli/v3"
)

// iamVersion is the version of IAM's API.
const iamVersion = "2010-05-08"

// iamTimeout ends a request to IAM, whose answers are small.
const iamTimeout = time.Minute

// callIAM sends one request of IAM's Query API to the server that cmd's flags and
// environment name, and reads the answer into result, unless that is nil.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
func callIAM(ctx context.Context, cmd *cli.Command, action string, parameters url.Values, result any) error {
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, iamTimeout)
	defer cancel()
	form := url.Values{"Action": {action}, "Version": {iamVersion}}
	for name, values := range parameters {
		form[name] = values
	}
	r, err := conn.iamRequest(ctx, form.Encode(), time.Now())
	if err != nil {
		return err
	}
	response, err := newStore(conn, time.Now).client.Do(r)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("nothing listens at %s: start a server with 'signet serve', or name another with --endpoint-url", r.URL.Host)
	}
	if err != nil {
		return fmt.Errorf("talking to %s: %w", r.URL.Host, withoutURL(err))
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxListBody))
	if err != nil {
		return fmt.Errorf("talking to %s: %w", r.URL.Host, err)
	}
	if response.StatusCode != http.StatusOK {
		return iamRefusal(response.StatusCode, body)
	}
	if result == nil {
		return nil
	}
	if err := xml.Unmarshal(body, result); err != nil {
		return fmt.Errorf("%s did not answer as IAM does: %w", r.URL.Host, err)
	}
	return nil
}

// iamRequest returns a signed request. IAM has one endpoint for all regions, which
// is in us-east-1.
func (c *connection) iamRequest(ctx context.Context, body string, now time.Time) (*http.Request, error) {
	endpoint := "https://iam.amazonaws.com"
	if c.endpoint != nil {
		endpoint = c.endpoint.String()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/", bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, withoutURL(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("User-Agent", "signet/"+currentVersion().Version)
	sum := sha256.Sum256([]byte(body))
	err = v4.NewSigner().SignHTTP(ctx, aws.Credentials{
		AccessKeyID: c.accessKeyID, SecretAccessKey: c.secretAccessKey, SessionToken: c.sessionToken,
	}, r, hex.EncodeToString(sum[:]), "iam", "us-east-1", now)
	return r, err
}

// iamRefusal says what IAM, or whatever else answered, says.
func iamRefusal(status int, body []byte) error {
	var refusal struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	if err := xml.Unmarshal(body, &refusal); err != nil || refusal.Code == "" {
		return fmt.Errorf("the server answered %d %s, and not as IAM does", status, strings.ToLower(http.StatusText(status)))
	}
	return fmt.Errorf("%s: %s", printable(refusal.Code), strings.TrimSpace(printable(refusal.Message)))
}

// listIAM asks for all pages of a list. each reads one answer, which has IsTruncated
// and Marker in the element that has that name.
func listIAM(ctx context.Context, cmd *cli.Command, action string, parameters url.Values, each func(body []byte) error) error {
	marker := ""
	for {
		page := url.Values{}
		for name, values := range parameters {
			page[name] = values
		}
		if marker != "" {
			page.Set("Marker", marker)
		}
		var answer struct {
			Inner  []byte `xml:",innerxml"`
			Result struct {
				IsTruncated bool   `xml:"IsTruncated"`
				Marker      string `xml:"Marker"`
			} `xml:",any"`
		}
		if err := callIAM(ctx, cmd, action, page, &answer); err != nil {
			return err
		}
		if err := each(append(append([]byte("<answer>"), answer.Inner...), "</answer>"...)); err != nil {
			return err
		}
		if !answer.Result.IsTruncated || answer.Result.Marker == "" || answer.Result.Marker == marker {
			return nil
		}
		marker = answer.Result.Marker
	}
}

// jsonFlag makes a command print for programs.
func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Local: true, Usage: "print JSON"}
}

// oneArgument returns the only argument, which is a what.
func oneArgument(cmd *cli.Command, what string) (string, error) {
	if cmd.Args().Len() != 1 || cmd.Args().First() == "" {
		return "", usageErrorf(cmd, "expected %s", what)
	}
	return cmd.Args().First(), nil
}

// showNewKey prints an access key as a shell takes it.
func showNewKey(w io.Writer, id, secret string) error {
	_, err := fmt.Fprintf(w, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\nunset AWS_SESSION_TOKEN\n", id, secret)
	return err
}
