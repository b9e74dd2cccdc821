package object

import (
	"bytes"
	"context"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// ListUploadsInput says which uploads to list.
type ListUploadsInput struct {
	Bucket Bucket
	// Prefix, Delimiter and Max are as in ListInput; Max counts uploads and
	// common prefixes.
	Prefix, Delimiter string
	// KeyMarker is the key or common prefix that the list continues behind. With
	// an UploadIDMarker it continues behind that upload to the key. Without a
	// KeyMarker, the UploadIDMarker means nothing.
	KeyMarker, UploadIDMarker string
	Max                       int
}

// UploadPage is a part of a list of uploads.
type UploadPage struct {
	// Uploads are in byte order of their keys, those to one key in the order of
	// their beginning. None has Headers, Metadata or Tags here. Prefixes are in
	// byte order.
	Uploads  []Upload
	Prefixes []string
	// Truncated says that there is more, behind NextKey and NextUploadID: the
	// KeyMarker and UploadIDMarker of the next page.
	Truncated    bool
	NextKey      string
	NextUploadID string
}

// ListUploads lists the uploads to a bucket that are neither completed nor
// aborted: ErrNoSuchBucket. Its cost follows what it returns.
func (s *Service) ListUploads(ctx context.Context, in ListUploadsInput) (UploadPage, error) {
	in.Max = min(in.Max, MaxPage)
	var page UploadPage
	err := s.records.View(ctx, func(r kv.Reader) error {
		page = UploadPage{}
		if err := checkBucket(r, in.Bucket); err != nil {
			return err
		}
		// No key has a longer prefix.
		if in.Max <= 0 || len(in.Prefix) > MaxKeySize {
			return nil
		}
		l := uploadLister{in: &in, delimiter: []byte(in.Delimiter)}
		if err := l.list(r); err != nil {
			return err
		}
		page = l.page
		return nil
	})
	return page, err
}

// uploadLister fills one page.
type uploadLister struct {
	in        *ListUploadsInput
	delimiter []byte
	page      UploadPage
	key       []byte // scratch
}

func (l *uploadLister) list(r kv.Reader) error {
	lower, upper := l.start(), kv.After(uploadsUnder(l.in.Bucket.id, l.in.Prefix))
	if bytes.Compare(lower, upper) >= 0 {
		return nil
	}
	it := r.Scan(lower, upper)
	return firstError(l.walk(it), it.Close())
}

// start returns the first record that may be on the page.
func (l *uploadLister) start() []byte {
	in, id := l.in, l.in.Bucket.id
	if in.KeyMarker == "" || in.KeyMarker < in.Prefix {
		return uploadsUnder(id, in.Prefix)
	}
	// No key is longer, so none lies between the cut and the whole.
	marker := in.KeyMarker[:min(len(in.KeyMarker), MaxKeySize)]
	if folder := folderOf([]byte(marker), in.Prefix, l.delimiter); folder != nil {
		return kv.After(uploadsUnder(id, string(folder)))
	}
	if in.UploadIDMarker == "" || marker != in.KeyMarker {
		return kv.After(uploadsOf(id, marker))
	}
	last := in.UploadIDMarker[:min(len(in.UploadIDMarker), uploadIDSize)]
	return append(uploadKey(id, marker, last), 0)
}

func (l *uploadLister) walk(it kv.Iterator) (err error) {
	ok := it.Next()
	for ok {
		if len(l.page.Uploads)+len(l.page.Prefixes) == l.in.Max {
			l.page.Truncated = true
			return nil
		}
		var id string
		if l.key, id, err = parseUploadKey(l.key[:0], it.Key()); err != nil {
			return err
		}
		if folder := folderOf(l.key, l.in.Prefix, l.delimiter); folder != nil {
			l.page.NextKey, l.page.NextUploadID = string(folder), ""
			l.page.Prefixes = append(l.page.Prefixes, l.page.NextKey)
			ok = it.Seek(kv.After(uploadsUnder(l.in.Bucket.id, l.page.NextKey)))
			continue
		}
		value := it.Value()
		if err := it.Err(); err != nil {
			return err
		}
		var rec listedUploadRecord
		if err := record.Decode(it.Key(), value, &rec); err != nil {
			return err
		}
		l.page.Uploads = append(l.page.Uploads, rec.upload(l.in.Bucket, string(l.key), id))
		l.page.NextKey, l.page.NextUploadID = string(l.key), id
		ok = it.Next()
	}
	l.page.NextKey, l.page.NextUploadID = "", ""
	return nil
}
