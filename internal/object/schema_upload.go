package object

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// What is kept of uploads:
//
//	uploads    0x26 bucketID escaped(key) id         uploadRecord: those that are not completed
//	abandoned  0x27 bucketID                         nothing: the bucket was deleted, its uploads not yet
//
// Keys are escaped as in the history. An ID begins with the time, so that the
// uploads of a key lie in the order of their beginning. Parts are kept by
// content, with a partRecord each.
const abandonedPrefix = 0x27

const (
	uploadIDTime   = 8 // bytes of an upload ID that are its time
	uploadIDRandom = 16
	uploadIDSize   = 2 * (uploadIDTime + uploadIDRandom) // in characters
)

// uploadRecord is an upload that is not completed. Numbers of fields are never
// reused.
type uploadRecord struct {
	listedUploadRecord
	Headers  map[string]string `cbor:"9,keyasint,omitempty"`
	Metadata map[string]string `cbor:"10,keyasint,omitempty"`
	Tags     []Tag             `cbor:"11,keyasint,omitempty"`
	ACL      []byte            `cbor:"12,keyasint,omitempty"`
}

// listedUploadRecord is the part of an upload's record that a listing shows.
type listedUploadRecord struct {
	Content content.Upload `cbor:"1,keyasint"`
	// AccountID and CanonicalID are left out where they are the bucket owner's.
	AccountID    string             `cbor:"2,keyasint,omitempty"`
	CanonicalID  string             `cbor:"3,keyasint,omitempty"`
	StorageClass string             `cbor:"4,keyasint,omitempty"`
	Algorithm    checksum.Algorithm `cbor:"5,keyasint"`
	ChecksumType checksum.Type      `cbor:"6,keyasint,omitempty"`
	// ByDefault says that the client named no algorithm.
	ByDefault bool `cbor:"7,keyasint,omitempty"`
	// InitiatorID and InitiatorARN are left out of what began before they were kept.
	InitiatorID  string `cbor:"13,keyasint,omitempty"`
	InitiatorARN string `cbor:"14,keyasint,omitempty"`
}

// partRecord is what is kept of a part beside its number and size.
type partRecord struct {
	MD5      []byte `cbor:"1,keyasint"`
	Modified int64  `cbor:"2,keyasint"` // nanoseconds since 1970
	// Checksum is of the upload's algorithm; Named is what the client sent if it
	// was of another one.
	Checksum checksum.Sum `cbor:"3,keyasint"`
	Named    checksum.Sum `cbor:"4,keyasint,omitzero"`
}

// newUploadID returns an ID that sorts by time and that nobody can guess.
func newUploadID(now time.Time, random io.Reader) (string, error) {
	raw := make([]byte, uploadIDTime+uploadIDRandom)
	binary.BigEndian.PutUint64(raw, uint64(now.UnixNano()))
	if _, err := io.ReadFull(random, raw[uploadIDTime:]); err != nil {
		return "", fmt.Errorf("object: make an upload ID: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// uploadTime returns when the upload with an ID began; ok is false for what is
// none.
func uploadTime(id string) (began time.Time, ok bool) {
	if len(id) != uploadIDSize {
		return time.Time{}, false
	}
	raw, err := hex.DecodeString(id)
	if err != nil || hex.EncodeToString(raw) != id {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(raw))).UTC(), true
}

// uploadsUnder is the prefix of the uploads to all keys that begin with prefix.
func uploadsUnder(id bucketID, prefix string) []byte {
	k := append(make([]byte, 0, objectKeyOverhead+len(prefix)+2+uploadIDSize+1), uploadsPrefix)
	return appendEscaped(binary.BigEndian.AppendUint64(k, uint64(id)), prefix)
}

// uploadsOf is the prefix of the uploads to a key.
func uploadsOf(id bucketID, key string) []byte {
	return append(uploadsUnder(id, key), 0, 0)
}

func uploadKey(id bucketID, key, upload string) []byte {
	return append(uploadsOf(id, key), upload...)
}

// parseUploadKey appends the key of the object that a record is to become to
// scratch, and returns it with the upload's ID.
func parseUploadKey(scratch, k []byte) (key []byte, upload string, err error) {
	end := len(k) - uploadIDSize - 2
	if end < objectKeyOverhead || k[end] != 0 || k[end+1] != 0 {
		return nil, "", fmt.Errorf("object: damaged key of an upload: %x", k)
	}
	return appendUnescaped(scratch, k[objectKeyOverhead:end]), string(k[end+2:]), nil
}

func abandonedKey(id bucketID) []byte {
	return binary.BigEndian.AppendUint64([]byte{abandonedPrefix}, uint64(id))
}

func parseAbandonedKey(k []byte) (bucketID, error) {
	if len(k) != objectKeyOverhead {
		return 0, fmt.Errorf("object: damaged key of an abandoned bucket: %x", k)
	}
	return bucketID(binary.BigEndian.Uint64(k[1:])), nil
}

// getUpload returns nil where there is none.
func getUpload(r kv.Reader, b Bucket, key, id string) (*Upload, error) {
	if _, ok := uploadTime(id); !ok {
		return nil, nil
	}
	var rec uploadRecord
	found, err := record.Get(r, uploadKey(b.id, key, id), &rec)
	if err != nil || !found {
		return nil, err
	}
	u := rec.upload(b, key, id)
	return &u, nil
}

func newUploadRecord(b Bucket, u *Upload) uploadRecord {
	r := uploadRecord{
		listedUploadRecord: listedUploadRecord{
			Content:      u.content,
			StorageClass: u.StorageClass,
			Algorithm:    u.Algorithm,
			ChecksumType: u.ChecksumType,
			ByDefault:    !u.Named,
			InitiatorID:  u.Initiator.ID,
			InitiatorARN: u.Initiator.ARN,
		},
		Headers:  u.Headers,
		Metadata: u.Metadata,
		Tags:     u.Tags,
		ACL:      u.ACL,
	}
	if u.Owner != b.Owner {
		r.AccountID, r.CanonicalID = u.Owner.AccountID, u.Owner.CanonicalID
	}
	return r
}

func (r *uploadRecord) upload(b Bucket, key, id string) Upload {
	u := r.listedUploadRecord.upload(b, key, id)
	u.Headers, u.Metadata, u.Tags, u.ACL = r.Headers, r.Metadata, r.Tags, r.ACL
	return u
}

func (r *listedUploadRecord) upload(b Bucket, key, id string) Upload {
	owner := b.Owner
	if r.AccountID != "" || r.CanonicalID != "" {
		owner = Owner{AccountID: r.AccountID, CanonicalID: r.CanonicalID}
	}
	initiated, _ := uploadTime(id)
	return Upload{
		ID:           id,
		Key:          key,
		Initiated:    initiated,
		Owner:        owner,
		Initiator:    Initiator{ID: r.InitiatorID, ARN: r.InitiatorARN},
		Attributes:   Attributes{StorageClass: r.StorageClass},
		Algorithm:    r.Algorithm,
		Named:        !r.ByDefault,
		ChecksumType: r.ChecksumType,
		bucket:       b,
		content:      r.Content,
	}
}

// part returns a part as its record has it.
func (r *partRecord) part(number int, size int64) Part {
	p := Part{
		Number:   number,
		Size:     size,
		ETag:     hex.EncodeToString(r.MD5),
		Modified: time.Unix(0, r.Modified).UTC(),
		Checksum: r.Checksum,
	}
	if r.Named.Algorithm != checksum.None {
		p.Checksum = r.Named
	}
	return p
}

func decodePart(p content.Part) (rec partRecord, err error) {
	if err := record.Decode(nil, p.Detail, &rec); err != nil {
		return partRecord{}, fmt.Errorf("object: part %d: %w", p.Number, err)
	}
	return rec, nil
}
