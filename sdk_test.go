package signet_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	miniosigner "github.com/minio/minio-go/v7/pkg/signer"

	"github.com/signet-store/signet"
)

func escapePath(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), "%2F", "/")
}

// The URLs of random requests are, byte for byte, those of aws-sdk-go-v2's signer.
func TestURLsAreThoseOfTheSDKsSigner(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	signer := v4.NewSigner(func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true
		o.DisableHeaderHoisting = true
	})
	for i := range 1500 {
		o := signet.Options{
			Credentials: signet.Credentials{AccessKeyID: "AKIA" + randomText(rng, 12), SecretAccessKey: randomText(rng, 1+rng.IntN(90))},
			Region:      []string{"us-east-1", "eu-central-1", "cn-north-1", "anywhere"}[rng.IntN(4)],
			Endpoint:    []string{"https://s3.example.com", "http://S3.example.com:9000", "http://127.0.0.1:9000", "https://[::1]:9000", "http://localhost/base%20path/", ""}[rng.IntN(6)],
			PathStyle:   rng.IntN(2) == 0,
		}
		o.VirtualHosted = !o.PathStyle && rng.IntN(2) == 0
		if rng.IntN(2) == 0 {
			o.SessionToken = randomText(rng, 1+rng.IntN(300))
		}
		p, err := signet.New(o)
		if err != nil {
			t.Fatal(err)
		}
		r := randomRequest(rng)
		got, err := p.Presign(r)
		if err != nil {
			t.Fatalf("%+v: %v", r, err)
		}

		query := url.Values{"X-Amz-Expires": {strconv.Itoa(int(r.Expires / time.Second))}}
		for name, values := range r.Query {
			query[name] = values
		}
		hr, err := http.NewRequest(r.Method, wantAddress(o, r.Bucket, r.Key)+"?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		payloadHash := "UNSIGNED-PAYLOAD"
		for name, values := range r.Header {
			if hr.Header[name] = values; name == "X-Amz-Content-Sha256" {
				payloadHash = values[0]
			}
		}
		if length := r.Header.Get("Content-Length"); length != "" {
			hr.Header.Del("Content-Length")
			hr.ContentLength, _ = strconv.ParseInt(length, 10, 64)
		}
		credentials := aws.Credentials{AccessKeyID: o.AccessKeyID, SecretAccessKey: o.SecretAccessKey, SessionToken: o.SessionToken}
		want, _, err := signer.PresignHTTP(context.Background(), credentials, hr, payloadHash, "s3", o.Region, r.Time)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("request %d: %+v\ngot  %s\nwant %s", i, r, got, want)
		}
	}
}

// wantAddress returns the URL of an object without its query.
func wantAddress(o signet.Options, bucket, key string) string {
	endpoint := strings.ToLower(strings.TrimSuffix(o.Endpoint, "/"))
	if endpoint == "" {
		endpoint = "https://s3." + o.Region + ".amazonaws.com"
		if o.Region == "cn-north-1" {
			endpoint += ".cn"
		}
	}
	scheme, rest, _ := strings.Cut(endpoint, "://")
	host, path, _ := strings.Cut(rest, "/")
	if path != "" {
		path = "/" + path
	}
	name := o.VirtualHosted && strings.Contains(host, "example") || strings.Contains(host, "amazonaws")
	label := !strings.ContainsAny(bucket, "_A") && (scheme == "http" || !strings.Contains(bucket, "."))
	switch {
	case bucket == "":
	case !o.PathStyle && name && label:
		host = bucket + "." + host
	default:
		path += "/" + bucket
	}
	if key != "" || path == "" {
		path += "/" + escapePath(key)
	}
	return scheme + "://" + host + path
}

func randomRequest(rng *rand.Rand) signet.Request {
	r := signet.Request{
		Method:  []string{"GET", "PUT", "HEAD", "DELETE", "POST"}[rng.IntN(5)],
		Bucket:  []string{"photos", "with.dots", "A_b", "123"}[rng.IntN(4)],
		Key:     randomText(rng, 1+rng.IntN(80)),
		Expires: time.Duration(1+rng.IntN(604800)) * time.Second,
		Time:    time.Unix(rng.Int64N(1<<32), rng.Int64N(1e9)),
	}
	switch rng.IntN(10) {
	case 0:
		r.Key, r.NoKey = "", true
	case 1:
		r.Bucket, r.Key, r.NoKey = "", "", true
	}
	if rng.IntN(2) == 0 {
		r.Query = url.Values{}
		// Names with letters of their own to begin with sort the same before they
		// are encoded, as the SDK does it, and after, as Amazon does.
		for _, first := range "AYaz"[:rng.IntN(5)] {
			r.Query[string(first)+randomText(rng, rng.IntN(8))] = []string{randomText(rng, rng.IntN(30))}
		}
		r.Query["response-content-type"] = []string{"text/plain; charset=utf-8"}
		r.Query["x-id"] = []string{"2", "10", "", "b-c"}
	}
	if rng.IntN(2) == 0 {
		r.Header = http.Header{"Content-Type": {" a   b "}, "X-Amz-Meta-Who": {"Ada", "Grace"}}
		if rng.IntN(2) == 0 {
			r.Header["X-Amz-Content-Sha256"] = []string{strings.Repeat("0a", 32)}
			r.Header["Content-Length"] = []string{strconv.Itoa(1 + rng.IntN(1000))}
		}
	}
	return r
}

// randomText returns text with all kinds of characters, those that URLs make
// trouble with more often.
func randomText(rng *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		switch rng.IntN(4) {
		case 0:
			b.WriteByte(" +%/?#&=:;@!$'()*,.~-_[]\"<>\\^`{|}"[rng.IntN(33)])
		case 1:
			b.WriteRune([]rune("é\u0301ß漢🙂\u00a0\u2028\x01\x7f\t")[rng.IntN(10)])
		case 2:
			b.WriteString([]string{"//", "/../", "/./", "%2F", "%zz", "+"}[rng.IntN(6)])
		default:
			b.WriteByte("abcXYZ019"[rng.IntN(9)])
		}
	}
	return b.String()
}

// What the SDK's client makes is the same URL, given the parameters it adds.
func TestURLsAreThoseOfTheSDKsClient(t *testing.T) {
	ctx := context.Background()
	const key = "2025/a cat+dog's (1)é.jpg"
	for _, endpoint := range []string{"", "http://127.0.0.1:9000", "https://s3.example.com"} {
		for _, pathStyle := range []bool{false, true} {
			credentials := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret", SessionToken: "to/ken+="}
			options := s3.Options{
				Region: "eu-west-1", UsePathStyle: pathStyle,
				Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
			}
			if endpoint != "" {
				options.BaseEndpoint = &endpoint
			}
			client := s3.NewPresignClient(s3.New(options), s3.WithPresignExpires(time.Hour))
			p, err := signet.New(signet.Options{
				Credentials: signet.Credentials{AccessKeyID: credentials.AccessKeyID, SecretAccessKey: credentials.SecretAccessKey, SessionToken: credentials.SessionToken},
				Region:      options.Region, Endpoint: endpoint, PathStyle: pathStyle, VirtualHosted: !pathStyle,
			})
			if err != nil {
				t.Fatal(err)
			}
			get, err := client.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("photos"), Key: aws.String(key)})
			if err != nil {
				t.Fatal(err)
			}
			sameURL(t, p, signet.Request{Method: "GET", Bucket: "photos", Key: key, Expires: time.Hour}, get.URL)
			part, err := client.PresignUploadPart(ctx, &s3.UploadPartInput{
				Bucket: aws.String("photos"), Key: aws.String(key), UploadId: aws.String("an upload"), PartNumber: aws.Int32(7),
			})
			if err != nil {
				t.Fatal(err)
			}
			sameURL(t, p, signet.Request{Method: "PUT", Bucket: "photos", Key: key, Expires: time.Hour}, part.URL)
		}
	}
}

// sameURL signs r, at the time and with the further parameters that are in want.
func sameURL(t *testing.T, p *signet.Presigner, r signet.Request, want string) {
	t.Helper()
	link, err := signet.Parse(want)
	if err != nil {
		t.Fatal(err)
	}
	r.Time, r.Query = link.Signed, link.Query
	got, err := p.Presign(r)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// minio-go signs with the time of its own clock, which its URL tells.
func TestURLsAreThoseOfMinio(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		const host = "s3.example.com:9000"
		c := signet.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: randomText(rng, 20)}
		if rng.IntN(2) == 0 {
			c.SessionToken = randomText(rng, 40)
		}
		p, err := signet.New(signet.Options{Credentials: c, Region: "eu-west-1", Endpoint: "https://" + host, PathStyle: true})
		if err != nil {
			t.Fatal(err)
		}
		r := signet.Request{Method: "PUT", Bucket: "photos", Key: randomText(rng, 20), Expires: time.Minute}
		if rng.IntN(2) == 0 {
			r.Header = http.Header{"X-Amz-Meta-Who": {"Ada"}}
		}
		hr, err := http.NewRequest(r.Method, "https://"+host+"/photos/"+escapePath(r.Key)+"?x-id=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range r.Header {
			hr.Header[name] = values
		}
		signed := miniosigner.PreSignV4(*hr, c.AccessKeyID, c.SecretAccessKey, c.SessionToken, "eu-west-1", 60)
		// It leaves spaces in the token as plus signs, and signs them as %20.
		sameURL(t, p, r, strings.ReplaceAll(signed.URL.String(), "+", "%20"))
	}
}
