package object

import (
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// stored is a record as a transaction found it.
type stored struct {
	listedRecord
	key, value []byte
}

// listed is nil where there is no record.
func (s *stored) listed() *listedRecord {
	if s == nil {
		return nil
	}
	return &s.listedRecord
}

// lineage is what a transaction knows of a key that it is about to change.
type lineage struct {
	bucket     Bucket
	key        string
	versioning Versioning
	current    *stored // nil if there is none
	// newest is the order of the current version or of the delete marker in its
	// place, 0 if there is neither.
	newest int64
}

// readLineage reads a key in a bucket: ErrNoSuchBucket.
func readLineage(r kv.Reader, b Bucket, key string) (*lineage, error) {
	versioning, err := bucketVersioning(r, b)
	if err != nil {
		return nil, err
	}
	l := &lineage{bucket: b, key: key, versioning: versioning}
	if l.current, err = getStored(r, objectKey(b.id, key)); err != nil {
		return nil, err
	}
	if l.current != nil {
		l.newest = l.current.Modified
		return l, nil
	}
	if versioning == Unversioned {
		return l, nil
	}
	marker, err := newestInHistory(r, b, key, 0)
	if err == nil && marker != nil {
		l.newest = marker.Modified
	}
	return l, err
}

// getStored returns nil where there is no record.
func getStored(r kv.Reader, key []byte) (*stored, error) {
	value, found, err := record.Value(r, key)
	if err != nil || !found {
		return nil, err
	}
	s := &stored{key: key, value: value}
	return s, record.Decode(key, value, &s.listedRecord)
}

// newestInHistory returns the newest record of a key's history but for the one
// of order skip, or nil.
func newestInHistory(r kv.Reader, b Bucket, key string, skip int64) (newest *stored, err error) {
	prefix := historyOf(b.id, key)
	it := r.Scan(prefix, kv.After(append([]byte(nil), prefix...)))
	defer func() {
		if e := it.Close(); err == nil {
			err = e
		}
	}()
	for it.Next() {
		s := &stored{key: append([]byte(nil), it.Key()...), value: append([]byte(nil), it.Value()...)}
		if err := it.Err(); err != nil {
			return nil, err
		}
		if err := record.Decode(s.key, s.value, &s.listedRecord); err != nil {
			return nil, err
		}
		if s.Modified != skip {
			return s, nil
		}
	}
	return nil, nil
}

// find returns a version or a delete marker by its ID, nil if there is none:
// *InvalidVersionIDError.
func (l *lineage) find(r kv.Reader, versionID string) (*stored, error) {
	if versionID == NullVersion {
		return l.null(r)
	}
	order, err := parseVersionID(versionID)
	if err != nil {
		return nil, err
	}
	found := l.current
	if found == nil || found.Modified != order {
		if l.versioning == Unversioned {
			return nil, nil
		}
		if found, err = getStored(r, historyKey(l.bucket.id, l.key, order)); err != nil {
			return nil, err
		}
	}
	if found == nil || found.versionID() != versionID {
		return nil, nil
	}
	return found, nil
}

// null returns the null version, which may be a delete marker, or nil.
func (l *lineage) null(r kv.Reader) (*stored, error) {
	if l.current != nil && l.current.isNull() {
		return l.current, nil
	}
	if l.versioning == Unversioned {
		return nil, nil
	}
	var order int64
	found, err := record.Get(r, nullKey(l.bucket.id, l.key), &order)
	if err != nil || !found {
		return nil, err
	}
	return getStored(r, historyKey(l.bucket.id, l.key, order))
}

// isCurrent reports whether s is what readers of the key see.
func (l *lineage) isCurrent(s *stored) bool { return l.current != nil && s == l.current }

// replaced returns what goes for good when something new is written: the one
// version of an unversioned bucket, or the null version of a suspended one. It
// is nil if nothing does.
func (l *lineage) replaced(r kv.Reader) (*stored, error) {
	switch l.versioning {
	case Unversioned:
		return l.current, nil
	case VersioningSuspended:
		return l.null(r)
	}
	return nil, nil
}

// makeRoom takes the current version out of the way of a new one, and removes
// the record of replaced.
func (l *lineage) makeRoom(txn kv.Txn, replaced *stored) error {
	if replaced != nil {
		l.remove(txn, replaced)
	}
	if l.current == nil || l.isCurrent(replaced) {
		return nil
	}
	c := l.current
	txn.Delete(c.key)
	txn.Set(historyKey(l.bucket.id, l.key, c.Modified), c.value)
	if c.isNull() {
		return record.Set(txn, nullKey(l.bucket.id, l.key), c.Modified)
	}
	return nil
}

// remove removes a record.
func (l *lineage) remove(txn kv.Txn, s *stored) {
	txn.Delete(s.key)
	if s.isNull() && !l.isCurrent(s) {
		txn.Delete(nullKey(l.bucket.id, l.key))
	}
}

// promote makes the newest version in the history the current one, unless that
// is a delete marker. The record of order gone is not there any more.
func (l *lineage) promote(txn kv.Txn, gone int64) error {
	next, err := newestInHistory(txn, l.bucket, l.key, gone)
	if err != nil || next == nil || next.DeleteMarker {
		return err
	}
	l.remove(txn, next)
	txn.Set(objectKey(l.bucket.id, l.key), next.value)
	return nil
}

// date gives a new version or delete marker its place in the order and its ID.
// Of two versions of a key the later one has the later time, whatever the clock
// does.
func (s *Service) date(l *lineage, o *Object) (err error) {
	order := max(s.now().UnixNano(), l.newest+1)
	o.Modified = time.Unix(0, order).UTC()
	o.VersionID, o.salt = "", 0
	switch l.versioning {
	case VersioningEnabled:
		o.salt, err = newSalt(s.random)
		o.VersionID = versionID(order, o.salt)
	case VersioningSuspended:
		o.VersionID = NullVersion
	}
	return err
}

// install makes o, whose content is set, the current version of its key, in the
// transaction that published the content. It judges the conditions, gives o its
// VersionID and Modified, and releases what it replaces: ErrNoSuchBucket,
// ErrNoSuchKey, *PreconditionError.
func (s *Service) install(txn kv.Txn, b Bucket, o *Object, c Conditions) error {
	l, err := readLineage(txn, b, o.Key)
	if err != nil {
		return err
	}
	if err := c.check(l.current.listed()); err != nil {
		return err
	}
	replaced, err := l.replaced(txn)
	if err != nil {
		return err
	}
	if replaced != nil {
		if err := s.contents.Release(txn, replaced.Content); err != nil {
			return err
		}
	}
	return s.put(txn, l, o, replaced)
}

// put writes o as the current version in the place of replaced, whose content
// the caller sees to.
func (s *Service) put(txn kv.Txn, l *lineage, o *Object, replaced *stored) error {
	if err := l.makeRoom(txn, replaced); err != nil {
		return err
	}
	if err := s.date(l, o); err != nil {
		return err
	}
	return record.Set(txn, objectKey(l.bucket.id, l.key), newObjectRecord(l.bucket, o))
}
