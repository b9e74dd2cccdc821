package s3

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/front"
)

// operationName is the name under which the request is counted.
func (r *request) operationName() string {
	if r.op == nil {
		return "Unknown"
	}
	return r.op.name
}

// logFailure logs a failure of the server itself.
func (r *request) logFailure(message string, err error) {
	r.handler.log.Error(message, slog.String("request_id", r.id), slog.String("operation", r.operationName()),
		slog.String("bucket", r.address.bucket), slog.String("key", r.address.key), slog.Any("error", err))
}

// refuse turns an error into the response that S3 gives.
func (r *request) refuse(err error) response {
	a, known := find(err)
	if !known && !errors.Is(err, front.ErrPanic) {
		r.logFailure("a request failed", err)
	}
	bucket, key, version := r.address.bucket, r.address.key, r.versionID()
	if s := &r.source; s.missing != nil || (s.bucket != "" && s.in.Name == "") {
		bucket, key, version = s.bucket, s.key, s.version // what is not there is the source
	}
	switch a.code {
	case "NoSuchKey":
		a = a.with("Key", key)
	case "NoSuchVersion":
		a = a.with("Key", key).with("VersionId", version)
	case "NoSuchUpload":
		a = a.with("UploadId", r.query.get("uploadId"))
	case "NoSuchBucket", "BucketNotEmpty", "NoSuchTagSet", "NoSuchCORSConfiguration",
		"NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError":
		a = a.with("BucketName", bucket)
	}
	res := response{Status: a.status, Err: err, Code: a.code}
	if a.status == http.StatusNotModified {
		r.describe(&res, r.object)
		return res
	}
	var hidden *deleteMarkerError
	if errors.As(err, &hidden) {
		res.Set("x-amz-delete-marker", "true")
		setVersion(&res, hidden.marker)
		if hidden.named {
			res.Set("Allow", "DELETE")
			res.Set("Last-Modified", hidden.marker.Modified.UTC().Format(http.TimeFormat))
		}
	}
	res.Set("Content-Type", "application/xml")
	if r.op == &headBucket && a.code != "NoSuchBucket" {
		res.Set("x-amz-bucket-region", r.handler.region)
	}
	if r.in.Method == http.MethodHead {
		res.Hidden = true
		return res
	}
	res.Document = r.errorDocument(a)
	return res
}

// errorDocument writes an error as S3 does.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
func (r *request) errorDocument(a answer) []byte {
	w := &xmlWriter{make([]byte, 0, 512)}
	w.b = append(w.b, xmlHeader...)
	w.open("Error")
	w.text("Code", a.code)
	w.text("Message", printable(a.message))
	for _, e := range a.elements {
		w.text(e.name, printable(e.value))
	}
	w.text("RequestId", r.id)
	w.text("HostId", r.handler.hostID)
	w.close("Error")
	return w.b
}

// printable replaces what no XML document can hold, not even escaped: an error
// quotes what strangers send, and has to be read by strict parsers too.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xFFFE || c == 0xFFFF {
			return utf8.RuneError
		}
		return c
	}, s)
}
