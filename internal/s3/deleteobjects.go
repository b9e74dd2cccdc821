package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/xml"
	"net/http"

	"github.com/signet-store/signet/internal/object"
)

// maxDeletes is how many keys one DeleteObjects may name.
const maxDeletes = 1000

var deleteObjects = operation{
	name:   "DeleteObjects",
	method: http.MethodPost, level: onBucket, subresource: "delete",
	action:  "s3:DeleteObject",
	facts:   bucketFacts,
	body:    xmlBody,
	targets: readDeletes,
	handle:  handleDeleteObjects,
}

// deleteRequest is the body of DeleteObjects.
type deleteRequest struct {
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool     `xml:"Quiet"`
	Objects []struct {
		Key              string  `xml:"Key"`
		VersionID        *string `xml:"VersionId"`
		ETag             *string `xml:"ETag"`
		LastModifiedTime *string `xml:"LastModifiedTime"`
		Size             *string `xml:"Size"`
	} `xml:"Object"`
}

// readDeletes reads the body and verifies what was declared about it, which
// there must be: a damaged list would delete something else.
func readDeletes(_ context.Context, r *request) ([]string, error) {
	want, err := r.integrity()
	if err != nil {
		return nil, err
	}
	if want.md5 == nil && want.expected == nil {
		return nil, errMissingContentMD5
	}
	document, err := r.document()
	if err != nil {
		return nil, err
	}
	if err := want.check(document); err != nil {
		return nil, err
	}
	r.deletes = new(deleteRequest)
	if err := decodeXML(document, r.deletes); err != nil {
		return nil, err
	}
	if n := len(r.deletes.Objects); n == 0 || n > maxDeletes {
		return nil, errMalformedXML
	}
	keys := make([]string, len(r.deletes.Objects))
	for i, o := range r.deletes.Objects {
		if o.VersionID != nil && *o.VersionID != "" {
			return nil, &notImplementedError{"VersionId"}
		}
		if o.ETag != nil || o.LastModifiedTime != nil || o.Size != nil {
			return nil, &notImplementedError{"conditional deletes"}
		}
		keys[i] = unhideControls(o.Key)
		if keys[i] == "" {
			return nil, errMalformedXML
		}
	}
	return keys, nil
}

// check verifies a body that is in memory.
func (want *integrity) check(body []byte) error {
	if want.md5 != nil {
		if sum := md5.Sum(body); !bytes.Equal(sum[:], want.md5) {
			return &object.BadDigestError{Expected: want.md5, Computed: sum[:]}
		}
	}
	if want.expected == nil {
		return nil
	}
	value, err := want.expected()
	if err != nil {
		return err
	}
	h := want.algorithm.New()
	h.Write(body)
	if sum := h.Sum(nil); !bytes.Equal(sum, value) {
		return &object.ChecksumMismatchError{Algorithm: want.algorithm, Expected: value, Computed: sum}
	}
	return nil
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
//
// Each key is a change of its own: one that fails leaves the others deleted.
func handleDeleteObjects(ctx context.Context, r *request) (response, error) {
	w := newXML("DeleteResult", 256+96*len(r.targets))
	for _, t := range r.targets {
		err := errAccessDenied
		if t.allowed {
			_, err = r.handler.objects.Delete(ctx, object.DeleteInput{Bucket: r.bucket, Key: t.key})
		}
		if ctx.Err() != nil {
			return response{}, ctx.Err()
		}
		switch {
		case err != nil:
			a, known := find(err)
			if !known {
				r.logFailure("an object could not be deleted", err)
			}
			w.open("Error")
			w.text("Key", t.key)
			w.text("Code", a.code)
			w.text("Message", a.message)
			w.close("Error")
		case !r.deletes.Quiet:
			w.open("Deleted")
			w.text("Key", t.key)
			w.close("Deleted")
		}
	}
	w.close("DeleteResult")
	return xmlResponse(w.b), nil
}
