package object

import (
	"bytes"
	"context"
	"math"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// ListVersionsInput says which versions to list.
type ListVersionsInput struct {
	Bucket Bucket
	// Prefix, Delimiter and Max are as in ListInput; Max counts versions, delete
	// markers and common prefixes.
	Prefix, Delimiter string
	// KeyMarker is the key or common prefix that the list continues behind. With
	// a VersionIDMarker it continues behind that version of the key.
	KeyMarker, VersionIDMarker string
	Max                        int
}

// VersionPage is a part of a list of versions.
type VersionPage struct {
	// Versions are in byte order of their keys, newest first of each, delete
	// markers among them. All have VersionID and Latest; none has Headers,
	// Metadata or Tags here. Prefixes are in byte order.
	Versions []Object
	Prefixes []string
	// Truncated says that there is more, behind NextKey and NextVersionID: the
	// KeyMarker and VersionIDMarker of the next page.
	Truncated     bool
	NextKey       string
	NextVersionID string
}

// ListVersions lists what a bucket has and had: ErrNoSuchBucket,
// *InvalidVersionIDError for a VersionIDMarker. Its cost follows what it returns.
func (s *Service) ListVersions(ctx context.Context, in ListVersionsInput) (VersionPage, error) {
	in.Max = min(in.Max, MaxPage)
	if in.VersionIDMarker != "" && in.VersionIDMarker != NullVersion {
		if _, err := parseVersionID(in.VersionIDMarker); err != nil {
			return VersionPage{}, err
		}
	}
	var page VersionPage
	err := s.records.View(ctx, func(r kv.Reader) error {
		var err error
		if in.Bucket.Versioning, err = bucketVersioning(r, in.Bucket); err != nil {
			return err
		}
		// No key has a longer prefix.
		if in.Max <= 0 || len(in.Prefix) > MaxKeySize {
			return nil
		}
		l := versionLister{in: &in, delimiter: []byte(in.Delimiter), history: versionCursor{history: true}}
		if err := l.list(r); err != nil {
			return err
		}
		page = l.page
		return nil
	})
	return page, err
}

// versionLister fills one page from two walks side by side: over the current
// versions, and over the history.
type versionLister struct {
	in        *ListVersionsInput
	delimiter []byte
	current   versionCursor
	history   versionCursor
	page      VersionPage
	// key is the one whose versions are being listed, and newest the order of
	// the newest that it has.
	key    []byte
	newest int64
	record listedRecord // scratch
}

// versionCursor is a walk over records of versions.
type versionCursor struct {
	it      kv.Iterator // nil if there is nothing to walk over
	history bool
	ok      bool   // the iterator is at a record
	key     []byte // of the object
}

func (l *versionLister) list(r kv.Reader) (err error) {
	current, history, err := l.start(r)
	if err != nil {
		return err
	}
	id := l.in.Bucket.id
	if upper := kv.After(objectKey(id, l.in.Prefix)); bytes.Compare(current, upper) < 0 {
		l.current.it = r.Scan(current, upper)
		defer func() { err = firstError(err, l.current.it.Close()) }()
	}
	upper := kv.After(historyUnder(id, l.in.Prefix))
	if l.in.Bucket.Versioning != Unversioned && bytes.Compare(history, upper) < 0 {
		l.history.it = r.Scan(history, upper)
		defer func() { err = firstError(err, l.history.it.Close()) }()
	}
	return l.walk()
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// start returns the first records of the two walks that may be on the page.
func (l *versionLister) start(r kv.Reader) (current, history []byte, err error) {
	in, id := l.in, l.in.Bucket.id
	if in.KeyMarker == "" || in.KeyMarker < in.Prefix {
		return objectKey(id, in.Prefix), historyUnder(id, in.Prefix), nil
	}
	// No key is longer, so none lies between the cut and the whole.
	marker := in.KeyMarker[:min(len(in.KeyMarker), MaxKeySize)]
	if folder := folderOf([]byte(marker), in.Prefix, l.delimiter); folder != nil {
		return kv.After(objectKey(id, string(folder))), kv.After(historyUnder(id, string(folder))), nil
	}
	current, history = append(objectKey(id, marker), 0), kv.After(historyOf(id, marker))
	if in.VersionIDMarker == "" || marker != in.KeyMarker {
		return current, history, nil
	}

	lineage, err := readLineage(r, in.Bucket, marker)
	if err != nil {
		return nil, nil, err
	}
	last, err := lineage.orderOf(r, in.VersionIDMarker)
	if err != nil {
		return nil, nil, err
	}
	l.key, l.newest = []byte(marker), lineage.newest
	if lineage.current != nil && lineage.current.Modified < last {
		current = objectKey(id, marker)
	}
	return current, historyKey(id, marker, last-1), nil
}

// orderOf returns the order of a version that may not be there any more. Where
// that cannot be known it is one above all others: better a version listed twice
// than one left out.
func (l *lineage) orderOf(r kv.Reader, id string) (int64, error) {
	if id != NullVersion {
		return parseVersionID(id)
	}
	v, err := l.null(r)
	if err != nil {
		return 0, err
	}
	if v == nil {
		return math.MaxInt64, nil
	}
	return v.Modified, nil
}

func (l *versionLister) walk() error {
	if err := l.current.move(nil); err != nil {
		return err
	}
	if err := l.history.move(nil); err != nil {
		return err
	}
	for l.current.ok || l.history.ok {
		if len(l.page.Versions)+len(l.page.Prefixes) == l.in.Max {
			l.page.Truncated = true
			return nil
		}
		if err := l.step(); err != nil {
			return err
		}
	}
	l.page.NextKey, l.page.NextVersionID = "", ""
	return nil
}

// step puts the next version or common prefix on the page.
func (l *versionLister) step() error {
	// The current version of a key is newer than its history.
	from := &l.current
	if !l.current.ok || l.history.ok && bytes.Compare(l.history.key, l.current.key) < 0 {
		from = &l.history
	}
	if folder := folderOf(from.key, l.in.Prefix, l.delimiter); folder != nil {
		return l.addFolder(bytes.Clone(folder))
	}
	if err := l.add(from); err != nil {
		return err
	}
	return from.move(nil)
}

// addFolder puts a common prefix on the page and moves behind it.
func (l *versionLister) addFolder(folder []byte) error {
	l.page.NextKey, l.page.NextVersionID = string(folder), ""
	l.page.Prefixes = append(l.page.Prefixes, l.page.NextKey)
	if l.current.ok && bytes.HasPrefix(l.current.key, folder) {
		if err := l.current.move(kv.After(objectKey(l.in.Bucket.id, l.page.NextKey))); err != nil {
			return err
		}
	}
	if l.history.ok && bytes.HasPrefix(l.history.key, folder) {
		return l.history.move(kv.After(historyUnder(l.in.Bucket.id, l.page.NextKey)))
	}
	return nil
}

// add puts the record that a walk is at on the page.
func (l *versionLister) add(from *versionCursor) error {
	value := from.it.Value()
	if err := from.it.Err(); err != nil {
		return err
	}
	l.record = listedRecord{}
	if err := record.Decode(from.it.Key(), value, &l.record); err != nil {
		return err
	}
	if !bytes.Equal(from.key, l.key) {
		l.key, l.newest = append(l.key[:0], from.key...), l.record.Modified
	}
	o := l.record.object(l.in.Bucket, string(from.key))
	o.VersionID = l.record.versionID()
	o.Latest = l.record.Modified == l.newest
	l.page.NextKey, l.page.NextVersionID = o.Key, o.VersionID
	l.page.Versions = append(l.page.Versions, o)
	return nil
}

// move moves to the next record, or with a key to the first at or after it.
func (c *versionCursor) move(to []byte) (err error) {
	switch {
	case c.it == nil:
		c.ok = false
	case to == nil:
		c.ok = c.it.Next()
	default:
		c.ok = c.it.Seek(to)
	}
	switch {
	case !c.ok:
	case c.history:
		c.key, _, err = parseHistoryKey(c.key[:0], c.it.Key())
	default:
		c.key = append(c.key[:0], c.it.Key()[objectKeyOverhead:]...)
	}
	return err
}
