package object

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// checkRecords reads each record of this package and compares it with the others,
// and tells contents which of them refer to what.
func (c *Check) checkRecords(ctx context.Context, r kv.Reader) error {
	for _, step := range []func(context.Context, kv.Reader) error{
		c.checkBuckets, c.checkOwned, c.checkOwners,
		c.checkObjects, c.checkHistory, c.checkNulls,
		c.checkUploads, c.checkDocuments,
	} {
		if err := step(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// scan calls visit for each record under a prefix. What ends it early is
// reported, and makes everything uncertain.
func (c *Check) scan(ctx context.Context, r kv.Reader, prefix byte, visit func(key []byte, it kv.Iterator) error) error {
	it := r.Scan([]byte{prefix}, []byte{prefix + 1})
	defer it.Close()
	for it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := visit(it.Key(), it); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil {
		c.doubt()
		return c.damaged(nil, "", "records (%x) cannot be read: %v", prefix, err)
	}
	return nil
}

// doubt notes that records could not be read.
func (c *Check) doubt() {
	c.uncertain = true
	c.contents.Uncertain()
}

func (c *Check) damaged(b *Bucket, key string, format string, args ...any) error {
	f := Finding{Severity: content.Damaged, Key: key, Text: fmt.Sprintf(format, args...)}
	if b != nil {
		f.Bucket = b.Name
	}
	return c.report(f)
}

func (c *Check) inconsistent(b *Bucket, key string, mend func(kv.Txn) error, format string, args ...any) error {
	f := Finding{Severity: content.Inconsistent, Key: key, Text: fmt.Sprintf(format, args...), mend: mend}
	if b != nil {
		f.Bucket = b.Name
	}
	return c.report(f)
}

// ifCertain returns mend, or nil where not all records could be read.
func (c *Check) ifCertain(mend func(kv.Txn) error) func(kv.Txn) error {
	if c.uncertain {
		return nil
	}
	return mend
}

func deleting(key []byte) func(kv.Txn) error {
	key = bytes.Clone(key)
	return func(txn kv.Txn) error {
		txn.Delete(key)
		return nil
	}
}

func setting(key []byte, rec any) func(kv.Txn) error {
	key = bytes.Clone(key)
	return func(txn kv.Txn) error { return record.Set(txn, key, rec) }
}

// checkBuckets reads the buckets, and the sequence from which they have their
// IDs.
func (c *Check) checkBuckets(ctx context.Context, r kv.Reader) error {
	var last bucketID
	err := c.scan(ctx, r, bucketsPrefix, func(key []byte, it kv.Iterator) error {
		name := string(key[1:])
		var rec bucketRecord
		if err := record.Decode(key, it.Value(), &rec); err != nil || rec.ID == 0 || rec.AccountID == "" || rec.Versioning > VersioningSuspended {
			c.doubt()
			return c.report(Finding{Severity: content.Damaged, Bucket: name, Text: "the bucket's record is damaged"})
		}
		b := rec.bucket(name)
		if other := c.buckets[rec.ID]; other != nil {
			return c.inconsistent(&b, "", nil, "the bucket has its objects in common with %s", other.Name)
		}
		c.buckets[rec.ID] = &checkedBucket{Bucket: b}
		last = max(last, rec.ID, bucketID(rec.Revision))
		return nil
	})
	if err != nil {
		return err
	}
	var given bucketID
	if _, err := record.Get(r, sequenceKey(), &given); err != nil || given < last {
		return c.inconsistent(nil, "", c.ifCertain(setting(sequenceKey(), last)), "the sequence of buckets is at %d, given out was %d", given, last)
	}
	return nil
}

// checkOwned compares the lists of owners' buckets with the buckets.
func (c *Check) checkOwned(ctx context.Context, r kv.Reader) error {
	byName := make(map[string]*checkedBucket, len(c.buckets))
	for _, b := range c.buckets {
		byName[b.Name] = b
	}
	err := c.scan(ctx, r, ownedPrefix, func(key []byte, _ kv.Iterator) error {
		if len(key) >= 2 && len(key) >= 2+int(key[1]) {
			end := 2 + int(key[1])
			if b := byName[string(key[end:])]; b != nil && b.Owner.AccountID == string(key[2:end]) {
				b.listed = true
				return nil
			}
		}
		return c.inconsistent(nil, "", c.ifCertain(deleting(key)), "a list of buckets names one that is not its owner's: %q", key[1:])
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		b := byName[name]
		if b.listed {
			continue
		}
		key := ownedKey(b.Owner.AccountID, b.Name)
		mend := func(txn kv.Txn) error {
			txn.Set(key, nil)
			return nil
		}
		if err := c.inconsistent(&b.Bucket, "", mend, "the bucket is not in its owner's list"); err != nil {
			return err
		}
	}
	return nil
}

// checkOwners compares the owners' counts of buckets with the buckets.
func (c *Check) checkOwners(ctx context.Context, r kv.Reader) error {
	counts := make(map[string]int)
	for _, b := range c.buckets {
		counts[b.Owner.AccountID]++
	}
	err := c.scan(ctx, r, ownersPrefix, func(key []byte, it kv.Iterator) error {
		var rec ownerRecord
		want := counts[string(key[1:])]
		account := string(key[1:])
		delete(counts, account)
		if err := record.Decode(key, it.Value(), &rec); err == nil && rec.Buckets == want {
			return nil
		}
		mend := setting(ownerKey(account), ownerRecord{Buckets: want})
		if want == 0 {
			mend = deleting(key)
		}
		return c.inconsistent(nil, "", c.ifCertain(mend), "account %s has %d buckets, counted are %d", account, want, rec.Buckets)
	})
	if err != nil {
		return err
	}
	for _, account := range slices.Sorted(maps.Keys(counts)) {
		want := counts[account]
		mend := setting(ownerKey(account), ownerRecord{Buckets: want})
		if err := c.inconsistent(nil, "", mend, "account %s has %d buckets, counted are none", account, want); err != nil {
			return err
		}
	}
	return nil
}

// parseObjectKey returns the bucket and the key of a current version.
func parseObjectKey(k []byte) (id bucketID, key []byte, ok bool) {
	if len(k) <= objectKeyOverhead {
		return 0, nil, false
	}
	return bucketOf(k), k[objectKeyOverhead:], true
}

// errNoSense is why a record that decodes is damaged all the same.
var errNoSense = errors.New("it makes no sense")

// valid says why r cannot be what was written: "" for nothing.
func (r *objectRecord) valid() error {
	c := r.Content
	switch {
	case r.Modified <= 0, c.Size < 0, c.Parts < 0, c.Parts > 0 && c.Inline, c.Size == 0 && c != (content.Content{}),
		r.DeleteMarker && c.Size > 0, !r.DeleteMarker && r.ETag == "",
		len(r.Checksum.Value) != r.Checksum.Algorithm.Size():
		return errNoSense
	}
	return nil
}

// checkVersion reads a version's record: nil, after reporting it, for one that is
// damaged.
func (c *Check) checkVersion(k []byte, id bucketID, key []byte, value []byte) (*checkedBucket, *objectRecord, error) {
	b := c.buckets[id]
	f := Finding{Severity: content.Damaged, Key: string(key)}
	if b != nil {
		f.Bucket = b.Name
	}
	var rec objectRecord
	err := record.Decode(k, value, &rec)
	if err == nil {
		err = rec.valid()
	}
	if err != nil {
		c.doubt()
		f.Text = "its record is damaged: " + err.Error()
		f.remove = deleting(k)
		return b, nil, c.report(f)
	}
	c.contents.Refer(rec.Content)
	c.total += rec.Content.Size
	switch {
	case b == nil:
		f.Severity, f.Text = content.Inconsistent, fmt.Sprintf("it belongs to no bucket (%d)", id)
	case len(key) == 0 || len(key) > MaxKeySize || !utf8.Valid(key):
		f.Severity, f.Text = content.Inconsistent, "no object can have its key"
	default:
		return b, &rec, nil
	}
	return b, nil, c.report(f)
}

func (c *Check) checkObjects(ctx context.Context, r kv.Reader) error {
	return c.scan(ctx, r, objectsPrefix, func(k []byte, it kv.Iterator) error {
		id, key, ok := parseObjectKey(k)
		if !ok {
			c.doubt()
			return c.damaged(nil, "", "a record has the malformed key %x", k)
		}
		value := it.Value()
		if value == nil && it.Err() != nil {
			return nil // scan reports it
		}
		b, rec, err := c.checkVersion(k, id, key, value)
		if err == nil && rec != nil && rec.DeleteMarker {
			err = c.inconsistent(&b.Bucket, string(key), nil, "a delete marker is where the current version should be")
		}
		return err
	})
}

// lastSeen is the version before, in the history.
type lastSeen struct {
	bucket bucketID
	key    []byte
	nulls  int
}

func (c *Check) checkHistory(ctx context.Context, r kv.Reader) error {
	var last lastSeen
	return c.scan(ctx, r, historyPrefix, func(k []byte, it kv.Iterator) error {
		key, order, err := parseHistoryKey(nil, k)
		if err != nil {
			c.doubt()
			return c.damaged(nil, "", "%v", err)
		}
		id := bucketOf(k)
		newest := id != last.bucket || !bytes.Equal(key, last.key)
		if newest {
			last = lastSeen{bucket: id, key: key}
		}
		value := it.Value()
		if value == nil && it.Err() != nil {
			return nil // scan reports it
		}
		b, rec, err := c.checkVersion(k, id, key, value)
		if err != nil || rec == nil {
			return err
		}
		return c.checkOlder(r, b, string(key), k, order, rec, newest, &last)
	})
}

// checkOlder compares a record of the history with the current version, and with
// the pointer to the null version.
func (c *Check) checkOlder(r kv.Reader, b *checkedBucket, key string, k []byte, order int64, rec *objectRecord, newest bool, last *lastSeen) error {
	if rec.Modified != order {
		return c.inconsistent(&b.Bucket, key, nil, "version %s is not where its time belongs", rec.versionID())
	}
	if b.Versioning == Unversioned {
		return c.inconsistent(&b.Bucket, key, nil, "there is an older version in a bucket that never had versions")
	}
	current, err := getStored(r, objectKey(b.id, key))
	if err != nil {
		return nil // reported with the current versions
	}
	switch {
	case current != nil && current.Modified <= order:
		err = c.inconsistent(&b.Bucket, key, nil, "version %s is newer than the current one", rec.versionID())
	case current == nil && newest && !rec.DeleteMarker:
		k, value := bytes.Clone(k), objectKey(b.id, key)
		err = c.inconsistent(&b.Bucket, key, c.ifCertain(func(txn kv.Txn) error {
			s, err := getStored(txn, k)
			if err != nil || s == nil {
				return err
			}
			txn.Delete(k)
			txn.Set(value, s.value)
			if s.isNull() {
				txn.Delete(nullKey(b.id, key))
			}
			return nil
		}), "no version is the current one, though none is deleted")
	}
	if err != nil || !rec.isNull() {
		return err
	}
	if last.nulls++; last.nulls > 1 || current != nil && current.isNull() {
		return c.inconsistent(&b.Bucket, key, nil, "there is more than one null version")
	}
	var pointer int64
	if found, err := record.Get(r, nullKey(b.id, key), &pointer); err != nil || !found || pointer != order {
		return c.inconsistent(&b.Bucket, key, setting(nullKey(b.id, key), order), "the null version is not found by its ID")
	}
	return nil
}

// checkNulls reports pointers to null versions that are not there.
func (c *Check) checkNulls(ctx context.Context, r kv.Reader) error {
	return c.scan(ctx, r, nullsPrefix, func(k []byte, it kv.Iterator) error {
		id, key, ok := parseObjectKey(k)
		b := c.buckets[id]
		if !ok || b == nil {
			return c.inconsistent(nil, "", c.ifCertain(deleting(k)), "a pointer to a null version belongs to no bucket (%x)", k)
		}
		var order int64
		if record.Decode(k, it.Value(), &order) == nil {
			version, err := getStored(r, historyKey(id, string(key), order))
			if err != nil || version != nil && version.isNull() {
				return nil
			}
		}
		return c.inconsistent(&b.Bucket, string(key), c.ifCertain(func(txn kv.Txn) error {
			// It may have been mended meanwhile.
			var now int64
			if found, err := record.Get(txn, nullKey(b.id, string(key)), &now); err == nil && found {
				if version, err := getStored(txn, historyKey(b.id, string(key), now)); err != nil || version != nil && version.isNull() {
					return err
				}
			}
			txn.Delete(nullKey(b.id, string(key)))
			return nil
		}), "the null version that is pointed to is not there")
	})
}

func (c *Check) checkUploads(ctx context.Context, r kv.Reader) error {
	return c.scan(ctx, r, uploadsPrefix, func(k []byte, it kv.Iterator) error {
		key, upload, err := parseUploadKey(nil, k)
		if err != nil {
			c.doubt()
			return c.damaged(nil, "", "%v", err)
		}
		id := bucketOf(k)
		b := c.buckets[id]
		f := Finding{Severity: content.Damaged, Key: string(key), UploadID: upload}
		if b != nil {
			f.Bucket = b.Name
		}
		var rec uploadRecord
		if err := record.Decode(k, it.Value(), &rec); err != nil || rec.Content == (content.Upload{}) {
			c.doubt()
			f.Text, f.remove = "the upload's record is damaged", deleting(k)
			return c.report(f)
		}
		c.contents.ReferUpload(rec.Content)
		if b != nil {
			return nil
		}
		abandoned, err := holdsAny(r, abandonedKey(id))
		if err != nil || abandoned {
			return nil // the next start aborts it
		}
		f.Severity, f.Text = content.Reclaimable, fmt.Sprintf("an upload to a bucket that is not there (%d)", id)
		f.mend = c.ifCertain(func(txn kv.Txn) error {
			txn.Set(abandonedKey(id), nil)
			return nil
		})
		return c.report(f)
	})
}

func (c *Check) checkDocuments(ctx context.Context, r kv.Reader) error {
	return c.scan(ctx, r, documentPrefix, func(k []byte, it kv.Iterator) error {
		d, err := parseDocumentKey(k)
		if err != nil {
			return c.damaged(nil, "", "%v", err)
		}
		bucket := c.buckets[bucketOf(k)]
		if id := bucketOf(k); bucket == nil {
			return c.report(Finding{Severity: content.Reclaimable, mend: c.ifCertain(deleting(k)),
				Text: fmt.Sprintf("what is configured for a bucket that is not there (%d)", id)})
		}
		if c.options.Document != nil {
			return c.options.Document(bucket.Name, d, it.Value())
		}
		return nil
	})
}
