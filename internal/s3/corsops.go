package s3

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/object"
)

var getBucketCors = operation{
	name:   "GetBucketCors",
	method: http.MethodGet, level: onBucket, subresource: "cors",
	action: "s3:GetBucketCORS",
	facts:  bucketFacts,
	handle: func(ctx context.Context, r *request) (response, error) {
		return r.showDocument(ctx, object.DocumentCORS, errNoCORS)
	},
}

var putBucketCors = operation{
	name:   "PutBucketCors",
	method: http.MethodPut, level: onBucket, subresource: "cors",
	headers: bodyHeaders,
	check:   checkBody,
	action:  "s3:PutBucketCORS",
	facts:   bucketFacts,
	body:    xmlBody,
	handle:  handlePutBucketCors,
}

// maxCORSDocument is how long a configuration may be in bytes.
const maxCORSDocument = 64 << 10

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
func handlePutBucketCors(ctx context.Context, r *request) (response, error) {
	document, err := r.configuration()
	if err != nil {
		return response{}, err
	}
	if len(document) > maxCORSDocument {
		return response{}, messageTooLong(maxCORSDocument)
	}
	config, err := parseCORS(document)
	if err != nil {
		return response{}, err
	}
	value, err := config.document()
	if err != nil {
		return response{}, err
	}
	return r.keepDocument(ctx, object.DocumentCORS, value, http.StatusOK)
}

var deleteBucketCors = operation{
	name:   "DeleteBucketCors",
	method: http.MethodDelete, level: onBucket, subresource: "cors",
	action: "s3:PutBucketCORS",
	facts:  bucketFacts,
	handle: func(ctx context.Context, r *request) (response, error) {
		return r.keepDocument(ctx, object.DocumentCORS, nil, http.StatusNoContent)
	},
}

// A browser asks before it sends what a page wants to send.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
//
// It is judged before the bucket is looked for: whoever asks wrongly learns nothing
// but that.
var preflightBucket = operation{
	name:   "PreflightRequest",
	method: http.MethodOptions, level: onBucket, open: true,

	action: "s3:GetBucketCORS",
	handle: handlePreflight,
}

var preflightObject = operation{
	name:   "PreflightRequest",
	method: http.MethodOptions, level: onObject, open: true,

	action: "s3:GetBucketCORS",
	handle: handlePreflight,
}

func handlePreflight(ctx context.Context, r *request) (response, error) {
	h := r.arrived
	origin, method := h.Get("Origin"), h.Get("Access-Control-Request-Method")
	if origin == "" {
		return response{}, &failure{reason: errBadRequest, message: "Insufficient information. Origin request header needed."}
	}
	refused := func(l level, why string) error {
		return &failure{reason: errCORSRefused, message: "CORSResponse: " + why,
			name: l.resourceType(""), value: cmp.Or(method, http.MethodOptions)}
	}
	wrongMethod := &failure{reason: errBadRequest, message: "Invalid Access-Control-Request-Method: " + cmp.Or(method, "null")}
	if method != "" && !slices.Contains(corsMethods, method) {
		return response{}, wrongMethod
	}
	asked := askedHeaders(h)
	if i := slices.IndexFunc(asked, func(name string) bool { return !auth.IsHeaderName(name) }); i >= 0 {
		return response{}, &failure{reason: errBadRequest, message: `Access-Control-Request-Headers "` + asked[i] + `" contains invalid character.`}
	}
	var err error
	if r.bucket, err = r.handler.objects.Bucket(ctx, r.address.bucket); errors.Is(err, object.ErrNoSuchBucket) {
		return response{}, refused(onBucket, "Bucket not found")
	} else if err != nil {
		return response{}, err
	}
	config, err := r.cors(ctx, r.bucket)
	if err != nil {
		return response{}, err
	}
	if config == nil {
		return response{}, refused(onBucket, "CORS is not enabled for this bucket.")
	}
	if method == "" {
		return response{}, wrongMethod
	}
	if config.match(origin, method, asked) == nil {
		// So Amazon spells it.
		return response{}, refused(r.op.level, "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.")
	}
	res := response{Status: http.StatusOK}
	if len(asked) > 0 {
		res.Set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
	}
	return res, nil
}

// askedHeaders are the headers that a page wants to send, in lower case.
func askedHeaders(h auth.Fields) []string {
	var asked []string
	for name := range strings.SplitSeq(h.Get("Access-Control-Request-Headers"), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			asked = append(asked, name)
		}
	}
	return asked
}

// cors returns the bucket's configuration, nil if there is none.
func (r *request) cors(ctx context.Context, b object.Bucket) (*corsConfiguration, error) {
	document, err := r.handler.objects.Document(ctx, b, object.DocumentCORS)
	if err != nil || document == nil {
		return nil, err
	}
	return decodeCORS(document)
}

// allowOrigin adds what a browser must see to let a page read the answer, whatever
// the answer is. Requests that no page made cost nothing.
func (r *request) allowOrigin(res *response) {
	origin := r.arrived.Get("Origin")
	if origin == "" || r.address.bucket == "" {
		return
	}
	b := r.bucket
	if b.Name == "" {
		// Refused before the bucket was loaded: the page is still to learn why.
		var err error
		if b, err = r.handler.objects.Bucket(r.context(), r.address.bucket); err != nil {
			return
		}
	}
	config, err := r.cors(r.context(), b)
	if err != nil || config == nil {
		return
	}
	// What a preflight says counts in other requests too, as with Amazon.
	method := r.arrived.Get("Access-Control-Request-Method")
	if method == "" {
		method = r.in.Method
	}
	if rule := config.match(origin, method, askedHeaders(r.arrived)); rule != nil {
		rule.describe(res, origin)
	}
}
