package object

import (
	"context"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"time"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// PutPartInput is a part to store.
type PutPartInput struct {
	Bucket Bucket
	Upload *Upload
	Number int // from 1 to MaxPartNumber
	Body   io.Reader
	// Size is the length of Body in bytes, -1 if it is not known.
	Size int64
	// MaxSize bounds the length of Body in bytes; -1, or more than MaxPartSize,
	// is MaxPartSize.
	MaxSize int64
	// ContentMD5 is the MD5 that the body must have, 16 bytes, or nil.
	ContentMD5 []byte
	// Algorithm is that of the checksum that Expected returns; None means the
	// upload's.
	Algorithm checksum.Algorithm
	// Expected is as in PutInput. It may be nil for a part of a composite upload with a
	// named algorithm only if Copied.
	Expected func() ([]byte, error)
	// Copied says that the body is read from an object here.
	Copied bool
}

// Part is a part of an upload, or of the object that it became.
type Part struct {
	Number   int
	Size     int64  // in bytes
	ETag     string // without quotes: the MD5 in hexadecimal digits
	Modified time.Time
	// Checksum is of the algorithm that the client named for the part, else of
	// the upload's.
	Checksum checksum.Sum
}

// PutPart stores a part, instead of the one with the same number if there is
// one. When it returns nil the part is durable. After an error nothing was
// stored, ErrUnknown excepted.
//
// Errors: those of Body and Expected as they are, *PartNumberError,
// ErrNoSuchUpload, ErrNoSuchBucket, *EntityTooLargeError, ErrIncompleteBody,
// *BadDigestError, *ChecksumMismatchError, *ChecksumAlgorithmError, ErrNoSpace,
// ErrSwept, ErrUnknown.
func (s *Service) PutPart(ctx context.Context, in PutPartInput) (Part, error) {
	u := in.Upload
	if in.Number < 1 || in.Number > MaxPartNumber {
		return Part{}, &PartNumberError{in.Number}
	}
	if u.needsPartChecksums() && in.Expected == nil && !in.Copied {
		return Part{}, &ChecksumAlgorithmError{Upload: u.Algorithm}
	}
	if in.Algorithm == checksum.None {
		in.Algorithm = u.Algorithm
	}
	if in.Algorithm != u.Algorithm && u.Named {
		return Part{}, &ChecksumAlgorithmError{Upload: u.Algorithm, Given: in.Algorithm}
	}
	if in.MaxSize < 0 || in.MaxSize > MaxPartSize {
		in.MaxSize = MaxPartSize
	}
	if in.Size >= 0 {
		if err := checkSize(in.Size, 0, in.MaxSize); err != nil {
			return Part{}, err
		}
	}
	if err := s.space.Admit(in.Size); err != nil {
		return Part{}, err
	}

	whole := PutInput{
		Body: in.Body, Size: in.Size, MaxSize: in.MaxSize,
		ContentMD5: in.ContentMD5, Algorithm: in.Algorithm, Expected: in.Expected,
	}
	var own hash.Hash // of the upload's algorithm where the part has another one
	if in.Algorithm != u.Algorithm {
		own = u.Algorithm.New()
		whole.Body = io.TeeReader(in.Body, own)
	}
	body := s.meters.get(&whole)
	defer s.meters.put(body)
	draft, err := s.contents.Receive(ctx, body, in.Size)
	if err != nil {
		return Part{}, translate(err)
	}
	defer draft.Discard()
	md5, sum := body.sums()
	if err := verify(&whole, md5, sum); err != nil {
		return Part{}, err
	}
	rec := partRecord{MD5: md5, Checksum: checksum.Sum{Algorithm: in.Algorithm, Value: sum}}
	if own != nil {
		rec.Named = rec.Checksum
		rec.Checksum = checksum.Sum{Algorithm: u.Algorithm, Value: own.Sum(nil)}
	}
	if err := s.publishPart(ctx, &in, &rec, draft); err != nil {
		return Part{}, err
	}
	return rec.part(in.Number, draft.Size()), nil
}

func (s *Service) publishPart(ctx context.Context, in *PutPartInput, rec *partRecord, draft *content.Draft) error {
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		if err := checkBucket(txn, in.Bucket); err != nil {
			return err
		}
		rec.Modified = s.now().UnixNano()
		detail, err := record.Encode(rec)
		if err != nil {
			return err
		}
		return draft.PublishPart(txn, in.Upload.content, in.Number, detail)
	})
	if err == nil || errors.Is(err, kv.ErrUnknown) {
		draft.Done()
	}
	return translate(err)
}

// PartPage is a part of a list of parts.
type PartPage struct {
	Parts []Part // in order of their numbers
	// Truncated says that there is more, behind the part with the number Next.
	Truncated bool
	Next      int
}

// ListParts lists the parts of an upload with numbers above after, at most max
// and MaxPage of them: ErrNoSuchUpload, ErrNoSuchBucket. With a max of 0 the page
// is empty and not truncated.
func (s *Service) ListParts(ctx context.Context, u *Upload, after, max int) (PartPage, error) {
	var page PartPage
	err := s.records.View(ctx, func(r kv.Reader) error {
		page = PartPage{}
		if err := checkBucket(r, u.bucket); err != nil {
			return err
		}
		if current, err := getUpload(r, u.bucket, u.Key, u.ID); err != nil {
			return err
		} else if current == nil {
			return ErrNoSuchUpload
		}
		var failure error
		visit := page.collect(max, &failure)
		err := s.contents.Parts(r, u.content, min(maxZero(after), MaxPartNumber), func(p content.Part) bool {
			return visit(p.Number, p)
		})
		return firstError(failure, err)
	})
	if err != nil {
		return PartPage{}, translate(err)
	}
	return page, nil
}

// ObjectParts lists the parts that an object was completed from, numbered from 1
// to o.Parts whatever numbers they were uploaded with, as ListParts does:
// ErrReplaced. An object that was stored as a whole has none.
func (s *Service) ObjectParts(ctx context.Context, o *Object, after, max int) (PartPage, error) {
	after = maxZero(after)
	if o.content.Parts == 0 {
		return emptyPart(o, after, max), nil
	}
	var page PartPage
	err := s.records.View(ctx, func(r kv.Reader) error {
		page = PartPage{}
		var failure error
		err := s.contents.VisitParts(r, o.content, after, page.collect(max, &failure))
		return firstError(failure, err)
	})
	if err != nil {
		return PartPage{}, translate(err)
	}
	return page, nil
}

// emptyPart lists the one part that a completed object without bytes has.
func emptyPart(o *Object, after, max int) PartPage {
	if o.Parts == 0 || after > 0 || max <= 0 {
		return PartPage{}
	}
	p := Part{Number: 1, ETag: emptyMD5, Modified: o.Modified}
	if a := o.Checksum.Algorithm; a != checksum.None {
		p.Checksum = checksum.Sum{Algorithm: a, Value: a.New().Sum(nil)}
	}
	return PartPage{Parts: []Part{p}}
}

// emptyMD5 is the MD5 of no bytes.
const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// collect returns a function that puts parts on the page until it is full.
func (page *PartPage) collect(max int, failure *error) func(number int, p content.Part) bool {
	max = min(max, MaxPage)
	return func(number int, p content.Part) bool {
		if max <= 0 {
			return false
		}
		if len(page.Parts) == max {
			page.Truncated, page.Next = true, page.Parts[max-1].Number
			return false
		}
		rec, err := decodePart(p)
		if err != nil {
			*failure = err
			return false
		}
		page.Parts = append(page.Parts, rec.part(number, p.Size))
		return true
	}
}

func maxZero(n int) int { return max(n, 0) }

// PartChecksum returns the checksum of a part of o, numbered as PartRange numbers it; the
// zero Sum if none is kept. It is of the algorithm of the upload that the part came with,
// which an object that was copied may not have any more: ErrReplaced.
func (s *Service) PartChecksum(ctx context.Context, o *Object, number int) (checksum.Sum, error) {
	if o.content.Parts == 0 {
		if page := emptyPart(o, number-1, 1); len(page.Parts) > 0 {
			return page.Parts[0].Checksum, nil
		}
		return o.Checksum, nil
	}
	var sum checksum.Sum
	err := s.records.View(ctx, func(r kv.Reader) error {
		var failure error
		err := s.contents.VisitParts(r, o.content, number-1, func(_ int, p content.Part) bool {
			var rec partRecord
			rec, failure = decodePart(p)
			sum = rec.Checksum
			return false
		})
		return firstError(failure, err)
	})
	return sum, translate(err)
}

// PartRange returns where a part lies in an object. Parts are numbered from 1 to
// o.Parts, whatever numbers they were uploaded with; an object that was stored as
// a whole is its part 1: *InvalidPartNumberError, ErrReplaced.
func (s *Service) PartRange(ctx context.Context, o *Object, number int) (offset, length int64, err error) {
	if count := max(o.Parts, 1); number < 1 || number > count {
		return 0, 0, &InvalidPartNumberError{Number: number, Parts: count}
	}
	if o.content.Parts == 0 {
		return 0, o.Size, nil
	}
	offset, length, err = s.contents.PartRange(ctx, o.content, number)
	return offset, length, translate(err)
}

// etagMD5 returns the MD5 that a part's ETag is, with or without quotes.
func etagMD5(etag string) ([]byte, bool) {
	if len(etag) >= 2 && etag[0] == '"' && etag[len(etag)-1] == '"' {
		etag = etag[1 : len(etag)-1]
	}
	md5, err := hex.DecodeString(etag)
	return md5, err == nil && len(md5) == 16
}
