package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"
)

func lsCommand() *cli.Command {
	return &cli.Command{
		Name:      "ls",
		Usage:     "list buckets, or what is in one",
		ArgsUsage: "[s3://BUCKET[/PREFIX]]",
		Description: "Without an address, lists your buckets; with one, the objects whose keys begin with PREFIX.\n" +
			"Keys that go on after a slash are shown as one folder, unless --recursive is given.\n" +
			"Times are UTC, sizes are bytes.\n\n" +
			"    signet ls\n" +
			"    signet ls s3://photos/2026/\n" +
			"    signet ls --recursive --json s3://photos\n\n" + connectionHelp,
		Flags: append([]cli.Flag{
			&switchFlag{Name: "recursive", Aliases: []string{"r"}, Usage: "list what is in folders too", Local: true},
			&switchFlag{Name: "human", Usage: "print sizes such as 1.5 MiB", Local: true},
			&switchFlag{Name: "json", Usage: "print a JSON object per line", Local: true},
		}, connectionFlags()...),
		Action: interruptible(ls),
	}
}

func ls(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Len() > 1 {
		return usageErrorf(cmd, "expected one address at most")
	}
	var target s3URI
	if cmd.Args().Present() && cmd.Args().First() != s3Scheme {
		var err error
		if target, err = parseS3URI(cmd.Args().First()); err != nil {
			return usageErrorf(cmd, "%w", err)
		}
	}
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return err
	}
	s := newStore(conn, time.Now)
	print := listingPrinter(cmd)
	if target.bucket == "" {
		return s.eachBucket(ctx, print)
	}
	delimiter := "/"
	if cmd.Bool("recursive") {
		delimiter = ""
	}
	return s.eachObject(ctx, target, delimiter, print)
}

// listed is one line of a listing: a bucket, a folder or an object.
type listed struct {
	Bucket string `json:"bucket,omitempty"`
	Folder string `json:"folder,omitempty"`
	Key    string `json:"key,omitempty"`
	Size   *int64 `json:"size,omitempty"`
	ETag   string `json:"etag,omitempty"`
	// Time is when the object was last modified, or the bucket made.
	Time *time.Time `json:"time,omitempty"`
}

// listingPrinter returns what prints a line in the way cmd asks for.
func listingPrinter(cmd *cli.Command) func(listed) error {
	if cmd.Bool("json") {
		return func(l listed) error { return printJSON(cmd, l) }
	}
	size := func(n int64) string { return strconv.FormatInt(n, 10) }
	if cmd.Bool("human") {
		size = formatSize
	}
	return func(l listed) error { return printListed(cmd.Root().Writer, l, size) }
}

func printListed(w io.Writer, l listed, size func(int64) string) error {
	at := ""
	if l.Time != nil {
		at = l.Time.UTC().Format(time.RFC3339)
	}
	switch {
	case l.Bucket != "":
		_, err := fmt.Fprintf(w, "%-20s %s\n", at, s3URI{bucket: printable(l.Bucket)})
		return err
	case l.Folder != "":
		_, err := fmt.Fprintf(w, "%-20s %12s %s\n", "", "folder", printable(l.Folder))
		return err
	}
	var bytes int64
	if l.Size != nil {
		bytes = *l.Size
	}
	_, err := fmt.Fprintf(w, "%-20s %12s %s\n", at, size(bytes), printable(l.Key))
	return err
}

// eachBucket calls do for each of the owner's buckets, in the order of names.
func (s *store) eachBucket(ctx context.Context, do func(listed) error) error {
	token := ""
	for {
		var page struct {
			Buckets []struct {
				Name         string
				CreationDate time.Time
			} `xml:"Buckets>Bucket"`
			ContinuationToken string
		}
		query := url.Values{}
		if token != "" {
			query.Set("continuation-token", token)
		}
		if err := s.decode(ctx, request{method: http.MethodGet, query: query}, &page); err != nil {
			return err
		}
		for _, bucket := range page.Buckets {
			if err := do(listed{Bucket: bucket.Name, Time: &bucket.CreationDate}); err != nil {
				return err
			}
		}
		if page.ContinuationToken == "" {
			return nil
		}
		if page.ContinuationToken == token {
			return errEndlessListing
		}
		token = page.ContinuationToken
	}
}

var errEndlessListing = errors.New("the server gave the same page of the listing twice")

// objectsPage is an answer of ListObjectsV2 with encoding-type=url,
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html.
type objectsPage struct {
	EncodingType          string
	IsTruncated           bool
	NextContinuationToken string
	Contents              []struct {
		Key          string
		LastModified time.Time
		ETag         string
		Size         int64
	}
	CommonPrefixes []struct{ Prefix string }
}

// eachObject calls do for each object whose key begins with prefix.key, and
// for each folder if there is a delimiter.
func (s *store) eachObject(ctx context.Context, prefix s3URI, delimiter string, do func(listed) error) error {
	query := url.Values{"list-type": {"2"}, "encoding-type": {"url"}}
	if prefix.key != "" {
		query.Set("prefix", prefix.key)
	}
	if delimiter != "" {
		query.Set("delimiter", delimiter)
	}
	for {
		var page objectsPage
		r := request{method: http.MethodGet, target: s3URI{bucket: prefix.bucket}, query: query}
		if err := s.decode(ctx, r, &page); err != nil {
			return err
		}
		if err := page.each(do); err != nil {
			return err
		}
		if !page.IsTruncated {
			return nil
		}
		if page.NextContinuationToken == "" || page.NextContinuationToken == query.Get("continuation-token") {
			return errEndlessListing
		}
		query.Set("continuation-token", page.NextContinuationToken)
	}
}

// each calls do for the page's folders and objects in the order of their keys.
func (p *objectsPage) each(do func(listed) error) error {
	if p.EncodingType == "url" {
		if err := p.decodeKeys(); err != nil {
			return fmt.Errorf("the server listed a key that cannot be decoded: %w", err)
		}
	}
	folders, objects := p.CommonPrefixes, p.Contents
	for len(folders) > 0 || len(objects) > 0 {
		var next listed
		if len(objects) == 0 || (len(folders) > 0 && folders[0].Prefix < objects[0].Key) {
			next = listed{Folder: folders[0].Prefix}
			folders = folders[1:]
		} else {
			next = listed{Key: objects[0].Key, Size: &objects[0].Size, ETag: objects[0].ETag, Time: &objects[0].LastModified}
			objects = objects[1:]
		}
		if err := do(next); err != nil {
			return err
		}
	}
	return nil
}

func (p *objectsPage) decodeKeys() (err error) {
	for i := range p.Contents {
		if p.Contents[i].Key, err = url.QueryUnescape(p.Contents[i].Key); err != nil {
			return err
		}
	}
	for i := range p.CommonPrefixes {
		if p.CommonPrefixes[i].Prefix, err = url.QueryUnescape(p.CommonPrefixes[i].Prefix); err != nil {
			return err
		}
	}
	return nil
}
