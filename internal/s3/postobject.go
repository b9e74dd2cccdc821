package s3

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/signet-store/signet/internal/object"
)

var postObject = operation{
	name:   "PostObject",
	method: http.MethodPost, level: onBucket,
	headers: slices.Concat(objectHeaders, bodyHeaders, keptChecksumHeaders),
	check:   checkPutObject,
	action:  "s3:PutObject",
	further: attributeActions,
	creates: true,
	facts:   bucketFacts,
	body:    objectBody,
	partly:  "server-side encryption, website redirects",
	handle:  handlePostObject,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
func handlePostObject(ctx context.Context, r *request) (response, error) {
	o, err := r.store(ctx)
	if err != nil {
		return response{}, err
	}
	var res response
	res.Set("ETag", `"`+o.ETag+`"`)
	res.Set("Location", r.objectURL())
	setChecksum(&res, &o)
	setVersion(&res, &o)
	if target := r.redirect(&o); target != "" {
		res.Status = http.StatusSeeOther
		res.Fields[1].Value = target
		return res, nil
	}
	switch r.form.get("success_action_status") {
	case "200":
		res.Status = http.StatusOK
	case "201":
		res.Status = http.StatusCreated
		res.Set("Content-Type", "application/xml")
		res.Document = r.postResponse(&o)
	default:
		res.Status = http.StatusNoContent
	}
	return res, nil
}

// redirect is where the form sends its user, with what was stored; "" for
// nowhere. What is no address of the web is ignored, as Amazon does.
func (r *request) redirect(o *object.Object) string {
	value := r.form.get("success_action_redirect")
	if value == "" {
		value = r.form.get("redirect")
	}
	target, err := url.Parse(value)
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return ""
	}
	q := target.Query()
	q.Set("bucket", r.address.bucket)
	q.Set("key", o.Key)
	q.Set("etag", `"`+o.ETag+`"`)
	target.RawQuery = q.Encode()
	return target.String()
}

func (r *request) postResponse(o *object.Object) []byte {
	w := &xmlWriter{b: append(make([]byte, 0, 512), xmlHeader...)}
	w.open("PostResponse")
	w.text("Location", r.objectURL())
	w.text("Bucket", r.address.bucket)
	w.text("Key", o.Key)
	w.text("ETag", `"`+o.ETag+`"`)
	writeSum(w, o)
	w.close("PostResponse")
	return w.b
}
