package signet

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// Link is what a presigned URL says. It does not hold its signature or its session
// token. Whether the URL works, only the server can tell.
type Link struct {
	// SignatureVersion is 4, or 2 for the old scheme that some tools still use.
	SignatureVersion int
	AccessKeyID      string
	// Region and Service are "" in version 2, which has none.
	Region, Service string
	// Signed is when it was signed; zero in version 2, which does not say.
	Signed time.Time
	// Expires is when it ends.
	Expires time.Time
	// SignedHeaders is the headers, in lower case and sorted, that must be sent as
	// they were signed; host among them. None in version 2, which does not say.
	SignedHeaders []string
	// Temporary says that it was signed with temporary credentials: it may end
	// before Expires.
	Temporary bool

	// Endpoint is the server's URL without the bucket.
	Endpoint string
	// Bucket and Key are "" where the URL names none.
	Bucket, Key string
	// Guessed says that Bucket and Key were read as path style because nothing is
	// known about the host: in virtual-hosted style, Bucket is the beginning of the
	// host and what is here as Bucket belongs to the key.
	Guessed bool
	// Query is the parameters that are not part of the signature.
	Query url.Values

	redacted string
}

// String returns the URL with its signature and its session token hidden.
func (l *Link) String() string { return l.redacted }

// Parse reads a presigned URL. Domains are the hosts, such as s3.example.com,
// below which a server has buckets as names; Amazon's and localhost are known. The
// error wraps ErrNotPresigned, and does not hold the URL.
func Parse(rawURL string, domains ...string) (*Link, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%w: not a URL that begins with http:// or https://", ErrNotPresigned)
	}
	query, err := sigv4.ParseQuery(u.RawQuery, sigv4.MaxParameters)
	if err != nil {
		return nil, fmt.Errorf("%w: its query is malformed", ErrNotPresigned)
	}
	l := &Link{}
	switch {
	case query.Has(sigv4.ParamAlgorithm) || query.Has(sigv4.ParamSignature) || query.Has(sigv4.ParamCredential):
		err = l.parseV4(query)
	case query.Has("Signature") || query.Has("AWSAccessKeyId"):
		err = l.parseV2(query)
	default:
		err = errors.New("it has no signature")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPresigned, err)
	}
	l.locate(u, domains)
	l.redact(u, query)
	return l, nil
}

func (l *Link) parseV4(query sigv4.Query) error {
	p, err := sigv4.ParsePresigned(query)
	if err != nil {
		return err
	}
	l.SignatureVersion = 4
	l.AccessKeyID = p.Credential.AccessKeyID
	l.Region, l.Service = p.Credential.Scope.Region, p.Credential.Scope.Service
	l.Signed = p.Date
	l.Expires = p.Date.Add(p.Expires)
	l.SignedHeaders = slices.Collect(p.SignedHeaders.All())
	l.Temporary = p.SecurityToken != ""
	return nil
}

func (l *Link) parseV2(query sigv4.Query) error {
	for _, name := range []string{"AWSAccessKeyId", "Expires", "Signature"} {
		n := 0
		for i := range query {
			if query[i].Name == name {
				n++
			}
		}
		if n != 1 || query.Get(name) == "" {
			return fmt.Errorf("query parameter %s: want it once", name)
		}
	}
	seconds, err := strconv.ParseInt(query.Get("Expires"), 10, 64)
	if err != nil || seconds < 0 || seconds > lastTime {
		return errors.New("query parameter Expires: not a time in seconds since 1970")
	}
	l.SignatureVersion = 2
	l.AccessKeyID = query.Get("AWSAccessKeyId")
	l.Expires = time.Unix(seconds, 0).UTC()
	l.Temporary = query.HasFold("x-amz-security-token")
	return nil
}

// locate finds the bucket and the key.
func (l *Link) locate(u *url.URL, domains []string) {
	host := strings.ToLower(u.Host)
	name := strings.ToLower(u.Hostname())
	l.Endpoint = u.Scheme + "://" + host
	path := strings.TrimPrefix(u.Path, "/")
	if bucket, ok := bucketOfHost(name, domains); ok {
		l.Endpoint = u.Scheme + "://" + strings.TrimPrefix(host, bucket+".")
		l.Bucket, l.Key = bucket, path
		return
	}
	l.Bucket, l.Key, _ = strings.Cut(path, "/")
	l.Guessed = !isPathStyleHost(name, domains)
}

// bucketOfHost returns the bucket that a host's name begins with.
func bucketOfHost(name string, domains []string) (bucket string, ok bool) {
	best := ""
	for _, domain := range append([]string{"localhost"}, domains...) {
		domain = strings.ToLower(domain)
		if strings.HasSuffix(name, "."+domain) && len(domain) > len(best) {
			best = domain
		}
	}
	if best != "" {
		return strings.TrimSuffix(name, "."+best), true
	}
	if rest, ok := cutAmazon(name); ok {
		// BUCKET.s3.REGION, BUCKET.s3-REGION, BUCKET.s3.dualstack.REGION, BUCKET.s3
		for _, mark := range []string{".s3.", ".s3-"} {
			if i := strings.LastIndex(rest+".", mark); i > 0 {
				return rest[:i], true
			}
		}
	}
	return "", false
}

// isPathStyleHost says whether a host's name is known to have no bucket in it.
func isPathStyleHost(name string, domains []string) bool {
	if _, err := netip.ParseAddr(name); err == nil || name == "localhost" {
		return true
	}
	if _, ok := cutAmazon(name); ok {
		return true
	}
	return slices.ContainsFunc(domains, func(d string) bool { return strings.EqualFold(d, name) })
}

func cutAmazon(name string) (rest string, ok bool) {
	rest, ok = strings.CutSuffix(name, ".amazonaws.com")
	if !ok {
		rest, ok = strings.CutSuffix(name, ".amazonaws.com.cn")
	}
	return rest, ok
}

// redact makes what String returns, and Query.
func (l *Link) redact(u *url.URL, query sigv4.Query) {
	l.Query = url.Values{}
	for _, p := range query {
		switch strings.ToLower(p.Name) {
		case "x-amz-signature", "signature", "x-amz-security-token":
			continue
		case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders":
			continue
		case "awsaccesskeyid", "expires":
			if l.SignatureVersion != 4 {
				continue
			}
		}
		l.Query.Add(p.Name, p.Value)
	}
	var pairs []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		rawName, _, _ := strings.Cut(pair, "=")
		// The query was parsed before, so its names can be decoded.
		name, _ := url.QueryUnescape(rawName)
		switch strings.ToLower(name) {
		case "x-amz-signature", "signature", "x-amz-security-token":
			pair = rawName + "=hidden"
		}
		pairs = append(pairs, pair)
	}
	l.redacted = u.Scheme + "://" + u.Host + u.EscapedPath() + "?" + strings.Join(pairs, "&")
}
