package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/signet-store/signet"
)

func explainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say what a presigned URL is, and whether it works",
		ArgsUsage: "URL",
		Description: "Reads a presigned URL of any S3 and says what it is for, who signed it and how long it lives. With\n" +
			"--server it asks the server that the URL was signed for whether it would work now, and if not, which check or\n" +
			"which statement of which policy refuses it. You may ask about URLs of your own account. Nothing is\n" +
			"downloaded, and no use of the URL is made. Signatures and session tokens are never printed.\n\n" +
			"    signet explain \"$URL\"\n" +
			"    signet explain --server --method PUT \"$URL\"\n\n" +
			"Put the URL in quotes: it has & in it. A URL of - is read from standard input.\n\n" + connectionHelp,
		Flags: append([]cli.Flag{
			&switchFlag{Name: "server", Local: true, Usage: "ask the server whether the URL would work now"},
			&cli.StringFlag{Name: "method", Local: true, Usage: "of a request with this `METHOD` (default: the one that it was signed for)"},
			&cli.StringSliceFlag{Name: "header", Local: true, Usage: "and with the header `NAME:VALUE`; repeatable"},
			&cli.StringFlag{Name: "source-ip", Local: true, Usage: "from the address `IP` (default: yours)"},
			&cli.StringSliceFlag{Name: "domain", Local: true, Usage: "the URL's server has buckets at BUCKET.`NAME`; repeatable"},
			jsonFlag(),
		}, connectionFlags()...),
		Action: interruptible(explain),
	}
}

// maxURL bounds what is read of standard input, in bytes.
const maxURL = 64 << 10

func explain(ctx context.Context, cmd *cli.Command) error {
	address, err := oneArgument(cmd, "one URL, in quotes")
	if err != nil {
		return err
	}
	if address == "-" {
		text, err := io.ReadAll(io.LimitReader(cmd.Root().Reader, maxURL))
		if err != nil {
			return err
		}
		address = strings.TrimSpace(string(text))
	}
	link, err := signet.Parse(address, cmd.StringSlice("domain")...)
	if err != nil {
		return inOneVoice(err)
	}
	said := describe(link, time.Now())
	var answer *verdict
	if cmd.Bool("server") {
		if answer, err = askServer(ctx, cmd, address); err != nil {
			return err
		}
	}
	if cmd.Bool("json") {
		if err := printJSON(cmd, struct {
			urlFacts
			Server *verdict `json:"server,omitempty"`
		}{said, answer}); err != nil {
			return err
		}
	} else if err := said.print(cmd.Root().Writer, answer); err != nil {
		return err
	}
	if answer != nil && !answer.Works {
		return errRefused
	}
	return nil
}

var errRefused = errors.New("the server would refuse it")

// urlFacts is what a URL says by itself.
type urlFacts struct {
	URL              string    `json:"url"` // without its signature
	SignatureVersion int       `json:"signature_version"`
	AccessKeyID      string    `json:"access_key_id"`
	Temporary        bool      `json:"temporary"`
	Method           string    `json:"method,omitempty"`
	Endpoint         string    `json:"endpoint"`
	Bucket           string    `json:"bucket"`
	Key              string    `json:"key"`
	Guessed          bool      `json:"guessed"`
	Region           string    `json:"region,omitempty"`
	Signed           time.Time `json:"signed,omitzero"`
	Expires          time.Time `json:"expires"`
	Expired          bool      `json:"expired"`
	// SecondsLeft is negative for what has expired.
	SecondsLeft   int64      `json:"seconds_left"`
	SignedHeaders []string   `json:"signed_headers,omitempty"`
	Parameters    url.Values `json:"parameters,omitempty"`

	left time.Duration
}

// describe says what a URL is without asking anybody.
func describe(l *signet.Link, now time.Time) urlFacts {
	f := urlFacts{
		URL: l.String(), SignatureVersion: l.SignatureVersion, AccessKeyID: l.AccessKeyID, Temporary: l.Temporary,
		Method: methodOf(l.Query), Endpoint: l.Endpoint, Bucket: l.Bucket, Key: l.Key, Guessed: l.Guessed, Region: l.Region,
		Signed: l.Signed, Expires: l.Expires, SignedHeaders: l.SignedHeaders, Parameters: l.Query,
		left: l.Expires.Sub(now),
	}
	f.SecondsLeft, f.Expired = int64(f.left/time.Second), f.left < 0
	return f
}

// methodOf tells the method that the URLs of Amazon's newer SDKs name in x-id; a
// signature hides it.
func methodOf(query url.Values) string {
	switch operation := query.Get("x-id"); {
	case strings.HasPrefix(operation, "Get"), strings.HasPrefix(operation, "List"):
		return http.MethodGet
	case strings.HasPrefix(operation, "Head"):
		return http.MethodHead
	case operation == "PutObject", operation == "UploadPart", operation == "CopyObject":
		return http.MethodPut
	case strings.HasPrefix(operation, "Delete"):
		return http.MethodDelete
	}
	return ""
}

// print writes the facts and the verdict, if there is one, for people.
func (f *urlFacts) print(w io.Writer, v *verdict) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-15s %s\n", name, printable(value))
		}
	}
	line("signature", fmt.Sprintf("version %d", f.SignatureVersion))
	key := f.AccessKeyID
	if f.Temporary {
		key += ", of a session: it dies with the session"
	}
	line("access key", key)
	line("endpoint", f.Endpoint)
	line("bucket", f.Bucket)
	line("key", f.Key)
	if f.Guessed {
		line("", "(if the server has buckets as host names, --domain NAME tells them apart)")
	}
	method := f.Method
	if method == "" {
		method = "not told by the URL"
	}
	line("method", method)
	line("region", f.Region)
	if !f.Signed.IsZero() {
		line("signed", f.Signed.UTC().Format(time.RFC3339))
	}
	line("expires", f.Expires.UTC().Format(time.RFC3339)+", "+leftText(f.left))
	line("signed headers", strings.Join(f.SignedHeaders, ", "))
	names := make([]string, 0, len(f.Parameters))
	for name := range f.Parameters {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		line("parameter", name+"="+strings.Join(f.Parameters[name], ","))
	}
	if v != nil {
		v.lines(line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func leftText(left time.Duration) string {
	if left < 0 {
		return formatDuration((-left).Round(time.Second)) + " ago"
	}
	return formatDuration(left.Round(time.Second)) + " left"
}

// verdict is what the server says.
type verdict struct {
	Works     bool   `json:"works"`
	Step      string `json:"step,omitempty"`
	Status    int    `json:"status,omitempty"`
	Code      string `json:"code,omitempty"`
	Message   string `json:"message,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Policy    string `json:"policy,omitempty"`
	Statement string `json:"statement,omitempty"`
	Method    string `json:"method,omitempty"`
	Operation string `json:"operation,omitempty"`
	Bucket    string `json:"bucket,omitempty"`
	Key       string `json:"key,omitempty"`
	VersionID string `json:"version_id,omitempty"`
	Caller    string `json:"caller,omitempty"`
}

// lines tells people what the server says.
func (v *verdict) lines(line func(name, value string)) {
	line("operation", strings.TrimSpace(v.Operation+" "+v.Method))
	line("signed by", v.Caller)
	if v.Works {
		line("now", "works")
		return
	}
	line("now", fmt.Sprintf("refused at the step %q: %d %s", v.Step, v.Status, v.Code))
	line("", v.Message)
	line("because", v.Reason)
	if v.Policy != "" {
		line("by", strings.TrimSuffix("statement "+v.Statement+" of "+v.Policy, " of "))
	}
}

// askServer asks whether the URL would work.
func askServer(ctx context.Context, cmd *cli.Command, address string) (*verdict, error) {
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return nil, err
	}
	if conn.endpoint == nil {
		return nil, errors.New("name the server with --endpoint-url or AWS_ENDPOINT_URL: Amazon's explains no URLs")
	}
	header, err := headerFlags(cmd)
	if err != nil {
		return nil, err
	}
	question, err := json.Marshal(map[string]any{
		"url": address, "method": strings.ToUpper(cmd.String("method")), "headers": headerJSON(header), "source_ip": cmd.String("source-ip"),
	})
	if err != nil {
		return nil, err
	}
	answer := new(verdict)
	return answer, conn.askControl(ctx, "explain", question, answer)
}

// askControl sends a question to Signet's own API.
func (c *connection) askControl(ctx context.Context, resource string, question []byte, answer any) error {
	status, body, err := c.post(ctx, signedPost{
		url: c.endpoint.String() + "/-/v1/" + resource, contentType: "application/json",
		service: "signet", region: c.region, body: question,
	})
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		var refused struct{ Code, Message string }
		if json.Unmarshal(body, &refused) != nil || refused.Code == "" {
			return fmt.Errorf("%s answered %d, and not as Signet does", c.endpoint.Host, status)
		}
		return fmt.Errorf("%s: %s", printable(refused.Code), printable(refused.Message))
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("%s did not answer as Signet does: %w", c.endpoint.Host, err)
	}
	return nil
}
