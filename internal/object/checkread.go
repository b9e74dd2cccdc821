package object

import (
	"bytes"
	"context"
	"hash"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// readBytes reads what every version and upload refers to, and compares it with
// the checksums that are kept of it. Damaged records were reported before.
func (c *Check) readBytes(ctx context.Context, r kv.Reader) error {
	var failure error
	version := func(id bucketID, key, value []byte) {
		var rec objectRecord
		if failure != nil || record.Decode(nil, value, &rec) != nil || rec.valid() != nil || rec.Content.Size == 0 {
			return
		}
		failure = c.readVersion(ctx, id, string(key), &rec)
	}
	// What these walks cannot read was reported before.
	_ = walkObjects(ctx, r, version)
	_ = walkHistory(ctx, r, version)
	_ = walkUploads(ctx, r, func(id bucketID, key []byte, upload string, value []byte) {
		var rec listedUploadRecord
		if failure != nil || record.Decode(nil, value, &rec) != nil {
			return
		}
		var fault string
		if fault, failure = c.contents.VerifyUpload(ctx, rec.Content, c.options.Lengths, &counter{check: c}); fault != "" {
			f := Finding{Severity: content.Damaged, Key: string(key), UploadID: upload, Text: fault}
			if b := c.buckets[id]; b != nil {
				f.Bucket = b.Name
			}
			failure = c.report(f)
		}
	})
	if failure == nil {
		failure = ctx.Err()
	}
	return failure
}

// readVersion reads the bytes of one version.
func (c *Check) readVersion(ctx context.Context, id bucketID, key string, rec *objectRecord) error {
	// The checksum that came with the object, or was made of what came, says more
	// than that of the disk: it is of these bytes of this object.
	w := &counter{check: c}
	if a := rec.Checksum.Algorithm; a != checksum.None && rec.ChecksumType == checksum.FullObject {
		w.hash = a.New()
	}
	fault, err := c.contents.Verify(ctx, rec.Content, c.options.Lengths, w)
	if err != nil {
		return err
	}
	if fault == "" && w.hash != nil && w.size == rec.Content.Size && !bytes.Equal(w.hash.Sum(nil), rec.Checksum.Value) {
		fault = "its bytes do not have the checksum " + rec.Checksum.Algorithm.String() + " that is kept with it"
	}
	if fault == "" {
		return nil
	}
	f := Finding{Severity: content.Damaged, Key: key, Text: fault}
	b := c.buckets[id]
	if b == nil {
		return c.report(f)
	}
	f.Bucket = b.Name
	versionID := rec.versionID()
	if b.Versioning != Unversioned {
		f.VersionID = versionID
	}
	f.remove = func(txn kv.Txn) error {
		l, err := readLineage(txn, b.Bucket, key)
		if err != nil {
			return err
		}
		_, err = c.service.deleteVersion(txn, l, &DeleteInput{Bucket: b.Bucket, Key: key, VersionID: versionID})
		return err
	}
	return c.report(f)
}

// counter is given what is read.
type counter struct {
	check *Check
	hash  hash.Hash // nil for none
	size  int64
}

func (w *counter) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	if w.hash != nil {
		w.hash.Write(p)
	}
	if progress := w.check.options.Progress; progress != nil {
		progress(int64(len(p)), w.check.total)
	}
	return len(p), nil
}
