package signet

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

const service = "s3"

// Options says who signs, and for which server.
type Options struct {
	Credentials
	// Region is that of the server; "" means us-east-1, which Signet has unless it
	// was started with another.
	Region string
	// Endpoint is the server's URL, such as http://127.0.0.1:9000; "" means
	// Amazon's in the region. It must be the one by which the holder of the URL
	// reaches the server, for the host's name is signed.
	Endpoint string
	// PathStyle puts the bucket into the path at Amazon's endpoints too, as in
	// https://s3.amazonaws.com/bucket/key. At all other endpoints that is the default,
	// since few of them have a name for each bucket.
	PathStyle bool
	// VirtualHosted puts the bucket into the host's name at other endpoints than
	// Amazon's too, as in https://bucket.s3.example.com/key, where that is possible:
	// not below an address or localhost, and not if the bucket's name has dots and the
	// scheme is https. New refuses it together with PathStyle.
	VirtualHosted bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// String names the access key ID and the server, and hides the secrets.
func (o Options) String() string {
	return fmt.Sprintf("%v for %q in region %q", o.Credentials, o.Endpoint, o.Region)
}

// Format hides the secrets from every verb.
func (o Options) Format(f fmt.State, _ rune) { io.WriteString(f, o.String()) }

// LogValue hides the secrets from logs.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

// Presigner signs with one access key for one server. Its methods may be called
// concurrently.
type Presigner struct {
	// Behind a pointer, for fmt follows none inside a value whose methods it can't
	// call.
	secrets     *secrets
	accessKeyID string
	region      string
	endpoint    endpoint
	now         func() time.Time
	today       atomic.Pointer[day]
}

type secrets struct {
	Credentials
	token string // the query parameter with the session token, and an ampersand
}

// New returns a Presigner. It fails where no request could ever be signed: with
// ErrCredentials, ErrRegion or ErrEndpoint.
func New(o Options) (*Presigner, error) {
	if err := o.Credentials.check(); err != nil {
		return nil, err
	}
	region := o.Region
	if region == "" {
		region = "us-east-1"
	}
	if !validRegion(region) {
		return nil, fmt.Errorf("%w: %q", ErrRegion, region)
	}
	e, err := parseEndpoint(o, region)
	if err != nil {
		return nil, err
	}
	p := &Presigner{
		secrets: &secrets{Credentials: o.Credentials}, accessKeyID: o.AccessKeyID,
		region: region, endpoint: e, now: o.Now,
	}
	if p.now == nil {
		p.now = time.Now
	}
	if o.SessionToken != "" {
		p.secrets.token = "X-Amz-Security-Token=" + string(sigv4.AppendEscaped(nil, o.SessionToken)) + "&"
	}
	return p, nil
}

func validRegion(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && strings.IndexByte("-_.", c) < 0 {
			return false
		}
	}
	return len(s) <= 255
}

// String names the access key ID and the server, and hides the secrets.
func (p *Presigner) String() string {
	return fmt.Sprintf("presigner with credentials of %q for %s://%s%s in region %q",
		p.accessKeyID, p.endpoint.scheme, p.endpoint.host, p.endpoint.path, p.region)
}

// Format hides the secrets from every verb.
func (p *Presigner) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }

// LogValue hides the secrets from logs.
func (p *Presigner) LogValue() slog.Value { return slog.StringValue(p.String()) }

// day is what stays the same for all that is signed on one day, in UTC.
type day struct {
	number     int64 // days since 1970-01-01
	scope      sigv4.Scope
	key        sigv4.Key
	credential string // ID and scope
	query      string // the query up to the value of X-Amz-Date
}

const secondsPerDay = 24 * 60 * 60

// on returns the day of t, which has been checked.
func (p *Presigner) on(t time.Time) *day {
	number := t.Unix() / secondsPerDay
	if d := p.today.Load(); d != nil && d.number == number {
		return d
	}
	scope := sigv4.NewScope(t, p.region, service)
	credential := sigv4.Credential{AccessKeyID: p.accessKeyID, Scope: scope}.String()
	d := &day{
		number:     number,
		scope:      scope,
		key:        sigv4.DeriveKey(p.secrets.SecretAccessKey, scope),
		credential: credential,
		query: "X-Amz-Algorithm=" + sigv4.Algorithm +
			"&X-Amz-Credential=" + string(sigv4.AppendEscaped(nil, credential)) + "&X-Amz-Date=",
	}
	p.today.Store(d)
	return d
}

// lastTime is the last second that has a year of four digits.
const lastTime = 253402300799

func (p *Presigner) timeOf(t time.Time) (time.Time, error) {
	if t.IsZero() {
		t = p.now()
	}
	if s := t.Unix(); s < 0 || s > lastTime {
		return time.Time{}, fmt.Errorf("%w: %v", ErrTime, t)
	}
	return t, nil
}

func checkExpires(d time.Duration) error {
	switch {
	case d < time.Second:
		return fmt.Errorf("%w: %v is less than a second", ErrExpires, d)
	case d > sigv4.MaxExpires:
		return fmt.Errorf("%w: %v is more than 7 days", ErrExpires, d)
	}
	return nil
}
