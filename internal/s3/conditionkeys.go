package s3

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/object"
)

// conditionKeys gives the values of the condition keys of one request, as a policy
// asks for them.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
type conditionKeys struct {
	request *request
	scene          // what is acted on
	action  string // that is decided on
}

// Values implements access.Context.
func (c *conditionKeys) Values(key string) []string {
	r := c.request
	if name, ok := strings.CutPrefix(key, "s3:existingobjecttag/"); ok {
		return c.tag(name)
	}
	if name, ok := strings.CutPrefix(key, "s3:requestobjecttag/"); ok {
		return r.requestTag(name)
	}
	if key == "s3:if-match" && c.ifMatch != nil {
		return []string{*c.ifMatch}
	}
	if name, ok := headerKeys[key]; ok {
		return one(r.auth.Fields.Get(name))
	}
	if name, ok := queryKeys[key]; ok {
		if !r.target.Query.Has(name) {
			return nil
		}
		return []string{r.target.Query.Get(name)}
	}
	switch key {
	case "aws:sourceip":
		return one(r.in.Client.IP)
	case "aws:securetransport":
		return []string{strconv.FormatBool(r.in.Client.TLS)}
	case "aws:currenttime":
		return []string{r.in.Started.UTC().Format(time.RFC3339)}
	case "aws:epochtime":
		return []string{strconv.FormatInt(r.in.Started.Unix(), 10)}
	case "aws:requestedregion":
		return []string{r.handler.region}
	case "aws:resourceaccount", "s3:resourceaccount":
		return one(c.bucket.Owner.AccountID)
	case "s3:authtype":
		return one(authType(r.auth.Carrier))
	case "s3:signatureversion":
		return one(signatureVersion(r.auth.Scheme))
	case "s3:signatureage":
		return r.signatureAge()
	case "s3:versionid":
		return one(c.version)
	case "s3:requestobjecttagkeys":
		return r.requestTagKeys()
	case "s3:locationconstraint":
		return one(r.locationConstraint())
	case "s3:tlsversion":
		return one(r.tlsVersion())
	case "s3:x-amz-copy-source":
		if !r.op.copies {
			return nil
		}
		return []string{r.source.String()}
	case "s3:x-amz-acl":
		return one(r.cannedACLName())
	case "s3:x-amz-content-sha256":
		return []string{cmp.Or(r.auth.ContentSHA256, sigv4.UnsignedPayload)}
	case "s3:objectcreationoperation":
		// Of what else a request needs, such as reading the source of a copy, it says
		// nothing.
		if c.action != putObject.action {
			return nil
		}
		return []string{strconv.FormatBool(r.op.creates)}
	}
	return nil
}

// headerKeys are the condition keys that say what a header does. An empty one does
// nothing, or makes the request fail, so it is no value: it would meet a policy that
// wants the header.
var headerKeys = map[string]string{
	"aws:useragent": "User-Agent",
	"aws:referer":   "Referer",

	"s3:if-match":                 "If-Match",
	"s3:if-none-match":            "If-None-Match",
	"s3:x-amz-grant-full-control": "X-Amz-Grant-Full-Control",
	"s3:x-amz-grant-read":         "X-Amz-Grant-Read",
	"s3:x-amz-grant-read-acp":     "X-Amz-Grant-Read-Acp",
	"s3:x-amz-grant-write":        "X-Amz-Grant-Write",
	"s3:x-amz-grant-write-acp":    "X-Amz-Grant-Write-Acp",
	"s3:x-amz-metadata-directive": "X-Amz-Metadata-Directive",
	"s3:x-amz-object-ownership":   "X-Amz-Object-Ownership",
	"s3:x-amz-storage-class":      "X-Amz-Storage-Class",
}

// queryKeys are those that say what a parameter does.
var queryKeys = map[string]string{
	"s3:prefix":    "prefix",
	"s3:delimiter": "delimiter",
	"s3:max-keys":  "max-keys",
}

// one returns the only value of a key, nil where there is none.
func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func authType(c auth.Carrier) string {
	switch c {
	case auth.CarrierHeader:
		return "REST-HEADER"
	case auth.CarrierQuery:
		return "REST-QUERY-STRING"
	case auth.CarrierForm:
		return "POST"
	}
	return ""
}

func signatureVersion(s auth.Scheme) string {
	switch s {
	case auth.SchemeV4:
		return "AWS4-HMAC-SHA256"
	case auth.SchemeV2:
		return "AWS"
	}
	return ""
}

// signatureAge is how long ago the request was signed, in milliseconds. Where
// SigV2 does not say, it is 0, as on Amazon.
func (r *request) signatureAge() []string {
	switch {
	case r.auth.Scheme == auth.SchemeNone:
		return nil
	case r.auth.Signed.IsZero():
		return []string{"0"}
	}
	return []string{strconv.FormatInt(max(0, r.in.Started.Sub(r.auth.Signed).Milliseconds()), 10)}
}

func (c *conditionKeys) tag(name string) []string {
	if c.object == nil {
		return nil
	}
	for _, t := range c.object.Tags {
		if strings.EqualFold(t.Key, name) {
			return []string{t.Value}
		}
	}
	return nil
}

// requestTag and requestTagKeys tell the tags that a request gives an object. What
// cannot be parsed is refused later; until then it has no tags.
func (r *request) requestTag(name string) []string {
	for _, t := range r.givenTags() {
		if strings.EqualFold(t.Key, name) {
			return []string{t.Value}
		}
	}
	return nil
}

func (r *request) requestTagKeys() (keys []string) {
	for _, t := range r.givenTags() {
		keys = append(keys, t.Key)
	}
	return keys
}

func (r *request) givenTags() []object.Tag {
	var tags []object.Tag
	var err error
	if r.op == &putObjectTagging {
		var document []byte
		if document, err = r.document(); err == nil {
			tags, err = parseTagging(document, maxObjectTags)
		}
	} else {
		tags, err = r.tags()
	}
	if err != nil {
		return nil
	}
	return tags
}

// locationConstraint is the region that a bucket is to be made in.
func (r *request) locationConstraint() string {
	if r.op != &createBucket {
		return ""
	}
	var config createBucketConfiguration
	document, err := r.document()
	if err != nil || len(document) == 0 || decodeXML(document, &config) != nil {
		return ""
	}
	return config.LocationConstraint
}

func (r *request) tlsVersion() string {
	if r.in.Client.TLSVersion == 0 {
		return ""
	}
	// tls.VersionTLS12 is 0x0303, and so on.
	return "1." + strconv.Itoa(int(r.in.Client.TLSVersion&0xff)-1)
}
