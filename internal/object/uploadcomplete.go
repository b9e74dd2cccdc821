package object

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// CompleteUploadInput says which parts an object consists of.
type CompleteUploadInput struct {
	Bucket        Bucket
	Key, UploadID string
	Parts         []CompletedPart
	Conditions    Conditions
	// Expected is the checksum that the whole must have; the zero Sum is any. It does
	// not count if the upload was begun without an algorithm and computes another one.
	Expected checksum.Sum
	// ExpectedParts is how many parts Expected says that it is of; 0 if it does not say.
	ExpectedParts int
	// ChecksumType is the type that the upload must have; nil is any.
	ChecksumType *checksum.Type
	// Size is the length in bytes that the whole must have, -1 for any.
	Size int64
}

// CompletedPart names a part as the client knows it.
type CompletedPart struct {
	Number int
	ETag   string // with or without quotes
	// Checksum is what the client takes the part's for; the zero Sum is any. A
	// composite upload whose algorithm was named needs one for each part.
	Checksum checksum.Sum
}

// CompleteUpload makes the listed parts of an upload an object, the current
// version of its key, and deletes the others. No byte is copied. When it returns
// nil the object is durable; after an error the upload is as it was, ErrUnknown
// excepted. Repeated with the same parts it returns the object again, as long as
// that version is there, whatever the conditions.
//
// Errors: ErrNoSuchUpload, ErrNoParts, ErrInvalidPartOrder, *PartNumberError,
// *InvalidPartError, *PartTooSmallError, *EntityTooLargeError, *ObjectSizeError,
// *ChecksumMismatchError, *ChecksumAlgorithmError, *UploadChecksumTypeError,
// *PartChecksumError, ErrNoSuchBucket, *PreconditionError, ErrNoSuchKey, *KeyTooLongError,
// ErrEmptyKey, ErrKeyNotUTF8, ErrNoSpace, ErrUnknown.
func (s *Service) CompleteUpload(ctx context.Context, in CompleteUploadInput) (Object, error) {
	if err := CheckKey(in.Key); err != nil {
		return Object{}, err
	}
	if err := checkPartList(in.Parts); err != nil {
		return Object{}, err
	}
	if err := s.space.Admit(0); err != nil {
		return Object{}, err
	}
	var o Object
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		if err := checkBucket(txn, in.Bucket); err != nil {
			return err
		}
		u, err := getUpload(txn, in.Bucket, in.Key, in.UploadID)
		if err != nil {
			return err
		}
		if u == nil {
			o, err = completedBefore(txn, &in)
			return err
		}
		if o, err = s.assemble(txn, u, &in); err != nil {
			return err
		}
		if err := s.install(txn, in.Bucket, &o, in.Conditions); err != nil {
			return err
		}
		txn.Delete(uploadKey(in.Bucket.id, u.Key, u.ID))
		return nil
	})
	if err != nil {
		return Object{}, translate(err)
	}
	return o, nil
}

func checkPartList(parts []CompletedPart) error {
	if len(parts) == 0 {
		return ErrNoParts
	}
	for i, p := range parts {
		if p.Number < 1 || p.Number > MaxPartNumber {
			return &PartNumberError{p.Number}
		}
		if i > 0 && p.Number <= parts[i-1].Number {
			return ErrInvalidPartOrder
		}
	}
	return nil
}

// assemble returns the object that the listed parts of u are.
func (s *Service) assemble(txn kv.Txn, u *Upload, in *CompleteUploadInput) (Object, error) {
	if a := in.Expected.Algorithm; a != checksum.None && a != u.Algorithm && u.Named {
		return Object{}, &ChecksumAlgorithmError{Upload: u.Algorithm, Given: a}
	}
	if u.needsPartChecksums() {
		for _, p := range in.Parts {
			if p.Checksum.Algorithm != u.Algorithm {
				return Object{}, &PartChecksumError{Algorithm: u.Algorithm, Number: p.Number}
			}
		}
	}
	a := newAssembly(u, in.Parts, s.minPart)
	bytes, err := s.contents.Complete(txn, u.content, a.choose)
	if err != nil {
		return Object{}, err
	}
	if len(a.left) > 0 {
		return Object{}, a.invalid()
	}
	o := Object{
		Key:          u.Key,
		Size:         a.size,
		ETag:         multipartETag(a.md5s, len(in.Parts)),
		Owner:        u.Owner,
		Attributes:   u.Attributes,
		Tags:         u.Tags,
		Checksum:     checksum.Sum{Algorithm: u.Algorithm, Value: a.sum()},
		ChecksumType: u.ChecksumType,
		Parts:        len(in.Parts),
		content:      bytes,
		upload:       u.ID,
	}
	return o, in.check(&o)
}

func multipartETag(md5s hash.Hash, parts int) string {
	return fmt.Sprintf("%s-%d", hex.EncodeToString(md5s.Sum(nil)), parts)
}

// assembly goes through the parts of an upload and a list of some of them, both
// in order.
type assembly struct {
	upload *Upload
	left   []CompletedPart // not found yet
	last   Part            // the last one found
	min    int64           // size of all but the last
	size   int64
	md5s   hash.Hash // of the parts' MD5s
	// One of the two, for the checksum of the whole.
	composite hash.Hash
	whole     *checksum.Joiner
}

func newAssembly(u *Upload, listed []CompletedPart, min int64) *assembly {
	a := &assembly{upload: u, left: listed, min: min, md5s: md5.New()}
	if u.ChecksumType == checksum.Composite {
		a.composite = u.Algorithm.New()
	} else {
		a.whole = checksum.NewJoiner(u.Algorithm)
	}
	return a
}

// choose reports whether a part is listed, and sees that it is what the list
// says.
func (a *assembly) choose(p content.Part) (bool, error) {
	if len(a.left) == 0 || p.Number < a.left[0].Number {
		return false, nil
	}
	if p.Number > a.left[0].Number {
		return false, a.invalid()
	}
	rec, err := decodePart(p)
	if err != nil {
		return false, err
	}
	if !a.left[0].is(&rec) {
		return false, a.invalid()
	}
	if a.last.Number > 0 && a.last.Size < a.min {
		return false, &PartTooSmallError{Number: a.last.Number, ETag: a.last.ETag, Size: a.last.Size, Min: a.min}
	}
	a.last = rec.part(p.Number, p.Size)
	a.size += p.Size
	a.md5s.Write(rec.MD5)
	if a.composite != nil {
		a.composite.Write(rec.Checksum.Value)
	} else {
		a.whole.Add(rec.Checksum.Value, p.Size)
	}
	a.left = a.left[1:]
	return true, nil
}

// invalid is the error for the next listed part.
func (a *assembly) invalid() error {
	return &InvalidPartError{Number: a.left[0].Number, ETag: a.left[0].ETag}
}

// is reports whether c names the part that was stored.
func (c *CompletedPart) is(stored *partRecord) bool {
	md5, ok := etagMD5(c.ETag)
	if !ok || !bytes.Equal(md5, stored.MD5) {
		return false
	}
	switch c.Checksum.Algorithm {
	case checksum.None:
		return true
	case stored.Checksum.Algorithm:
		return bytes.Equal(c.Checksum.Value, stored.Checksum.Value)
	case stored.Named.Algorithm:
		return bytes.Equal(c.Checksum.Value, stored.Named.Value)
	}
	return false
}

// sum returns the checksum of the whole.
func (a *assembly) sum() []byte {
	if a.composite != nil {
		return a.composite.Sum(nil)
	}
	return a.whole.Sum()
}

// check compares o, which the listed parts are, with what was promised and allowed.
func (in *CompleteUploadInput) check(o *Object) error {
	if o.Size > MaxObjectSize {
		return &EntityTooLargeError{Size: o.Size, Max: MaxObjectSize}
	}
	if in.ChecksumType != nil && *in.ChecksumType != o.ChecksumType {
		return &UploadChecksumTypeError{Upload: o.ChecksumType, Given: *in.ChecksumType}
	}
	if in.Size >= 0 && o.Size != in.Size {
		return &ObjectSizeError{Expected: in.Size, Computed: o.Size}
	}
	if in.Expected.Algorithm == checksum.None || in.Expected.Algorithm != o.Checksum.Algorithm {
		return nil
	}
	parts := 0
	if o.ChecksumType == checksum.Composite {
		parts = o.Parts
	}
	if !bytes.Equal(in.Expected.Value, o.Checksum.Value) || (in.ExpectedParts != 0 && in.ExpectedParts != parts) {
		return &ChecksumMismatchError{
			Algorithm: in.Expected.Algorithm, Expected: in.Expected.Value, Computed: o.Checksum.Value,
			ExpectedParts: in.ExpectedParts, Parts: parts,
		}
	}
	return nil
}

// completedBefore returns the version that an upload was completed as, if it is
// there and consists of the listed parts; else ErrNoSuchUpload.
func completedBefore(r kv.Reader, in *CompleteUploadInput) (Object, error) {
	o, err := findCompleted(r, in.Bucket, in.Key, in.UploadID)
	if err != nil {
		return Object{}, err
	}
	if o == nil || o.ETag != listedETag(in.Parts) {
		return Object{}, ErrNoSuchUpload
	}
	return *o, in.check(o)
}

// listedETag returns the ETag of an object that consists of the listed parts.
func listedETag(parts []CompletedPart) string {
	md5s := md5.New()
	for _, p := range parts {
		md5, ok := etagMD5(p.ETag)
		if !ok {
			return ""
		}
		md5s.Write(md5)
	}
	return multipartETag(md5s, len(parts))
}

// findCompleted returns the version of a key that an upload was completed as,
// nil if there is none.
func findCompleted(r kv.Reader, b Bucket, key, id string) (*Object, error) {
	began, ok := uploadTime(id)
	if !ok {
		return nil, nil
	}
	l, err := readLineage(r, b, key)
	if err != nil {
		return nil, err
	}
	b.Versioning = l.versioning
	is := func(k, value []byte) (*Object, error) {
		var rec objectRecord
		if err := record.Decode(k, value, &rec); err != nil || rec.Upload != id {
			return nil, err
		}
		o := rec.object(b, key)
		return &o, nil
	}
	if l.current != nil {
		if o, err := is(l.current.key, l.current.value); o != nil || err != nil {
			return o, err
		}
	}
	if l.versioning == Unversioned {
		return nil, nil
	}
	prefix := historyOf(b.id, key)
	it := r.Scan(prefix, kv.After(bytes.Clone(prefix)))
	defer it.Close()
	for it.Next() {
		// Older versions than the upload are none of it.
		if _, order, err := parseHistoryKey(nil, it.Key()); err != nil {
			return nil, err
		} else if order < began.UnixNano() {
			return nil, nil
		}
		value := it.Value()
		if err := it.Err(); err != nil {
			return nil, err
		}
		if o, err := is(it.Key(), value); o != nil || err != nil {
			return o, err
		}
	}
	return nil, it.Err()
}
