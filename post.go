package signet

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// PostPolicy is what an HTML form may upload.
type PostPolicy struct {
	Bucket string
	// Key is the object's key. It may hold ${filename}, which becomes the name of the
	// file that the form's user chooses, who may then choose any key that begins with
	// what comes before it.
	Key string
	// KeyPrefix lets the form's user choose any key that begins with it. Without a
	// Key, the form's key is KeyPrefix and ${filename}; with one, Key must begin
	// with it.
	KeyPrefix string
	// Expires is how long the form is good, from Time on: 1 second to 7 days.
	Expires time.Duration
	// Time is when it is signed; the zero time means now.
	Time time.Time
	// MinSize and MaxSize bound the file's size in bytes. A MaxSize of 0 means that
	// there is no bound above.
	MinSize, MaxSize int64
	// ContentType is the type that the object gets.
	ContentType string
	// ContentTypePrefix lets the form's user choose any type that begins with it,
	// such as "image/"; the form must get a field Content-Type then. At most one of
	// the two may be set.
	ContentTypePrefix string
	// SuccessStatus is what a success is answered with: 200, 201 or 204; 0 leaves it
	// to the server, which says 204.
	SuccessStatus int
	// SuccessRedirect is where a browser goes after a success.
	SuccessRedirect string
	// Fields is further fields that the form must have as they are here, such as
	// x-amz-meta-* or Cache-Control.
	Fields []Field
	// StartsWith is further fields that the form's user chooses: the value must begin
	// with the one that is here; "" allows any.
	StartsWith []Field
}

// Field is a field of a form.
type Field struct{ Name, Value string }

// Form is a form for uploading: a POST request of multipart/form-data to URL, with
// Fields in their order, then a field "file" with the bytes.
type Form struct {
	URL    string
	Fields []Field
}

// String hides the signature, for who has it can upload.
func (f Form) String() string {
	return fmt.Sprintf("form for %s with %d fields", f.URL, len(f.Fields))
}

// Format hides the signature from every verb.
func (f Form) Format(s fmt.State, _ rune) { io.WriteString(s, f.String()) }

// LogValue hides the signature from logs.
func (f Form) LogValue() slog.Value { return slog.StringValue(f.String()) }

// Post returns a form for p, whose signature covers all that p says.
func (p *Presigner) Post(policy PostPolicy) (Form, error) {
	if err := policy.check(); err != nil {
		return Form{}, err
	}
	t, err := p.timeOf(policy.Time)
	if err != nil {
		return Form{}, err
	}
	d := p.on(t)

	var fields []Field
	var conditions []any
	exact := func(name, value string) {
		fields = append(fields, Field{name, value})
		conditions = append(conditions, map[string]string{name: value})
	}
	startsWith := func(name, prefix string) {
		conditions = append(conditions, []string{"starts-with", "$" + name, prefix})
	}
	conditions = append(conditions, map[string]string{"bucket": policy.Bucket})
	if key, prefix, open := policy.key(); open {
		fields = append(fields, Field{"key", key})
		startsWith("key", prefix)
	} else {
		exact("key", key)
	}
	if policy.ContentType != "" {
		exact("Content-Type", policy.ContentType)
	} else if policy.ContentTypePrefix != "" {
		startsWith("Content-Type", policy.ContentTypePrefix)
	}
	if policy.MinSize > 0 || policy.MaxSize > 0 {
		most := policy.MaxSize
		if most == 0 {
			most = 1<<63 - 1
		}
		conditions = append(conditions, []any{"content-length-range", policy.MinSize, most})
	}
	if policy.SuccessStatus != 0 {
		exact("success_action_status", strconv.Itoa(policy.SuccessStatus))
	}
	if policy.SuccessRedirect != "" {
		exact("success_action_redirect", policy.SuccessRedirect)
	}
	for _, f := range policy.Fields {
		exact(f.Name, f.Value)
	}
	for _, f := range policy.StartsWith {
		startsWith(f.Name, f.Value)
	}
	exact("x-amz-algorithm", sigv4.Algorithm)
	exact("x-amz-credential", d.credential)
	exact("x-amz-date", sigv4.FormatTime(t))
	if p.secrets.SessionToken != "" {
		exact("x-amz-security-token", p.secrets.SessionToken)
	}

	document, err := encodePolicy(t.Add(policy.Expires), conditions)
	if err != nil {
		return Form{}, err
	}
	fields = append(fields,
		Field{"policy", document},
		Field{"x-amz-signature", d.key.Sign([]byte(document)).String()})

	virtual := p.endpoint.virtualHosted(policy.Bucket)
	u := append([]byte(p.endpoint.scheme), "://"...)
	u = p.endpoint.appendHost(u, policy.Bucket, virtual)
	u = p.endpoint.appendPath(u, policy.Bucket, "", virtual)
	return Form{URL: string(u), Fields: fields}, nil
}

const filenameVariable = "${filename}"

// key returns the form's key, and whether its user may choose another that begins
// with prefix.
func (p *PostPolicy) key() (key, prefix string, open bool) {
	before, _, variable := strings.Cut(p.Key, filenameVariable)
	switch {
	case p.Key == "":
		return p.KeyPrefix + filenameVariable, p.KeyPrefix, true
	case p.KeyPrefix != "":
		return p.Key, p.KeyPrefix, true
	}
	return p.Key, before, variable
}

// encodePolicy returns the policy document as it stands in a form.
func encodePolicy(expires time.Time, conditions []any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Expiration string `json:"expiration"`
		Conditions []any  `json:"conditions"`
	}{expires.UTC().Format("2006-01-02T15:04:05.000Z"), conditions})
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrPolicy, err)
	}
	return base64.StdEncoding.EncodeToString(bytes.TrimSpace(b.Bytes())), nil
}

func (p *PostPolicy) check() error {
	if err := checkBucket(p.Bucket); err != nil {
		return err
	}
	if err := checkExpires(p.Expires); err != nil {
		return err
	}
	switch {
	case p.Key == "" && p.KeyPrefix == "":
		return fmt.Errorf("%w: neither a key nor a prefix was given", ErrKey)
	case len(p.Key) > 1024 || len(p.KeyPrefix) > 1024:
		return fmt.Errorf("%w: it has more than 1024 bytes", ErrKey)
	case !utf8.ValidString(p.Key) || !utf8.ValidString(p.KeyPrefix):
		return fmt.Errorf("%w: it is not UTF-8", ErrKey)
	case p.Key != "" && !strings.HasPrefix(p.Key, p.KeyPrefix):
		return fmt.Errorf("%w: it does not begin with the prefix", ErrKey)
	case strings.Contains(p.KeyPrefix, filenameVariable):
		return fmt.Errorf("%w: %s in the prefix", ErrKey, filenameVariable)
	case p.MinSize < 0 || p.MaxSize < 0 || p.MaxSize > 0 && p.MinSize > p.MaxSize:
		return fmt.Errorf("%w: sizes from %d to %d", ErrPolicy, p.MinSize, p.MaxSize)
	case p.ContentType != "" && p.ContentTypePrefix != "":
		return fmt.Errorf("%w: a content type and a prefix of one", ErrPolicy)
	case p.SuccessStatus != 0 && !slices.Contains([]int{200, 201, 204}, p.SuccessStatus):
		return fmt.Errorf("%w: status %d, want 200, 201 or 204", ErrPolicy, p.SuccessStatus)
	}
	return p.checkFields()
}

// checkFields refuses fields that the form has already, and those that no form has.
func (p *PostPolicy) checkFields() error {
	taken := map[string]bool{
		"bucket": true, "key": true, "policy": true, "file": true, "content-length-range": true,
		"x-amz-algorithm": true, "x-amz-credential": true, "x-amz-date": true, "x-amz-signature": true,
		"x-amz-security-token": true, "awsaccesskeyid": true, "signature": true,
		"content-type":            p.ContentType != "" || p.ContentTypePrefix != "",
		"success_action_status":   p.SuccessStatus != 0,
		"success_action_redirect": p.SuccessRedirect != "",
	}
	for _, f := range slices.Concat(p.Fields, p.StartsWith) {
		name := strings.ToLower(f.Name)
		if name == "" || taken[name] {
			return fmt.Errorf("%w: field %q is impossible or there already", ErrPolicy, f.Name)
		}
		if !utf8.ValidString(f.Name) || !utf8.ValidString(f.Value) {
			return fmt.Errorf("%w: field %q is not UTF-8", ErrPolicy, f.Name)
		}
		taken[name] = true
	}
	return nil
}
