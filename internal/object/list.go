package object

import (
	"bytes"
	"context"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// MaxPage is the most keys and common prefixes that List returns at once.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
const MaxPage = 1000

// ListInput says which objects to list.
type ListInput struct {
	Bucket Bucket
	// Prefix is what keys begin with. With a Delimiter, keys that hold it after
	// the Prefix are not listed themselves, but once as the common prefix that
	// ends with its first occurrence there. "" is none.
	Prefix, Delimiter string
	// After is what keys and common prefixes come after (exclusive), in byte
	// order. So a common prefix that After begins with is not listed, whatever
	// lies in it: a page that begins after a common prefix, or after a key
	// below it, continues behind it.
	After string
	// Max is how many keys and common prefixes to return at most; more than
	// MaxPage is MaxPage. With 0 the page is empty and not truncated.
	Max int
}

// Page is a part of a list of objects.
type Page struct {
	// Objects and Prefixes are each in byte order. Objects have neither Headers
	// nor Metadata here.
	Objects  []Object
	Prefixes []string
	// Truncated says that there is more, and Next is the After that it begins
	// at: the last key or common prefix of this page.
	Truncated bool
	Next      string
}

// List lists the objects of a bucket: ErrNoSuchBucket. Its cost follows what it
// returns, not what common prefixes hide.
func (s *Service) List(ctx context.Context, in ListInput) (Page, error) {
	in.Max = min(in.Max, MaxPage)
	var page Page
	err := s.records.View(ctx, func(r kv.Reader) error {
		if err := checkBucket(r, in.Bucket); err != nil {
			return err
		}
		// No key has a longer prefix.
		if in.Max <= 0 || len(in.Prefix) > MaxKeySize {
			return nil
		}
		var err error
		page, err = list(r, &in)
		return err
	})
	if err != nil {
		return Page{}, err
	}
	return page, nil
}

func list(r kv.Reader, in *ListInput) (page Page, err error) {
	l := lister{in: in, delimiter: []byte(in.Delimiter)}
	lower, upper := l.start(), kv.After(objectKey(in.Bucket.id, in.Prefix))
	if bytes.Compare(lower, upper) >= 0 {
		return Page{}, nil
	}
	l.it = r.Scan(lower, upper)
	defer func() {
		if e := l.it.Close(); err == nil {
			err = e
		}
	}()
	err = l.walk()
	return l.page, err
}

// lister fills one page.
type lister struct {
	in        *ListInput
	delimiter []byte
	it        kv.Iterator
	page      Page
	record    listedRecord // scratch, as is seek
	seek      []byte
}

// start returns the first record that may be on the page.
func (l *lister) start() []byte {
	in := l.in
	if in.After < in.Prefix {
		return objectKey(in.Bucket.id, in.Prefix)
	}
	// No key is longer, so none lies between the cut and the whole.
	last := objectKey(in.Bucket.id, in.After[:min(len(in.After), MaxKeySize)])
	if folder := l.folder(last[objectKeyOverhead:]); folder != nil {
		return kv.After(last[:objectKeyOverhead+len(folder)])
	}
	return append(last, 0)
}

func (l *lister) folder(key []byte) []byte {
	return folderOf(key, l.in.Prefix, l.delimiter)
}

// folderOf returns the common prefix that hides key, or nil.
func folderOf(key []byte, prefix string, delimiter []byte) []byte {
	if len(delimiter) == 0 || len(key) < len(prefix) || string(key[:len(prefix)]) != prefix {
		return nil
	}
	i := bytes.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return nil
	}
	return key[:len(prefix)+i+len(delimiter)]
}

func (l *lister) walk() error {
	ok := l.it.Next()
	for ok {
		if len(l.page.Objects)+len(l.page.Prefixes) == l.in.Max {
			l.page.Truncated = true
			return nil
		}
		key := l.it.Key()[objectKeyOverhead:]
		if folder := l.folder(key); folder != nil {
			l.page.Next = string(folder)
			l.page.Prefixes = append(l.page.Prefixes, l.page.Next)
			l.seek = append(appendBucketObjects(l.seek[:0], l.in.Bucket.id), folder...)
			ok = l.it.Seek(kv.After(l.seek))
			continue
		}
		if err := l.add(string(key)); err != nil {
			return err
		}
		ok = l.it.Next()
	}
	l.page.Next = ""
	return nil
}

// add puts the object that the iterator is at on the page.
func (l *lister) add(key string) error {
	value := l.it.Value()
	if err := l.it.Err(); err != nil {
		return err
	}
	l.record = listedRecord{}
	if err := record.Decode(l.it.Key(), value, &l.record); err != nil {
		return err
	}
	l.page.Next = key
	l.page.Objects = append(l.page.Objects, l.record.object(l.in.Bucket, key))
	return nil
}
