package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

func presignCommand() *cli.Command {
	return &cli.Command{
		Name:  "presign",
		Usage: "print a URL or a form that works without credentials",
		Description: "Whoever has what this prints can do the one thing it is for, until it expires. No server is asked:\n" +
			"it is made from your keys, for Signet and for any other S3, and a mistake in the bucket or the keys\n" +
			"shows when it is used.\n\n" +
			"    signet presign get s3://papers/report.pdf --expires 7d\n" +
			"    curl -T photo.jpg \"$(signet presign put s3://inbox/photo.jpg)\"\n\n" + connectionHelp,
		Commands: []*cli.Command{
			presignGetCommand(),
			presignPutCommand(),
			presignMethodCommand(http.MethodHead, "print a URL that tells an object's size, type and metadata",
				"    curl --head \"$(signet presign head s3://papers/report.pdf)\"\n"),
			presignMethodCommand(http.MethodDelete, "print a URL that deletes an object",
				"    curl -X DELETE \"$(signet presign delete s3://papers/report.pdf --expires 10m)\"\n"),
			presignPostCommand(),
		},
	}
}

// presignFlags are the flags of every command that prints a URL.
func presignFlags(own ...cli.Flag) []cli.Flag {
	flags := append(own,
		expiresFlag("1h"),
		&cli.StringSliceFlag{
			Name: "header", Local: true,
			Usage: "sign the header `NAME:VALUE`, which must then be sent with the request; repeatable",
		},
		&cli.StringSliceFlag{
			Name: "query", Local: true,
			Usage: "add the query parameter `NAME=VALUE`; repeatable",
		},
		&switchFlag{Name: "json", Local: true, Usage: "print a JSON object: method, url, headers, expires"},
	)
	return append(flags, connectionFlags()...)
}

func presignMethodCommand(method, usage, example string) *cli.Command {
	return &cli.Command{
		Name:        strings.ToLower(method),
		Usage:       usage,
		ArgsUsage:   "s3://BUCKET/KEY",
		Description: example + "\n" + connectionHelp,
		Flags:       presignFlags(),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return presignURL(ctx, cmd, method, func(*presigned) {})
		},
	}
}

func presignGetCommand() *cli.Command {
	return &cli.Command{
		Name:      "get",
		Usage:     "print a URL that downloads an object",
		ArgsUsage: "s3://BUCKET/KEY",
		Description: "    signet presign get s3://papers/report.pdf --expires 7d\n" +
			"    signet presign get s3://papers/2026/a.pdf --download-as report.pdf\n\n" + connectionHelp,
		Flags: presignFlags(
			&switchFlag{Name: "download", Local: true, Usage: "make browsers save the object rather than show it"},
			&cli.StringFlag{Name: "download-as", Local: true, Usage: "make browsers save the object as `NAME`"},
			&cli.StringFlag{Name: "response-content-type", Local: true, Usage: "make the server say that the object is of this `TYPE`"},
			&cli.StringFlag{Name: "response-content-disposition", Local: true, Usage: "make the server send this Content-Disposition `VALUE`"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return presignURL(ctx, cmd, http.MethodGet, func(p *presigned) {
				if value := cmd.String("response-content-type"); value != "" {
					p.query.Set("response-content-type", value)
				}
				disposition := cmd.String("response-content-disposition")
				switch name := cmd.String("download-as"); {
				case disposition != "":
				case name != "":
					disposition = contentDisposition("attachment", name)
				case cmd.Bool("download"):
					disposition = contentDisposition("attachment", path.Base(p.target.key))
				}
				if disposition != "" {
					p.query.Set("response-content-disposition", disposition)
				}
			})
		},
	}
}

func presignPutCommand() *cli.Command {
	return &cli.Command{
		Name:      "put",
		Usage:     "print a URL that uploads an object",
		ArgsUsage: "s3://BUCKET/KEY",
		Description: "The upload is the body of a PUT request. What --content-type and --header say is signed, so the\n" +
			"request must carry the same.\n\n" +
			"    curl -T photo.jpg \"$(signet presign put s3://inbox/photo.jpg)\"\n" +
			"    signet presign put s3://inbox/photo.jpg --content-type image/jpeg --json\n\n" + connectionHelp,
		Flags: presignFlags(
			&cli.StringFlag{Name: "content-type", Local: true, Usage: "allow an upload of this `TYPE` only"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return presignURL(ctx, cmd, http.MethodPut, func(p *presigned) {
				if value := cmd.String("content-type"); value != "" {
					p.header.Set("Content-Type", value)
				}
			})
		},
	}
}

// presigned is what a URL is to be made for.
type presigned struct {
	target s3URI
	header http.Header
	query  url.Values
}

// presignURL prints a URL for what the command's flags say and add adds.
func presignURL(ctx context.Context, cmd *cli.Command, method string, add func(*presigned)) error {
	target, lifetime, err := presignArguments(cmd, parseObjectURI)
	if err != nil {
		return err
	}
	p := &presigned{target: target}
	if p.header, err = headerFlags(cmd); err != nil {
		return err
	}
	if p.query, err = queryFlags(cmd); err != nil {
		return err
	}
	add(p)
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return err
	}
	now := time.Now()
	signed, err := conn.presign(request{method: method, target: p.target, header: p.header, query: p.query}, now, lifetime)
	if err != nil {
		return err
	}
	warn(cmd, conn.warnings(now, lifetime))
	if cmd.Bool("json") {
		return printJSON(cmd, presignedJSON{method, signed, headerJSON(p.header), expiry(now, lifetime)})
	}
	headers := headerJSON(p.header)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(cmd.Root().ErrWriter, "signet: send this header with it: %s: %s\n", name, headers[name])
	}
	_, err = fmt.Fprintln(cmd.Root().Writer, signed)
	return err
}

// presignArguments reads the address and the lifetime.
func presignArguments(cmd *cli.Command, parse func(string) (s3URI, error)) (s3URI, time.Duration, error) {
	if cmd.Args().Len() != 1 {
		return s3URI{}, 0, usageErrorf(cmd, "expected one address, as s3://BUCKET/KEY")
	}
	target, err := parse(cmd.Args().First())
	if err != nil {
		return s3URI{}, 0, usageErrorf(cmd, "%w", err)
	}
	lifetime, err := parseExpires(cmd.String("expires"))
	if err != nil {
		return s3URI{}, 0, usageErrorf(cmd, "--expires: %w", err)
	}
	return target, lifetime, nil
}

// presignedJSON is what --json prints of a URL.
type presignedJSON struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Expires time.Time         `json:"expires"`
}

func headerJSON(header http.Header) map[string]string {
	headers := map[string]string{}
	for name, values := range header {
		headers[name] = strings.Join(values, ",")
	}
	return headers
}

// expiry is when what was signed at now ends, as its signature says it.
func expiry(now time.Time, lifetime time.Duration) time.Time {
	return now.UTC().Truncate(time.Second).Add(lifetime)
}

func printJSON(cmd *cli.Command, value any) error {
	encoder := json.NewEncoder(cmd.Root().Writer)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

func headerFlags(cmd *cli.Command) (http.Header, error) {
	header := http.Header{}
	for _, line := range cmd.StringSlice("header") {
		name, value, found := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !found || name == "" {
			return nil, usageErrorf(cmd, "--header: %q is not NAME:VALUE", line)
		}
		header.Add(name, strings.TrimSpace(value))
	}
	return header, nil
}

func queryFlags(cmd *cli.Command) (url.Values, error) {
	query := url.Values{}
	for _, pair := range cmd.StringSlice("query") {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, usageErrorf(cmd, "--query: %q is not NAME=VALUE", pair)
		}
		query.Add(name, value)
	}
	return query, nil
}
