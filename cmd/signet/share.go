package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v3"
)

// defaultShareBucket is where share puts files, on servers where one's buckets
// are one's own.
const defaultShareBucket = "shared"

func shareCommand() *cli.Command {
	return &cli.Command{
		Name:      "share",
		Usage:     "upload files and print links to them",
		ArgsUsage: "FILE...",
		Description: "Uploads each file to a private bucket, which is made when it is missing, and prints a link that\n" +
			"whoever gets it can open until it expires. A file shared again gets a place and a link of its own,\n" +
			"so that older links keep showing what they showed. Links go to standard output, a line each.\n\n" +
			"    signet share report.pdf\n" +
			"    signet share --expires 7d --download photos/*.jpg\n" +
			"    signet share --json report.pdf | jq -r .url\n\n" +
			"On Amazon S3 and other shared services, where buckets of all customers have different names, choose\n" +
			"one with --bucket or SIGNET_SHARE_BUCKET.\n\n" + connectionHelp,
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: "bucket", Local: true, Sources: cli.EnvVars("SIGNET_SHARE_BUCKET"),
				Usage: "put files into the bucket `NAME` (default: " + defaultShareBucket + "; none on Amazon S3)",
			},
			expiresFlag("24h"),
			&cli.StringFlag{
				Name: "public-url", Local: true, Sources: cli.EnvVars("SIGNET_PUBLIC_URL"),
				Usage: "make the link for `URL`, by which others reach the server (default: the endpoint)",
			},
			&switchFlag{Name: "download", Local: true, Usage: "make browsers save the file rather than show it"},
			&cli.StringFlag{Name: "content-type", Local: true, Usage: "share the files as of this `TYPE` (default: by their extension)"},
			&switchFlag{Name: "json", Local: true, Usage: "print a JSON object per file: file, bucket, key, size, content_type, url, expires"},
			quietFlag(),
		}, connectionFlags()...),
		Action: interruptible(share),
	}
}

// expiresFlag is the flag that says how long a link lives.
func expiresFlag(value string) cli.Flag {
	return &cli.StringFlag{
		Name: "expires", Local: true, Value: value,
		Usage: "let the link live for `DURATION`, as 30m, 1h, 7d or in seconds; 7d at most",
	}
}

// shared is what --json prints of a file.
type shared struct {
	File        string    `json:"file"`
	Bucket      string    `json:"bucket"`
	Key         string    `json:"key"`
	Size        int64     `json:"size"`
	ContentType string    `json:"content_type"`
	URL         string    `json:"url"`
	Expires     time.Time `json:"expires"`
}

func share(ctx context.Context, cmd *cli.Command) error {
	if !cmd.Args().Present() {
		return usageErrorf(cmd, "expected a file to share")
	}
	lifetime, err := parseExpires(cmd.String("expires"))
	if err != nil {
		return usageErrorf(cmd, "--expires: %w", err)
	}
	// A name that is wrong shows before anything is uploaded.
	for _, name := range cmd.Args().Slice() {
		file, err := openUpload(name)
		if err != nil {
			return err
		}
		file.Close()
	}
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return err
	}
	bucket := cmd.String("bucket")
	if bucket == "" {
		if conn.endpoint == nil || isAmazon(conn.endpoint) {
			return usageErrorf(cmd, "choose a bucket of yours, or a new name for one, with --bucket: "+
				"on Amazon S3 the buckets of all customers have different names")
		}
		bucket = defaultShareBucket
	}
	if _, err := parseS3URI(s3Scheme + bucket); err != nil || strings.Contains(bucket, "/") {
		return usageErrorf(cmd, "--bucket: %q is not a bucket's name", bucket)
	}
	public, err := publicConnection(cmd, conn)
	if err != nil {
		return err
	}
	warn(cmd, conn.warnings(time.Now(), lifetime))
	s := newStore(conn, time.Now)
	if err := s.needBucket(ctx, bucket); err != nil {
		return err
	}
	for _, name := range cmd.Args().Slice() {
		link, err := s.shareFile(ctx, cmd, name, bucket)
		if err != nil {
			return fmt.Errorf("sharing %s: %w", name, err)
		}
		now := s.now()
		get := request{method: http.MethodGet, target: s3URI{link.Bucket, link.Key}}
		if link.URL, err = public.presign(get, now, lifetime); err != nil {
			return err
		}
		link.Expires = expiry(now, lifetime)
		if err := printShared(cmd, link); err != nil {
			return err
		}
	}
	if isTerminal(cmd.Root().ErrWriter) && public.endpoint != nil && isLoopback(public.endpoint) {
		warn(cmd, []string{"links to " + public.endpoint.Host + " open on this machine only; --public-url makes them for the name by which others reach the server"})
	}
	return nil
}

// publicConnection returns conn as those see it who get the links.
func publicConnection(cmd *cli.Command, conn *connection) (*connection, error) {
	// The server takes several from the variable of that name, the first of
	// which is the one to print.
	name, _, _ := strings.Cut(cmd.String("public-url"), ",")
	if name = strings.TrimSpace(name); name == "" {
		return conn, nil
	}
	endpoint, err := parseEndpoint(name)
	if err != nil {
		return nil, usageErrorf(cmd, "--public-url: %w", err)
	}
	return conn.at(endpoint), nil
}

// warn prints what somebody should know though the command works.
func warn(cmd *cli.Command, warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintf(cmd.Root().ErrWriter, "signet: warning: %s\n", warning)
	}
}

func printShared(cmd *cli.Command, link shared) error {
	if cmd.Bool("json") {
		return printJSON(cmd, link)
	}
	_, err := fmt.Fprintln(cmd.Root().Writer, link.URL)
	if err == nil && isTerminal(cmd.Root().ErrWriter) {
		fmt.Fprintf(cmd.Root().ErrWriter, "opens for whoever has it until %s\n", link.Expires.Local().Format("Mon 2 Jan 2006 15:04 MST"))
	}
	return err
}

// needBucket makes the bucket unless it is there.
func (s *store) needBucket(ctx context.Context, bucket string) error {
	err := s.succeed(ctx, request{method: http.MethodHead, target: s3URI{bucket: bucket}})
	if err == nil || isStatus(err, http.StatusForbidden) {
		// Who may not ask may still be allowed to upload.
		return nil
	}
	if !isStatus(err, http.StatusNotFound) {
		return err
	}
	err = s.makeBucket(ctx, bucket)
	switch {
	case hasCode(err, "BucketAlreadyOwnedByYou"):
		return nil // somebody was quicker
	case hasCode(err, "BucketAlreadyExists"):
		return fmt.Errorf("%w; choose another name with --bucket", err)
	}
	return err
}

// shareFile uploads a file and says all of it but the link.
func (s *store) shareFile(ctx context.Context, cmd *cli.Command, name, bucket string) (shared, error) {
	file, err := openUpload(name)
	if err != nil {
		return shared{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return shared{}, err
	}
	base := filepath.Base(name)
	target := s3URI{bucket: bucket, key: shareKey(rand.Reader, base)}
	contentType := cmd.String("content-type")
	if contentType == "" {
		contentType = contentTypeOf(base)
	}
	disposition := "inline"
	if cmd.Bool("download") {
		disposition = "attachment"
	}
	header := http.Header{
		"Content-Type":        {contentType},
		"Content-Disposition": {contentDisposition(disposition, base)},
	}
	if err := s.upload(ctx, file, target, header, progressWriter(cmd)); err != nil {
		return shared{}, err
	}
	return shared{File: name, Bucket: bucket, Key: target.key, Size: info.Size(), ContentType: contentType}, nil
}

// shareKey returns a key that ends in the file's name, under a folder of its
// own, so that no file takes another's place.
func shareKey(random io.Reader, base string) string {
	var folder [5]byte
	if _, err := io.ReadFull(random, folder[:]); err != nil {
		panic(err) // crypto/rand's Reader never fails
	}
	return hex.EncodeToString(folder[:]) + "/" + strings.ToValidUTF8(base, "_")
}

// contentDisposition names a file as RFC 6266 and RFC 8187 say: in a form that
// every client reads, and once more in full where that form loses something.
func contentDisposition(kind, name string) string {
	name = strings.ToValidUTF8(name, "_")
	var plain, full strings.Builder
	exact := true
	for _, r := range name {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			exact = false
			r = '_'
		}
		plain.WriteRune(r)
	}
	value := kind + `; filename="` + plain.String() + `"`
	if exact {
		return value
	}
	for i := range len(name) {
		if c := name[i]; c < utf8.RuneSelf && (isAlphanumeric(c) || strings.IndexByte("!#$&+-.^_`|~", c) >= 0) {
			full.WriteByte(c)
		} else {
			fmt.Fprintf(&full, "%%%02X", c)
		}
	}
	return value + "; filename*=UTF-8''" + full.String()
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
