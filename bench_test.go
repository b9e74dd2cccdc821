package signet_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/signet-store/signet"
)

// BenchmarkPresign makes the same URL with three packages, each as its users call
// it. aws-sdk-go-v2/signer is the SDK's signer alone, without its client, given a
// request that is parsed already.
func BenchmarkPresign(b *testing.B) {
	const (
		id, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
		region     = "us-east-1"
		host       = "s3.example.com:9000"
		bucket     = "photos"
		key        = "2025/summer/a cat.jpg"
	)
	ctx := context.Background()
	b.Run("signet", func(b *testing.B) {
		p, err := signet.New(signet.Options{
			Credentials: signet.Credentials{AccessKeyID: id, SecretAccessKey: secret},
			Region:      region, Endpoint: "https://" + host, PathStyle: true,
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Get(bucket, key, time.Hour); err != nil {
				b.Fatal(err)
			}
		}
	})
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
	})
	b.Run("aws-sdk-go-v2", func(b *testing.B) {
		p := s3.NewPresignClient(s3.New(s3.Options{
			Region: region, Credentials: credentials,
			BaseEndpoint: aws.String("https://" + host), UsePathStyle: true,
		}), s3.WithPresignExpires(time.Hour))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("aws-sdk-go-v2/signer", func(b *testing.B) {
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
		c, _ := credentials.Retrieve(ctx)
		r, err := http.NewRequest(http.MethodGet, "https://"+host+"/photos/2025/summer/a%20cat.jpg?X-Amz-Expires=3600", nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := signer.PresignHTTP(ctx, c, r, "UNSIGNED-PAYLOAD", "s3", region, time.Now()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("minio-go", func(b *testing.B) {
		c, err := minio.New(host, &minio.Options{
			Creds: miniocredentials.NewStaticV4(id, secret, ""), Secure: true,
			Region: region, BucketLookup: minio.BucketLookupPath,
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.PresignedGetObject(ctx, bucket, key, time.Hour, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
