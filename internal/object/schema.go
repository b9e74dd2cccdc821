package object

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

// The first bytes of this package's keys: 0x20 to 0x2f. Nothing but this file
// knows them.
//
//	sequence   0x20                                  the last bucketID given
//	buckets    0x21 name                             bucketRecord
//	owned      0x22 len(account) account name        nothing: the buckets of an account, by name
//	owners     0x23 account                          ownerRecord
//	objects    0x24 bucketID key                     objectRecord: the current version
//
// A bucketID has eight bytes, so keys of objects follow it raw: their order is
// S3's, whatever bytes they hold, and a prefix of a key is a prefix of the
// record's. What comes later stays out of the way of listing: older versions
// and delete markers under 0x25 (bucketID, key escaped and terminated, version
// order), uploads under 0x26 and their parts under 0x27, tags in the record.
const (
	sequencePrefix = 0x20
	bucketsPrefix  = 0x21
	ownedPrefix    = 0x22
	ownersPrefix   = 0x23
	objectsPrefix  = 0x24
)

// maxAccountID is how long an account's ID may be for one byte to say so.
const maxAccountID = 255

// bucketID tells a bucket from all others that ever had its name. Zero is none.
type bucketID uint64

// bucketRecord is a bucket. Numbers of fields are never reused.
type bucketRecord struct {
	ID          bucketID `cbor:"1,keyasint"`
	AccountID   string   `cbor:"2,keyasint"`
	CanonicalID string   `cbor:"3,keyasint"`
	Created     int64    `cbor:"4,keyasint"` // nanoseconds since 1970
}

// ownerRecord is what is known of an account that has buckets.
type ownerRecord struct {
	Buckets int `cbor:"1,keyasint"`
}

// listedRecord is the part of an object's record that a listing shows.
type listedRecord struct {
	Content  content.Content `cbor:"1,keyasint"`
	ETag     string          `cbor:"2,keyasint"`
	Modified int64           `cbor:"3,keyasint"` // nanoseconds since 1970
	// AccountID and CanonicalID are left out where the bucket's owner owns
	// the object, which is nearly always.
	AccountID    string       `cbor:"4,keyasint,omitempty"`
	CanonicalID  string       `cbor:"5,keyasint,omitempty"`
	StorageClass string       `cbor:"6,keyasint,omitempty"`
	Checksum     checksum.Sum `cbor:"7,keyasint,omitzero"`
}

// objectRecord is the current version of an object. Numbers of fields are
// never reused, those of listedRecord included.
type objectRecord struct {
	listedRecord
	Headers  map[string]string `cbor:"8,keyasint,omitempty"`
	Metadata map[string]string `cbor:"9,keyasint,omitempty"`
}

var (
	encoding = must(cbor.EncOptions{Sort: cbor.SortCoreDeterministic}.EncMode())
	// Header values are whatever bytes clients sent: a record with text that is
	// not UTF-8 must not become unreadable. Unknown fields are skipped.
	decoding = must(cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode())
)

func must[T any](mode T, err error) T {
	if err != nil {
		panic(err)
	}
	return mode
}

func sequenceKey() []byte { return []byte{sequencePrefix} }

func bucketKey(name string) []byte {
	return append(append(make([]byte, 0, 1+len(name)), bucketsPrefix), name...)
}

// ownedKey is the key of a bucket in its owner's list; with an empty name it is
// the prefix of that list.
func ownedKey(account, name string) []byte {
	key := make([]byte, 0, 2+len(account)+len(name))
	key = append(key, ownedPrefix, byte(len(account)))
	key = append(key, account...)
	return append(key, name...)
}

func ownerKey(account string) []byte {
	return append(append(make([]byte, 0, 1+len(account)), ownersPrefix), account...)
}

const objectKeyOverhead = 1 + 8

// objectKey is the key of an object's record; with an empty key, or the
// beginning of one, it is the prefix of a bucket's objects.
func objectKey(id bucketID, key string) []byte {
	k := make([]byte, 0, objectKeyOverhead+len(key)+1)
	return append(appendBucketObjects(k, id), key...)
}

func appendBucketObjects(b []byte, id bucketID) []byte {
	return binary.BigEndian.AppendUint64(append(b, objectsPrefix), uint64(id))
}

// after turns prefix, in place, into the first key that comes after all that
// begin with it. Keys of this package always have one, as their first byte is
// not 0xff.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			prefix[i]++
			return prefix[:i+1]
		}
	}
	return nil
}

// nextBucketID gives out an ID that no bucket ever had.
func nextBucketID(txn kv.Txn) (bucketID, error) {
	var id bucketID
	if _, err := get(txn, sequenceKey(), &id); err != nil {
		return 0, err
	}
	id++
	return id, set(txn, sequenceKey(), id)
}

// get reads the record at key into record and reports whether there is one.
func get(r kv.Reader, key []byte, record any) (bool, error) {
	value, err := r.Get(key)
	if errors.Is(err, kv.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, decode(key, value, record)
}

func decode(key, value []byte, record any) error {
	if err := decoding.Unmarshal(value, record); err != nil {
		return fmt.Errorf("object: damaged record at %x: %w", key, err)
	}
	return nil
}

func set(txn kv.Txn, key []byte, record any) error {
	value, err := encoding.Marshal(record)
	if err != nil {
		return err
	}
	txn.Set(key, value)
	return nil
}

// getBucket returns ErrNoSuchBucket where there is none.
func getBucket(r kv.Reader, name string) (Bucket, error) {
	// A name of another length is none, however long a stranger made it.
	if len(name) < minBucketName || len(name) > maxBucketName {
		return Bucket{}, ErrNoSuchBucket
	}
	var record bucketRecord
	found, err := get(r, bucketKey(name), &record)
	if err != nil {
		return Bucket{}, err
	}
	if !found {
		return Bucket{}, ErrNoSuchBucket
	}
	return record.bucket(name), nil
}

// checkBucket returns ErrNoSuchBucket unless b is still there. What it is, its
// owner too, never changes.
func checkBucket(r kv.Reader, b Bucket) error {
	var record struct {
		ID bucketID `cbor:"1,keyasint"`
	}
	found, err := get(r, bucketKey(b.Name), &record)
	if err == nil && (!found || record.ID != b.id) {
		err = ErrNoSuchBucket
	}
	return err
}

func (r *bucketRecord) bucket(name string) Bucket {
	return Bucket{
		Name:    name,
		Owner:   Owner{AccountID: r.AccountID, CanonicalID: r.CanonicalID},
		Created: time.Unix(0, r.Created).UTC(),
		id:      r.ID,
	}
}

func newObjectRecord(b Bucket, o *Object) objectRecord {
	r := objectRecord{
		listedRecord: listedRecord{
			Content:      o.content,
			ETag:         o.ETag,
			Modified:     o.Modified.UnixNano(),
			StorageClass: o.StorageClass,
			Checksum:     o.Checksum,
		},
		Headers:  o.Headers,
		Metadata: o.Metadata,
	}
	if o.Owner != b.Owner {
		r.AccountID, r.CanonicalID = o.Owner.AccountID, o.Owner.CanonicalID
	}
	return r
}

func (r *objectRecord) object(b Bucket, key string) Object {
	o := r.listedRecord.object(b, key)
	o.Headers, o.Metadata = r.Headers, r.Metadata
	return o
}

func (r *listedRecord) object(b Bucket, key string) Object {
	owner := b.Owner
	if r.AccountID != "" || r.CanonicalID != "" {
		owner = Owner{AccountID: r.AccountID, CanonicalID: r.CanonicalID}
	}
	return Object{
		Key:        key,
		Size:       r.Content.Size,
		ETag:       r.ETag,
		Modified:   time.Unix(0, r.Modified).UTC(),
		Owner:      owner,
		Attributes: Attributes{StorageClass: r.StorageClass},
		Checksum:   r.Checksum,
		content:    r.Content,
	}
}
