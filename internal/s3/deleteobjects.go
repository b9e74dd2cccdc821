package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/signet-store/signet/internal/object"
)

// maxDeletes is how many keys one DeleteObjects may name.
const maxDeletes = 1000

var deleteObjects = operation{
	name:   "DeleteObjects",
	method: http.MethodPost, level: onBucket, subresource: "delete",
	headers: bodyHeaders,
	check:   checkDeleteObjects,
	action:  "s3:DeleteObject", versioned: "s3:DeleteObjectVersion",
	facts:   bucketFacts,
	body:    xmlBody,
	targets: readDeletes,
	partly:  "MFA delete, object lock",
	handle:  handleDeleteObjects,
}

// deleteRequest is the body of DeleteObjects.
type deleteRequest struct {
	XMLName xml.Name         `xml:"Delete"`
	Quiet   bool             `xml:"Quiet"`
	Objects []objectToDelete `xml:"Object"`
}

// objectToDelete is a version, and what is demanded of it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ObjectIdentifier.html
type objectToDelete struct {
	Key              string  `xml:"Key"`
	VersionID        string  `xml:"VersionId"`
	ETag             *string `xml:"ETag"`
	LastModifiedTime *string `xml:"LastModifiedTime"`
	Size             *string `xml:"Size"`
}

// readDeletes reads the body and verifies what was declared about it.
func readDeletes(_ context.Context, r *request) ([]target, error) {
	want, err := r.integrity()
	if err != nil {
		return nil, err
	}
	document, err := r.read(want)
	if err != nil {
		return nil, err
	}
	in, targets, err := parseDeletes(document)
	r.deletes = in
	return targets, err
}

// parseDeletes reads the document of DeleteObjects.
func parseDeletes(document []byte) (*deleteRequest, []target, error) {
	in := new(deleteRequest)
	if err := decodeXML(document, in); err != nil {
		return nil, nil, err
	}
	if n := len(in.Objects); n == 0 || n > maxDeletes {
		return nil, nil, errMalformedXML
	}
	targets := make([]target, len(in.Objects))
	for i := range in.Objects {
		o := &in.Objects[i]
		t := target{key: unhideControls(o.Key), version: o.VersionID}
		if t.key == "" {
			return nil, nil, errMalformedXML
		}
		t.deletion, t.err = o.deletion(t.key)
		targets[i] = t
	}
	return in, targets, nil
}

// deletion says what to delete of a bucket that is not known yet. A condition that cannot
// be read must not be left out: errMalformedXML.
func (o *objectToDelete) deletion(key string) (object.DeleteInput, error) {
	in := object.DeleteInput{Key: key, VersionID: o.VersionID}
	in.Conditions.IfMatch = o.ETag
	if o.Size != nil {
		size, ok := parseSize(strings.TrimSpace(*o.Size))
		if !ok {
			return in, errMalformedXML
		}
		in.IfMatchSize = &size
	}
	if o.LastModifiedTime != nil {
		t, ok := parseDate(strings.TrimSpace(*o.LastModifiedTime))
		if !ok {
			return in, errMalformedXML
		}
		in.IfMatchLastModified = &t
	}
	return in, nil
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
	for i, t := range r.targets {
		done, err := r.deleteOne(ctx, i)
		if ctx.Err() != nil {
			return response{}, ctx.Err()
		}
		switch {
		case err != nil:
			r.writeRefusedDelete(w, t, err)
		case !r.deletes.Quiet:
			w.open("Deleted")
			w.text("Key", t.key)
			if t.version != "" {
				w.text("VersionId", t.version)
			}
			if done.DeleteMarker {
				w.boolean("DeleteMarker", true)
				w.text("DeleteMarkerVersionId", done.VersionID)
			}
			w.close("Deleted")
		}
	}
	w.close("DeleteResult")
	return xmlResponse(w.b), nil
}

func (r *request) deleteOne(ctx context.Context, i int) (object.DeleteResult, error) {
	t := &r.targets[i]
	if !t.allowed {
		return object.DeleteResult{}, errAccessDenied
	}
	if t.err != nil {
		return object.DeleteResult{}, t.err
	}
	in := t.deletion
	in.Bucket, in.Owner = r.bucket, r.newOwner()
	return r.handler.objects.Delete(ctx, in)
}

func (r *request) writeRefusedDelete(w *xmlWriter, t target, err error) {
	a := r.answerTo(err, "an object could not be deleted")
	w.open("Error")
	w.text("Key", t.key)
	if t.version != "" {
		w.text("VersionId", t.version)
	}
	w.text("Code", a.code)
	w.text("Message", a.message)
	w.close("Error")
}
