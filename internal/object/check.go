package object

import (
	"context"
	"fmt"
	"time"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

// Finding is something stored that is not as it should be.
type Finding struct {
	Severity content.Severity
	// Bucket, Key, and VersionID or UploadID name what it concerns, as far as that
	// is known. VersionID is "" where the bucket never had versions.
	Bucket, Key, VersionID, UploadID string
	Text                             string

	mend func(kv.Txn) error // nil where nothing mends it
	// remove removes the version that is damaged; nil for what is none.
	remove func(kv.Txn) error
}

// Mendable reports whether Check.Mend puts it right.
func (f *Finding) Mendable() bool { return f.mend != nil }

// CheckOptions says how thorough a Check is.
type CheckOptions struct {
	// Lengths looks at the length of each blob, and does not read it.
	Lengths bool
	// Progress, if not nil, is told how many bytes were read since it was told last,
	// and how many there are to read in all.
	Progress func(read, total int64)
	// Document, if not nil, is given what is configured for each bucket.
	Document func(bucket string, d Document, document []byte) error
}

// Check compares everything that this package and content keep with itself: no
// record that cannot be read, no bytes that are missing or wrong, no count or
// index that contradicts what it counts. Nothing else may use the stores. By
// itself it changes nothing.
type Check struct {
	records  kv.Store
	contents *content.Inspection
	service  *Service // for what Mend removes
	options  CheckOptions
	report   func(Finding) error

	buckets map[bucketID]*checkedBucket
	// uncertain says that not all buckets could be read: what seems to belong to
	// none may belong to one.
	uncertain bool
	total     int64
}

// checkedBucket is a bucket and what was found in it.
type checkedBucket struct {
	Bucket
	listed bool // in the list of its owner
}

// NewCheck begins a check. contents is what content.Inspect returned for the
// same records.
func NewCheck(records kv.Store, contents *content.Inspection, now func() time.Time, o CheckOptions) *Check {
	return &Check{
		records:  records,
		contents: contents,
		service:  New(records, contents.Store(), Options{Now: now}),
		options:  o,
		buckets:  make(map[bucketID]*checkedBucket),
	}
}

// Run reports what it finds. An error is one of report or of ctx: what cannot be
// read is a finding.
func (c *Check) Run(ctx context.Context, report func(Finding) error) error {
	c.report = report
	err := c.records.View(ctx, func(r kv.Reader) error {
		if err := c.checkRecords(ctx, r); err != nil {
			return err
		}
		return c.checkContents(ctx, r)
	})
	if err != nil {
		return err
	}
	return c.records.View(ctx, func(r kv.Reader) error { return c.readBytes(ctx, r) })
}

// Mend puts f right as far as that is possible without deleting anything that
// somebody stored.
func (c *Check) Mend(ctx context.Context, f *Finding) error {
	if f.mend == nil {
		return nil
	}
	return c.records.Update(ctx, f.mend)
}

// Remove removes a version that is damaged, and reports whether f is of one. What
// is mendable was mended before.
func (c *Check) Remove(ctx context.Context, f *Finding) (removed bool, err error) {
	if f.remove == nil {
		return false, nil
	}
	return true, c.records.Update(ctx, f.remove)
}

// checkContents compares contents with the records that refer to them, and finds
// out which objects the faults concern.
func (c *Check) checkContents(ctx context.Context, r kv.Reader) error {
	var faults []content.Fault
	places := make(map[content.Place]bool)
	err := c.contents.Compare(ctx, r, func(f content.Fault) error {
		faults = append(faults, f)
		if f.Place != (content.Place{}) && f.Severity != content.Reclaimable {
			places[f.Place] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	names := make(map[content.Place]Referrer)
	if len(places) > 0 {
		// What the walk cannot read was reported before.
		_ = referrers(ctx, r, places, func(p content.Place, name Referrer) {
			if _, named := names[p]; !named {
				names[p] = name
			}
		})
	}
	for _, f := range faults {
		name := names[f.Place]
		finding := Finding{
			Severity: f.Severity, Bucket: name.Bucket, Key: name.Key, VersionID: name.VersionID, UploadID: name.UploadID,
			Text: f.Text, mend: f.Mend,
		}
		if name.Bucket == "" && places[f.Place] {
			finding.Text = fmt.Sprintf("content %s: %s", f.Place, f.Text)
		}
		if err := c.report(finding); err != nil {
			return err
		}
	}
	return ctx.Err()
}
