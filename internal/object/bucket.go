package object

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// CreateBucket creates a bucket with documents, which may be nil: *InvalidBucketNameError, *BucketExistsError
// (also where owner has it already), ErrTooManyBuckets, ErrNoSpace.
func (s *Service) CreateBucket(ctx context.Context, name string, owner Owner, documents map[Document][]byte) (Bucket, error) {
	if err := CheckBucketName(name); err != nil {
		return Bucket{}, err
	}
	if owner.AccountID == "" || len(owner.AccountID) > maxAccountID {
		return Bucket{}, fmt.Errorf("object: account ID %q has not 1 to %d bytes", owner.AccountID, maxAccountID)
	}
	if err := s.space.Admit(0); err != nil {
		return Bucket{}, err
	}
	created := s.now()
	var b Bucket
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		var err error
		b, err = createBucket(txn, name, owner, created, s.maxBuckets, documents)
		return err
	})
	if err != nil {
		return Bucket{}, translate(err)
	}
	return b, nil
}

func createBucket(txn kv.Txn, name string, owner Owner, created time.Time, limit int, documents map[Document][]byte) (Bucket, error) {
	var existing bucketRecord
	if found, err := record.Get(txn, bucketKey(name), &existing); err != nil {
		return Bucket{}, err
	} else if found {
		return Bucket{}, &BucketExistsError{Name: name, Owner: existing.bucket(name).Owner}
	}
	var account ownerRecord
	if _, err := record.Get(txn, ownerKey(owner.AccountID), &account); err != nil {
		return Bucket{}, err
	}
	if account.Buckets >= limit {
		return Bucket{}, ErrTooManyBuckets
	}
	id, err := nextBucketID(txn)
	if err != nil {
		return Bucket{}, err
	}
	rec := bucketRecord{
		ID:          id,
		AccountID:   owner.AccountID,
		CanonicalID: owner.CanonicalID,
		Created:     created.UnixNano(),
	}
	for d, value := range documents {
		setDocument(txn, id, d, value)
		if rec.Revision, err = nextRevision(txn); err != nil {
			return Bucket{}, err
		}
	}
	account.Buckets++
	if err := record.Set(txn, ownerKey(owner.AccountID), account); err != nil {
		return Bucket{}, err
	}
	txn.Set(ownedKey(owner.AccountID, name), nil)
	return rec.bucket(name), record.Set(txn, bucketKey(name), rec)
}

// Bucket loads a bucket: ErrNoSuchBucket.
func (s *Service) Bucket(ctx context.Context, name string) (Bucket, error) {
	var b Bucket
	err := s.records.View(ctx, func(r kv.Reader) error {
		var err error
		b, err = getBucket(r, name)
		return err
	})
	return b, err
}

// SetVersioning enables or suspends the versions of a bucket's objects:
// ErrNoSuchBucket, ErrUnknown. A bucket that had versions is never Unversioned
// again.
func (s *Service) SetVersioning(ctx context.Context, b Bucket, v Versioning) error {
	if v != VersioningEnabled && v != VersioningSuspended {
		return fmt.Errorf("object: versioning cannot be set to %d", v)
	}
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		var rec bucketRecord
		found, err := record.Get(txn, bucketKey(b.Name), &rec)
		if err != nil {
			return err
		}
		if !found || rec.ID != b.id {
			return ErrNoSuchBucket
		}
		rec.Versioning = v
		return record.Set(txn, bucketKey(b.Name), rec)
	})
	return translate(err)
}

// DeleteBucket deletes a bucket without objects, versions and delete markers, and
// aborts the uploads to it: ErrNoSuchBucket (also when b was deleted and made
// again since it was loaded), ErrBucketNotEmpty, ErrUnknown.
func (s *Service) DeleteBucket(ctx context.Context, b Bucket) error {
	// A Put that runs at the same moment reads the bucket's record, which this
	// transaction deletes, and adds an object to the range that this one reads.
	// Transactions are serializable, so one of the two sees the other.
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		if err := checkBucket(txn, b); err != nil {
			return err
		}
		for _, prefix := range [][]byte{objectKey(b.id, ""), historyUnder(b.id, "")} {
			if occupied, err := holdsAny(txn, prefix); err != nil {
				return err
			} else if occupied {
				return ErrBucketNotEmpty
			}
		}
		if err := deleteDocuments(txn, b.id); err != nil {
			return err
		}
		if err := abandonUploads(txn, b.id); err != nil {
			return err
		}
		return deleteBucket(txn, b)
	})
	if err != nil {
		return translate(err)
	}
	// The bucket is gone, whatever becomes of this.
	if err := s.AbortAbandoned(context.WithoutCancel(ctx)); err != nil {
		s.log.Error("aborting the uploads to a deleted bucket failed; it is tried again later", "bucket", b.Name, "error", err)
	}
	return nil
}

// holdsAny reports whether a key begins with prefix, which it spoils.
func holdsAny(r kv.Reader, prefix []byte) (bool, error) {
	it := r.Scan(append([]byte(nil), prefix...), kv.After(prefix))
	occupied := it.Next()
	return occupied, it.Close()
}

func deleteBucket(txn kv.Txn, b Bucket) error {
	txn.Delete(bucketKey(b.Name))
	txn.Delete(ownedKey(b.Owner.AccountID, b.Name))
	var account ownerRecord
	if _, err := record.Get(txn, ownerKey(b.Owner.AccountID), &account); err != nil {
		return err
	}
	if account.Buckets--; account.Buckets <= 0 {
		txn.Delete(ownerKey(b.Owner.AccountID))
		return nil
	}
	return record.Set(txn, ownerKey(b.Owner.AccountID), account)
}

// MaxBucketPage is the most buckets that ListBuckets returns at once.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
const MaxBucketPage = 10_000

// ListBucketsInput says which buckets to list.
type ListBucketsInput struct {
	AccountID string
	// Prefix is what names begin with, After what they come after (exclusive).
	Prefix, After string
	// Max is how many to return at most; 0, or more than MaxBucketPage, is
	// MaxBucketPage.
	Max int
}

// BucketPage is a part of a list of buckets.
type BucketPage struct {
	Buckets []Bucket
	Next    string // the After of the next page, "" if this is the last
}

// ListBuckets lists what an account has, names in order.
func (s *Service) ListBuckets(ctx context.Context, in ListBucketsInput) (BucketPage, error) {
	if in.Max <= 0 || in.Max > MaxBucketPage {
		in.Max = MaxBucketPage
	}
	if len(in.AccountID) > maxAccountID || len(in.Prefix) > maxBucketName {
		return BucketPage{}, nil
	}
	var page BucketPage
	err := s.records.View(ctx, func(r kv.Reader) error {
		var err error
		page, err = listBuckets(r, in)
		return err
	})
	return page, err
}

func listBuckets(r kv.Reader, in ListBucketsInput) (page BucketPage, err error) {
	start := in.Prefix
	if in.After >= start {
		// No name is longer, so nothing lies between the cut and the whole.
		start = in.After[:min(len(in.After), maxBucketName)] + "\x00"
	}
	list := len(ownedKey(in.AccountID, ""))
	lower, upper := ownedKey(in.AccountID, start), kv.After(ownedKey(in.AccountID, in.Prefix))
	if bytes.Compare(lower, upper) >= 0 {
		return BucketPage{}, nil
	}
	it := r.Scan(lower, upper)
	defer func() {
		if e := it.Close(); err == nil {
			err = e
		}
	}()
	for it.Next() {
		if len(page.Buckets) == in.Max {
			page.Next = page.Buckets[in.Max-1].Name
			return page, nil
		}
		b, err := getBucket(r, string(it.Key()[list:]))
		if err != nil {
			return BucketPage{}, err
		}
		page.Buckets = append(page.Buckets, b)
	}
	return page, nil
}
