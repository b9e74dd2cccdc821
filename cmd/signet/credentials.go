package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go"
	"github.com/urfave/cli/v3"
)

// connection is where a command's requests go and who signs them.
type connection struct {
	accessKeyID, secretAccessKey, sessionToken string

	// sessionEnd is when the session that sessionToken belongs to ends. It is
	// zero when nobody said, which for long-term keys means never.
	sessionEnd time.Time

	region string

	// endpoint is nil for Amazon S3.
	endpoint *url.URL

	// virtualHosted puts the bucket into the host name at endpoints that are not
	// Amazon's, too.
	virtualHosted bool

	// rootCAs is nil for those of the system.
	rootCAs *x509.CertPool
}

// errNoCredentials says that nothing named a key to sign with.
var errNoCredentials = errors.New("found no credentials: load those of your server with '. signet-data/root.env', " +
	"or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile")

// connectionFlags are the flags of every command that signs.
func connectionFlags() []cli.Flag {
	const category = "Connection"
	return []cli.Flag{
		&cli.StringFlag{
			Name: "endpoint-url", Category: category, Local: true,
			Usage: "talk to the server at `URL` (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's, else Amazon S3)",
		},
		&cli.StringFlag{
			Name: "region", Category: category, Local: true,
			Usage: "sign for the region `NAME` (default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, else us-east-1)",
		},
		&cli.StringFlag{
			Name: "profile", Category: category, Local: true,
			Usage: "take keys and settings from the profile `NAME` of ~/.aws (default: AWS_PROFILE; keys in the environment go first)",
		},
		&switchFlag{
			Name: "virtual-hosted", Category: category, Local: true,
			Usage: "put the bucket into the host name at an --endpoint-url too, as some providers demand",
		},
	}
}

// connectionHelp ends the description of every command that signs.
const connectionHelp = "Keys, region and endpoint come from the usual AWS_* environment variables and the files in ~/.aws."

// newConnection works out whom cmd talks to as the AWS command line would. It
// never asks the network for credentials unless a profile says so.
func newConnection(ctx context.Context, cmd *cli.Command) (*connection, error) {
	options := []func(*config.LoadOptions) error{
		// Elsewhere than on one of Amazon's machines that lookup is a long wait for nothing.
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
	}
	if profile := cmd.String("profile"); profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	if region := cmd.String("region"); region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	conn := &connection{region: cfg.Region}
	if conn.region == "" {
		conn.region = "us-east-1"
	}
	if err := conn.setCredentials(ctx, cfg); err != nil {
		return nil, err
	}
	endpoint := cmd.String("endpoint-url")
	if endpoint == "" {
		if endpoint, err = configuredEndpoint(ctx, cfg); err != nil {
			return nil, err
		}
	}
	if endpoint != "" {
		if conn.endpoint, err = parseEndpoint(endpoint); err != nil {
			return nil, err
		}
		conn.virtualHosted = cmd.Bool("virtual-hosted")
	}
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		// AWS_CA_BUNDLE arrives here.
		if tls := client.GetTransport().TLSClientConfig; tls != nil {
			conn.rootCAs = tls.RootCAs
		}
	}
	return conn, nil
}

func (c *connection) setCredentials(ctx context.Context, cfg aws.Config) error {
	if cfg.Credentials == nil {
		return errNoCredentials
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if operation := (*smithy.OperationError)(nil); errors.As(err, &operation) && operation.ServiceID == imds.ServiceID {
		return errNoCredentials
	}
	if err != nil {
		return fmt.Errorf("getting credentials: %w", err)
	}
	c.accessKeyID, c.secretAccessKey = credentials.AccessKeyID, credentials.SecretAccessKey
	c.sessionToken = credentials.SessionToken
	if credentials.CanExpire {
		c.sessionEnd = credentials.Expires
	} else if end, err := time.Parse(time.RFC3339, os.Getenv("AWS_CREDENTIAL_EXPIRATION")); err == nil &&
		c.sessionToken != "" && c.sessionToken == os.Getenv("AWS_SESSION_TOKEN") {
		// What 'aws configure export-credentials --format env' adds.
		c.sessionEnd = end
	}
	return nil
}

// configuredEndpoint returns the endpoint that the environment or the profile
// names for S3, "" if none.
func configuredEndpoint(ctx context.Context, cfg aws.Config) (string, error) {
	for _, source := range cfg.ConfigSources {
		source, ok := source.(interface {
			GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error)
		})
		if !ok {
			continue
		}
		ignore, found, err := source.GetIgnoreConfiguredEndpoints(ctx)
		if err != nil {
			return "", err
		}
		if found {
			if ignore {
				return "", nil
			}
			break
		}
	}
	for _, source := range cfg.ConfigSources {
		source, ok := source.(interface {
			GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
		})
		if !ok {
			continue
		}
		endpoint, found, err := source.GetServiceBaseEndpoint(ctx, "S3")
		if err != nil {
			return "", err
		}
		if found {
			return endpoint, nil
		}
	}
	return aws.ToString(cfg.BaseEndpoint), nil
}

// parseEndpoint reads an endpoint as people write it.
func parseEndpoint(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err == nil {
		s = u.Redacted()
	}
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("the endpoint %q is not an address such as http://127.0.0.1:9000 or https://s3.example.com", s)
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("the endpoint %q must end after the host and port", s)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// encrypted reports whether requests go over TLS.
func (c *connection) encrypted() bool { return c.endpoint == nil || c.endpoint.Scheme == "https" }

func isAmazon(endpoint *url.URL) bool {
	host := strings.ToLower(endpoint.Hostname())
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
}

// isLoopback says whether endpoint is this machine, for whoever asks.
func isLoopback(endpoint *url.URL) bool {
	host := endpoint.Hostname()
	if address, err := netip.ParseAddr(host); err == nil {
		return address.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// at returns a connection that signs for another endpoint.
func (c *connection) at(endpoint *url.URL) *connection {
	other := *c
	other.endpoint = endpoint
	return &other
}

// warnings says what may end a link that is made at now earlier than its
// lifetime, a line each.
func (c *connection) warnings(now time.Time, lifetime time.Duration) []string {
	end := now.Add(lifetime)
	switch {
	case !c.sessionEnd.IsZero() && !c.sessionEnd.After(now):
		return []string{fmt.Sprintf("the link is dead already: your session's credentials ended at %s; get new ones",
			c.sessionEnd.UTC().Format(time.RFC3339))}
	case !c.sessionEnd.IsZero() && c.sessionEnd.Before(end):
		return []string{fmt.Sprintf("the link dies when your session's credentials do, at %s, %s from now; sign with long-term keys for a link that lives longer",
			c.sessionEnd.UTC().Format(time.RFC3339), formatDuration(c.sessionEnd.Sub(now)))}
	case c.sessionToken != "" && c.sessionEnd.IsZero():
		return []string{"signed with a session's temporary credentials: the link dies when the session ends, if that is before it expires"}
	}
	return nil
}
