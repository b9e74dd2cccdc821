package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"github.com/urfave/cli/v3"
)

func mbCommand() *cli.Command {
	return &cli.Command{
		Name:      "mb",
		Usage:     "make a bucket",
		ArgsUsage: "s3://BUCKET",
		Description: "Makes a bucket on any S3. It is private: nobody but you gets in until you hand out links.\n\n" +
			"    signet mb s3://photos\n\n" + connectionHelp,
		Flags: connectionFlags(),
		Action: interruptible(func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Len() != 1 {
				return usageErrorf(cmd, "expected one bucket, as s3://BUCKET")
			}
			target, err := parseS3URI(cmd.Args().First())
			if err != nil {
				return usageErrorf(cmd, "%w", err)
			}
			if target.key != "" {
				return usageErrorf(cmd, "%q names an object, not a bucket", target)
			}
			conn, err := newConnection(ctx, cmd)
			if err != nil {
				return err
			}
			if err := newStore(conn, time.Now).makeBucket(ctx, target.bucket); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.Root().Writer, "made %s\n", target)
			return err
		}),
	}
}

// makeBucket makes a bucket in the connection's region.
func (s *store) makeBucket(ctx context.Context, bucket string) error {
	r := request{method: http.MethodPut, target: s3URI{bucket: bucket}}
	// us-east-1 is the one region that must not be named.
	if s.conn.region != "us-east-1" {
		body, err := xml.Marshal(createBucketConfiguration{Location: s.conn.region})
		if err != nil {
			return err
		}
		r.body, r.length = bytes.NewReader(body), int64(len(body))
		sum := sha256.Sum256(body)
		r.sha256 = hex.EncodeToString(sum[:])
	}
	return s.succeed(ctx, r)
}

// createBucketConfiguration is the body of CreateBucket,
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html.
type createBucketConfiguration struct {
	XMLName  xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CreateBucketConfiguration"`
	Location string   `xml:"LocationConstraint"`
}
