package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/urfave/cli/v3"
)

// iamVersion is the version of IAM's API.
const iamVersion = "2010-05-08"

// callIAM sends one request of IAM's Query API to the server that cmd's flags and
// environment name, and reads the answer into result, unless that is nil.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
func callIAM(ctx context.Context, cmd *cli.Command, action string, parameters url.Values, result any) error {
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return err
	}
	form := url.Values{"Action": {action}, "Version": {iamVersion}}
	for name, values := range parameters {
		form[name] = values
	}
	endpoint := "https://iam.amazonaws.com"
	if conn.endpoint != nil {
		endpoint = conn.endpoint.String()
	}
	// IAM has one endpoint for all regions, which is in us-east-1.
	status, body, err := conn.post(ctx, signedPost{
		url: endpoint + "/", contentType: "application/x-www-form-urlencoded; charset=utf-8",
		service: "iam", region: "us-east-1", body: []byte(form.Encode()),
	})
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return iamRefusal(status, body)
	}
	if result == nil {
		return nil
	}
	if err := xml.Unmarshal(body, result); err != nil {
		return fmt.Errorf("%s did not answer as IAM does: %w", endpoint, err)
	}
	return nil
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
	return &switchFlag{Name: "json", Local: true, Usage: "print JSON"}
}

// oneArgument returns the only argument, which is a what.
func oneArgument(cmd *cli.Command, what string) (string, error) {
	if cmd.Args().Len() != 1 || cmd.Args().First() == "" {
		return "", usageErrorf(cmd, "expected %s", what)
	}
	return cmd.Args().First(), nil
}
