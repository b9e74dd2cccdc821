package object

import (
	"context"
	"errors"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Referrer is a version of an object, or an upload, that refers to a content.
type Referrer struct {
	Bucket, Key         string
	VersionID, UploadID string // "" for none
}

// Referrers calls visit for each version and upload whose bytes, or some of
// them, are in one of places. It walks over all records.
func (s *Service) Referrers(ctx context.Context, places []content.Place, visit func(content.Place, Referrer)) error {
	wanted := make(map[content.Place]bool, len(places))
	for _, p := range places {
		wanted[p] = true
	}
	return s.records.View(ctx, func(r kv.Reader) error { return referrers(ctx, r, wanted, visit) })
}

// referrers is Referrers in one snapshot. It goes on after what it cannot read,
// and returns that as an error.
func referrers(ctx context.Context, r kv.Reader, places map[content.Place]bool, visit func(content.Place, Referrer)) error {
	buckets, err := bucketsByID(r)
	failures := []error{err}
	parts, err := content.PartsAmong(r, places)
	failures = append(failures, err)
	within := make(map[content.Place][]content.Place) // by upload
	for place, upload := range parts {
		within[upload] = append(within[upload], place)
	}
	tell := func(p content.Place, name Referrer) {
		if places[p] {
			visit(p, name)
		}
		for _, place := range within[p] {
			visit(place, name)
		}
	}
	of := func(id bucketID) Bucket {
		if b, ok := buckets[id]; ok {
			return b
		}
		return Bucket{}
	}
	version := func(id bucketID, key []byte, value []byte) {
		var rec listedRecord
		if record.Decode(nil, value, &rec) != nil || rec.Content.Size == 0 {
			return
		}
		b := of(id)
		name := Referrer{Bucket: b.Name, Key: string(key)}
		if b.Versioning != Unversioned {
			name.VersionID = rec.versionID()
		}
		tell(rec.Content.Place(), name)
	}
	failures = append(failures, walkObjects(ctx, r, version), walkHistory(ctx, r, version), walkUploads(ctx, r, func(id bucketID, key []byte, upload string, value []byte) {
		var rec listedUploadRecord
		if record.Decode(nil, value, &rec) == nil {
			tell(rec.Content.Place(), Referrer{Bucket: of(id).Name, Key: string(key), UploadID: upload})
		}
	}))
	return errors.Join(failures...)
}

// bucketsByID returns all buckets that can be read.
func bucketsByID(r kv.Reader) (map[bucketID]Bucket, error) {
	buckets := make(map[bucketID]Bucket)
	it := r.Scan([]byte{bucketsPrefix}, []byte{bucketsPrefix + 1})
	defer it.Close()
	for it.Next() {
		var rec bucketRecord
		if record.Decode(it.Key(), it.Value(), &rec) == nil {
			buckets[rec.ID] = rec.bucket(string(it.Key()[1:]))
		}
	}
	return buckets, it.Err()
}

// walkObjects visits the current versions, bucket by bucket.
func walkObjects(ctx context.Context, r kv.Reader, visit func(id bucketID, key, value []byte)) error {
	it := r.Scan([]byte{objectsPrefix}, []byte{objectsPrefix + 1})
	defer it.Close()
	for it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if id, key, ok := parseObjectKey(it.Key()); ok {
			visit(id, key, it.Value())
		}
	}
	return it.Err()
}

// walkHistory visits older versions and delete markers.
func walkHistory(ctx context.Context, r kv.Reader, visit func(id bucketID, key, value []byte)) error {
	it := r.Scan([]byte{historyPrefix}, []byte{historyPrefix + 1})
	defer it.Close()
	for it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		key, _, err := parseHistoryKey(nil, it.Key())
		if err != nil {
			continue
		}
		visit(bucketOf(it.Key()), key, it.Value())
	}
	return it.Err()
}

// walkUploads visits the uploads that go on.
func walkUploads(ctx context.Context, r kv.Reader, visit func(id bucketID, key []byte, upload string, value []byte)) error {
	it := r.Scan([]byte{uploadsPrefix}, []byte{uploadsPrefix + 1})
	defer it.Close()
	for it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		key, upload, err := parseUploadKey(nil, it.Key())
		if err != nil {
			continue
		}
		visit(bucketOf(it.Key()), key, upload, it.Value())
	}
	return it.Err()
}
