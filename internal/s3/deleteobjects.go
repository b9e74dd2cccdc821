package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/xml"
	"net/http"
	"strconv"
	"time"

	"github.com/signet-store/signet/internal/object"
)

// maxDeletes is how many keys one DeleteObjects may name.
const maxDeletes = 1000

var deleteObjects = operation{
	name:   "DeleteObjects",
	method: http.MethodPost, level: onBucket, subresource: "delete",
	headers: bodyHeaders,
	action:  "s3:DeleteObject", versioned: "s3:DeleteObjectVersion",
	facts:   bucketFacts,
	body:    xmlBody,
	targets: readDeletes,
	partly:  "MFA delete, object lock",
	handle:  handleDeleteObjects,
}

// deleteRequest is the body of DeleteObjects.
type deleteRequest struct {
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool     `xml:"Quiet"`
	Objects []struct {
		Key              string `xml:"Key"`
		VersionID        string `xml:"VersionId"`
		ETag             string `xml:"ETag"`
		LastModifiedTime string `xml:"LastModifiedTime"`
		Size             string `xml:"Size"`
	} `xml:"Object"`
}

// readDeletes reads the body and verifies what was declared about it, which
// there must be: a damaged list would delete something else.
func readDeletes(_ context.Context, r *request) ([]target, error) {
	want, err := r.integrity()
	if err != nil {
		return nil, err
	}
	if want.md5 == nil && want.expected == nil {
		return nil, errMissingContentMD5
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
		targets[i] = target{key: unhideControls(o.Key), version: o.VersionID}
		if targets[i].key == "" {
			return nil, nil, errMalformedXML
		}
	}
	return in, targets, nil
}

// input says what to delete.
func (r *request) deleteInput(i int) (object.DeleteInput, error) {
	o := &r.deletes.Objects[i]
	in := object.DeleteInput{Bucket: r.bucket, Key: r.targets[i].key, VersionID: o.VersionID, Owner: r.newOwner()}
	if o.ETag != "" {
		in.Conditions.IfMatch = new(o.ETag)
	}
	if o.Size != "" {
		size, err := strconv.ParseInt(o.Size, 10, 64)
		if err != nil {
			return in, errMalformedXML
		}
		in.IfMatchSize = &size
	}
	if o.LastModifiedTime != "" {
		t, err := http.ParseTime(o.LastModifiedTime)
		if err != nil {
			if t, err = time.Parse(time.RFC3339, o.LastModifiedTime); err != nil {
				return in, errMalformedXML
			}
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
	if !r.targets[i].allowed {
		return object.DeleteResult{}, errAccessDenied
	}
	in, err := r.deleteInput(i)
	if err != nil {
		return object.DeleteResult{}, err
	}
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
