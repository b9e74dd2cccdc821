package object

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// The first bytes of this package's keys: 0x20 to 0x2f. Nothing but this file
// knows them.
//
//	sequence   0x20                                  the last bucketID given
//	buckets    0x21 name                             bucketRecord
//	owned      0x22 len(account) account name        nothing: the buckets of an account, by name
//	owners     0x23 account                          ownerRecord
//	objects    0x24 bucketID key                     objectRecord: the current version
//	history    0x25 bucketID escaped(key) ^order     objectRecord: older versions and delete markers
//	nulls      0x28 bucketID key                     the order of the null version, where it is in the history
//	documents  0x29 bucketID Document                what was configured
//
// 0x26 and 0x27 are uploads (schema_upload.go).
//
// A bucketID has eight bytes, so keys of objects follow it raw: their order is
// S3's, whatever bytes they hold, and a prefix of a key is a prefix of the
// record's. History stays out of the way of listing. There, keys are escaped and
// terminated so that their order stays the same with something behind them: NUL
// is NUL 0xff, the end is NUL NUL. An order has eight bytes, inverted: the
// newest version of a key comes first.
//
// What a key has is ordered by Modified, which rises with each write. Its
// current version is newer than its history; where there is no current version,
// the history begins with a delete marker, or is empty.
const (
	sequencePrefix = 0x20
	bucketsPrefix  = 0x21
	ownedPrefix    = 0x22
	ownersPrefix   = 0x23
	objectsPrefix  = 0x24
	historyPrefix  = 0x25
	uploadsPrefix  = 0x26
	nullsPrefix    = 0x28
	documentPrefix = 0x29
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
	// Versioning is left out of what was never versioned.
	Versioning Versioning `cbor:"5,keyasint,omitempty"`
	Revision   uint64     `cbor:"6,keyasint,omitempty"`
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
	// Salt is the random part of the version ID; the null version, which is all
	// that a bucket without versions has, has none.
	Salt         uint64        `cbor:"10,keyasint,omitempty"`
	DeleteMarker bool          `cbor:"11,keyasint,omitempty"`
	ChecksumType checksum.Type `cbor:"12,keyasint,omitempty"`
}

// objectRecord is a version of an object, or a delete marker. Numbers of fields
// are never reused, those of listedRecord included.
type objectRecord struct {
	listedRecord
	Headers  map[string]string `cbor:"8,keyasint,omitempty"`
	Metadata map[string]string `cbor:"9,keyasint,omitempty"`
	Tags     []Tag             `cbor:"13,keyasint,omitempty"`
	Parts    int               `cbor:"14,keyasint,omitempty"`
	Upload   string            `cbor:"15,keyasint,omitempty"`
	ACL      []byte            `cbor:"16,keyasint,omitempty"`
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

// bucketOf returns the bucket that a record under a bucket's ID belongs to.
func bucketOf(k []byte) bucketID { return bucketID(binary.BigEndian.Uint64(k[1:])) }

func appendBucketObjects(b []byte, id bucketID) []byte {
	return binary.BigEndian.AppendUint64(append(b, objectsPrefix), uint64(id))
}

// orderSize is the length of what ends the key of a record in the history.
const orderSize = 8

// historyKey is the key of what a key had at order.
func historyKey(id bucketID, key string, order int64) []byte {
	k := append(appendEscaped(historyStart(id, len(key)), key), 0, 0)
	return binary.BigEndian.AppendUint64(k, ^uint64(order))
}

// historyOf is the prefix of a key's history.
func historyOf(id bucketID, key string) []byte {
	return append(appendEscaped(historyStart(id, len(key)), key), 0, 0)
}

// historyUnder is the prefix of the history of all keys that begin with prefix.
func historyUnder(id bucketID, prefix string) []byte {
	return appendEscaped(historyStart(id, len(prefix)), prefix)
}

func historyStart(id bucketID, room int) []byte {
	k := append(make([]byte, 0, objectKeyOverhead+room+2+orderSize), historyPrefix)
	return binary.BigEndian.AppendUint64(k, uint64(id))
}

func appendEscaped(b []byte, key string) []byte {
	for i := range len(key) {
		b = append(b, key[i])
		if key[i] == 0 {
			b = append(b, 0xff)
		}
	}
	return b
}

// appendUnescaped undoes appendEscaped.
func appendUnescaped(b, escaped []byte) []byte {
	for i := 0; i < len(escaped); i++ {
		b = append(b, escaped[i])
		if escaped[i] == 0 {
			i++ // what it was escaped with
		}
	}
	return b
}

// parseHistoryKey appends the key of the object that a record in the history is
// of to scratch, and returns it with the record's order.
func parseHistoryKey(scratch, k []byte) (key []byte, order int64, err error) {
	end := len(k) - orderSize - 2
	if end < objectKeyOverhead || k[end] != 0 || k[end+1] != 0 {
		return nil, 0, fmt.Errorf("object: damaged key of a version: %x", k)
	}
	return appendUnescaped(scratch, k[objectKeyOverhead:end]), int64(^binary.BigEndian.Uint64(k[end+2:])), nil
}

// nullKey is the key of the pointer to a null version in the history; with an
// empty key it is the prefix of a bucket's.
func nullKey(id bucketID, key string) []byte {
	k := append(make([]byte, 0, objectKeyOverhead+len(key)), nullsPrefix)
	return append(binary.BigEndian.AppendUint64(k, uint64(id)), key...)
}

// documentKey is the key of a bucket's document; without any it is the prefix
// of them all.
func documentKey(id bucketID, documents ...Document) []byte {
	k := append(make([]byte, 0, objectKeyOverhead+len(documents)), documentPrefix)
	k = binary.BigEndian.AppendUint64(k, uint64(id))
	for _, d := range documents {
		k = append(k, byte(d))
	}
	return k
}

func parseDocumentKey(k []byte) (Document, error) {
	if len(k) != objectKeyOverhead+1 {
		return 0, fmt.Errorf("object: damaged key of a document: %x", k)
	}
	return Document(k[objectKeyOverhead]), nil
}

// nextBucketID gives out an ID that no bucket ever had.
func nextBucketID(txn kv.Txn) (bucketID, error) {
	var id bucketID
	if _, err := record.Get(txn, sequenceKey(), &id); err != nil {
		return 0, err
	}
	id++
	return id, record.Set(txn, sequenceKey(), id)
}

// nextRevision gives out a number that no bucket ever had as its Revision.
func nextRevision(txn kv.Txn) (uint64, error) {
	id, err := nextBucketID(txn)
	return uint64(id), err
}

// getBucket returns ErrNoSuchBucket where there is none.
func getBucket(r kv.Reader, name string) (Bucket, error) {
	// A name of another length is none, however long a stranger made it.
	if len(name) < minBucketName || len(name) > maxBucketName {
		return Bucket{}, ErrNoSuchBucket
	}
	var rec bucketRecord
	found, err := record.Get(r, bucketKey(name), &rec)
	if err != nil {
		return Bucket{}, err
	}
	if !found {
		return Bucket{}, ErrNoSuchBucket
	}
	return rec.bucket(name), nil
}

// checkBucket returns ErrNoSuchBucket unless b is still there.
func checkBucket(r kv.Reader, b Bucket) error {
	_, err := bucketVersioning(r, b)
	return err
}

// bucketVersioning is checkBucket; it returns the only thing about a bucket that
// changes.
func bucketVersioning(r kv.Reader, b Bucket) (Versioning, error) {
	var rec struct {
		ID         bucketID   `cbor:"1,keyasint"`
		Versioning Versioning `cbor:"5,keyasint"`
	}
	found, err := record.Get(r, bucketKey(b.Name), &rec)
	if err == nil && (!found || rec.ID != b.id) {
		err = ErrNoSuchBucket
	}
	return rec.Versioning, err
}

func (r *bucketRecord) bucket(name string) Bucket {
	return Bucket{
		Name:       name,
		Owner:      Owner{AccountID: r.AccountID, CanonicalID: r.CanonicalID},
		Created:    time.Unix(0, r.Created).UTC(),
		Versioning: r.Versioning,
		Revision:   r.Revision,
		id:         r.ID,
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
			Salt:         o.salt,
			DeleteMarker: o.DeleteMarker,
			ChecksumType: o.ChecksumType,
		},
		Headers:  o.Headers,
		Metadata: o.Metadata,
		Tags:     o.Tags,
		Parts:    o.Parts,
		Upload:   o.upload,
		ACL:      o.ACL,
	}
	if o.Owner != b.Owner {
		r.AccountID, r.CanonicalID = o.Owner.AccountID, o.Owner.CanonicalID
	}
	return r
}

func (r *objectRecord) object(b Bucket, key string) Object {
	o := r.listedRecord.object(b, key)
	if b.Versioning != Unversioned {
		o.VersionID = r.versionID()
	}
	o.Headers, o.Metadata, o.Tags = r.Headers, r.Metadata, r.Tags
	o.Parts, o.upload, o.ACL = r.Parts, r.Upload, r.ACL
	return o
}

// object has no VersionID: most listings don't show it.
func (r *listedRecord) object(b Bucket, key string) Object {
	owner := b.Owner
	if r.AccountID != "" || r.CanonicalID != "" {
		owner = Owner{AccountID: r.AccountID, CanonicalID: r.CanonicalID}
	}
	return Object{
		Key:          key,
		DeleteMarker: r.DeleteMarker,
		Size:         r.Content.Size,
		ETag:         r.ETag,
		Modified:     time.Unix(0, r.Modified).UTC(),
		Owner:        owner,
		Attributes:   Attributes{StorageClass: r.StorageClass},
		Checksum:     r.Checksum,
		ChecksumType: r.ChecksumType,
		content:      r.Content,
		salt:         r.Salt,
	}
}
