package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/blob/fileblob"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/kv/pebblekv"
	"github.com/signet-store/signet/internal/object"
	"github.com/signet-store/signet/internal/s3"
)

// CheckConfig says what to check and what to do about it.
type CheckConfig struct {
	DataDir string
	// Lengths looks at the lengths of what is stored and does not read all of it.
	Lengths bool
	// Repair mends what can be mended without deleting an object. RemoveDamaged,
	// which implies it, deletes the versions of objects whose bytes or records are
	// damaged.
	Repair, RemoveDamaged bool
	// AllMissing goes on where so much is missing that it looks like a disk that is
	// not mounted rather than one that lost some of it.
	AllMissing bool
	// Report is given each finding as soon as what was asked for is done about it.
	Report func(Finding) error
	// Progress, if not nil, is told how many bytes were read since it was told last,
	// and how many there are to read in all.
	Progress func(read, total int64)
	Log      *slog.Logger // nil for none
}

// Finding is something in a data directory that is not as it should be.
type Finding struct {
	// Kind is "damaged" for what is lost, "inconsistent" for records that contradict
	// each other, "reclaimable" for space that nothing refers to, "outdated" for a
	// policy that keeps its meaning and would be refused if it were put now.
	Kind string `json:"kind"`
	// What it concerns, as far as it is known.
	Bucket    string `json:"bucket,omitempty"`
	Key       string `json:"key,omitempty"`
	VersionID string `json:"version_id,omitempty"`
	UploadID  string `json:"upload_id,omitempty"`
	Problem   string `json:"problem"`
	// Action is "repaired", "removed", or "" where nothing was done; Repairable says
	// that a repair would put it right.
	Action     string `json:"action,omitempty"`
	Repairable bool   `json:"repairable,omitempty"`
}

// CheckResult counts what a check found, and what of it is left.
type CheckResult struct {
	Damaged, Inconsistent, Reclaimable, Outdated int
	Repaired, Removed                            int
	BytesRead                                    int64
	// Faulty is how many findings of damage and inconsistency are left.
	Faulty int
}

// Check verifies a data directory that no server uses. It opens it for reading
// only unless something is to be repaired. Errors are sentences for the operator:
// that it could not be checked.
func Check(ctx context.Context, c CheckConfig) (CheckResult, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := existingDirectory(c.DataDir)
	if err != nil {
		return CheckResult{}, err
	}
	defer dir.close()
	k := &checker{CheckConfig: c}
	k.Repair = k.Repair || k.RemoveDamaged
	err = k.run(ctx, dir)
	return k.result, err
}

// existingDirectory opens a data directory that is there, and makes nothing.
func existingDirectory(path string) (*directory, error) {
	if err := checkFormat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a data directory of signet", path)
	} else if err != nil {
		return nil, err
	}
	d := &directory{path: path}
	for _, name := range []string{d.kv(), d.blobs()} {
		if _, err := os.Stat(name); err != nil {
			return nil, fmt.Errorf("data directory: %w", err)
		}
	}
	if err := d.acquire(); err != nil {
		return nil, err
	}
	return d, nil
}

// checker is a check under way.
type checker struct {
	CheckConfig
	result CheckResult
}

func (k *checker) run(ctx context.Context, dir *directory) (err error) {
	records, err := pebblekv.Open(dir.kv(), pebblekv.Options{
		Log: k.Log.With("part", "kv"), ReadOnly: !k.Repair,
		Fatal:     func(err error) { endProcess(k.Log, err) },
		Separated: content.SeparatedPrefixes(),
	})
	if err != nil {
		return fmt.Errorf("%s: the records cannot be opened: %w", filepath.Clean(k.DataDir), err)
	}
	defer func() { err = errors.Join(err, records.Close()) }()
	blobs, err := fileblob.Open(dir.blobs(), fileblob.Options{Log: k.Log.With("part", "blob")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	contents, err := content.Inspect(ctx, records, blobs, time.Now)
	if err != nil {
		return err
	}
	relation, err := k.compareMarks(ctx, dir, contents)
	if err != nil {
		return err
	}
	check := object.NewCheck(records, contents, time.Now, object.CheckOptions{
		Lengths: k.Lengths, Progress: k.moved, Document: k.document,
	})
	if err := k.objects(ctx, dir, contents, check); err != nil {
		return err
	}
	if k.AllMissing && relation.Records != (blob.Mark{}) && !relation.Same() {
		if err := contents.Mark(ctx, relation); err != nil {
			return fmt.Errorf("repair: %w", err)
		}
	}
	return identity.Check(ctx, records, func(f identity.Fault) error {
		severity := content.Inconsistent
		switch {
		case f.Outdated:
			return k.tellOutdated(Finding{Problem: f.Text})
		case f.Damaged:
			severity = content.Damaged
		}
		return k.tell(Finding{Problem: f.Text}, severity)
	})
}

// document reports a bucket's policy that would be refused if it were put now.
func (k *checker) document(bucket string, d object.Document, document []byte) error {
	if err := s3.CheckDocument(d, document); err != nil {
		return k.tellOutdated(Finding{Bucket: bucket, Problem: "the bucket policy would be refused if it were put now: " + err.Error()})
	}
	return nil
}

// tellOutdated reports a policy, which is no fault of the data directory.
func (k *checker) tellOutdated(f Finding) error {
	f.Kind = "outdated"
	k.result.Outdated++
	return k.Report(f)
}

func (k *checker) moved(read, total int64) {
	k.result.BytesRead += read
	if k.Progress != nil {
		k.Progress(read, total)
	}
}

// objects checks buckets and objects. What is mended is mended once all of it is
// known: the order is that of the findings, in which nothing is swept before what
// refers to it is.
func (k *checker) objects(ctx context.Context, dir *directory, contents *content.Inspection, check *object.Check) error {
	var pending []object.Finding
	err := check.Run(ctx, func(f object.Finding) error {
		if k.Repair {
			pending = append(pending, f)
			return nil
		}
		return k.tell(described(&f), f.Severity)
	})
	if err == nil && k.RemoveDamaged && !k.AllMissing {
		err = tooMuchMissing(ctx, dir, contents)
	}
	for i := range pending {
		f := &pending[i]
		told := described(f)
		if err == nil && f.Mendable() {
			if err := check.Mend(ctx, f); err != nil {
				return fmt.Errorf("repair: %w", err)
			}
			told.Action, told.Repairable = "repaired", false
			k.result.Repaired++
		} else if err == nil && k.RemoveDamaged {
			removed, err := check.Remove(ctx, f)
			if err != nil {
				return fmt.Errorf("remove what is damaged: %w", err)
			}
			if removed {
				told.Action = "removed"
				k.result.Removed++
			}
		}
		if err := k.tell(told, f.Severity); err != nil {
			return err
		}
	}
	return err
}

func described(f *object.Finding) Finding {
	return Finding{
		Bucket: f.Bucket, Key: f.Key, VersionID: f.VersionID, UploadID: f.UploadID,
		Problem: f.Text, Repairable: f.Mendable(),
	}
}

// tell counts a finding and reports it.
func (k *checker) tell(f Finding, severity content.Severity) error {
	switch severity {
	case content.Damaged:
		f.Kind = "damaged"
		k.result.Damaged++
	case content.Inconsistent:
		f.Kind = "inconsistent"
		k.result.Inconsistent++
	case content.Reclaimable:
		f.Kind = "reclaimable"
		k.result.Reclaimable++
	}
	if severity != content.Reclaimable && f.Action == "" {
		k.result.Faulty++
	}
	return k.Report(f)
}
