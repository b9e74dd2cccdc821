package object

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv/recordtest"
)

// FuzzRecords reads records as they may stand on a damaged disk: none makes the
// server fail, and what was read is written as something that reads the same.
func FuzzRecords(f *testing.F) {
	b := Bucket{Name: "photos", Owner: Owner{"123456789012", "c0"}, id: 7, Versioning: VersioningEnabled}
	kinds := []func(*testing.T, []byte){
		rewriteBucket, rewrite[ownerRecord], rewrite[listedRecord],
		func(t *testing.T, value []byte) { rewriteObject(t, b, value) },
		func(t *testing.T, value []byte) { rewriteUpload(t, b, value) },
		rewrite[listedUploadRecord], rewritePart, rewrite[bucketID],
	}
	sum := checksum.Sum{Algorithm: checksum.CRC32, Value: []byte{1, 2, 3, 4}}
	listed := listedRecord{Content: content.Content{Size: 7, Segment: 8, Number: 9}, ETag: "x", Modified: 1, Checksum: sum, Salt: 3}
	for i, rec := range []any{
		bucketRecord{ID: 7, AccountID: "123456789012", Created: 1, Versioning: VersioningEnabled, Revision: 8}, ownerRecord{3}, listed,
		objectRecord{
			listedRecord: listed, Headers: map[string]string{"Content-Type": "\xff"}, Metadata: map[string]string{"a": "b"},
			Tags: []Tag{{"k", "v"}}, Parts: 2, Upload: "u", ACL: []byte("[]"),
		},
		uploadRecord{listedUploadRecord: listedUploadRecord{AccountID: "a", Algorithm: checksum.SHA256}, Metadata: map[string]string{"a": "b"}},
		listedUploadRecord{StorageClass: "STANDARD", ByDefault: true}, partRecord{MD5: []byte("0123456789abcdef"), Modified: 1, Checksum: sum}, bucketID(9),
	} {
		f.Add(uint8(i), recordtest.Encode(f, rec))
	}
	f.Fuzz(func(t *testing.T, kind uint8, value []byte) { kinds[int(kind)%len(kinds)](t, value) })
}

func rewrite[T any](t *testing.T, value []byte) { recordtest.Rewrite[T](t, value) }

func rewriteBucket(t *testing.T, value []byte) {
	rec, ok := recordtest.Rewrite[bucketRecord](t, value)
	if !ok {
		return
	}
	if got := rec.bucket("photos"); got.Name != "photos" || got.id != rec.ID {
		t.Errorf("%+v is %+v", rec, got)
	}
}

func rewriteObject(t *testing.T, b Bucket, value []byte) {
	rec, ok := recordtest.Rewrite[objectRecord](t, value)
	if !ok {
		return
	}
	o := rec.object(b, "k")
	kept := newObjectRecord(b, &o)
	if diff := cmp.Diff(o, kept.object(b, "k"), compareUnexported); diff != "" {
		t.Error(diff)
	}
}

func rewriteUpload(t *testing.T, b Bucket, value []byte) {
	rec, ok := recordtest.Rewrite[uploadRecord](t, value)
	if !ok {
		return
	}
	u := rec.upload(b, "k", "id")
	kept := newUploadRecord(b, &u)
	if diff := cmp.Diff(u, kept.upload(b, "k", "id"), compareUploads); diff != "" {
		t.Error(diff)
	}
}

func rewritePart(t *testing.T, value []byte) {
	rec, ok := recordtest.Rewrite[partRecord](t, value)
	if !ok {
		return
	}
	if p := rec.part(1, 2); len(p.ETag) != 2*len(rec.MD5) {
		t.Errorf("%+v has the ETag %q", rec, p.ETag)
	}
}

func FuzzDocumentKey(f *testing.F) {
	f.Add(documentKey(7, DocumentCORS))
	f.Add(documentKey(7))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, key []byte) {
		d, err := parseDocumentKey(key)
		if err == nil && !bytes.Equal(append(bytes.Clone(key[:len(key)-1]), byte(d)), key) {
			t.Errorf("%x is of %v", key, d)
		}
		if id, err := parseAbandonedKey(key); err == nil && !bytes.Equal(abandonedKey(id)[1:], key[1:]) {
			t.Errorf("%x is of bucket %d", key, id)
		}
	})
}

// FuzzConditions judges conditions on a key that is there and on one that is not.
func FuzzConditions(f *testing.F) {
	f.Add("*", "", true)
	f.Add("", "*", false)
	f.Add(`W/"x", "y"`, "x", true)
	f.Fuzz(func(t *testing.T, match, noneMatch string, there bool) {
		const etag = "x"
		var c Conditions
		if match != "" {
			c.IfMatch = new(match)
		}
		if noneMatch != "" {
			c.IfNoneMatch = new(noneMatch)
		}
		var current *listedRecord
		if there {
			current = &listedRecord{ETag: etag}
		}
		err := c.check(current)
		switch {
		case err == nil && match != "" && (!there || !bytes.ContainsAny([]byte(match), "*x")):
			t.Errorf("If-Match %q holds of %+v", match, current)
		case err == nil && noneMatch == "*" && there:
			t.Error("If-None-Match * holds of what is there")
		case err != nil && match == "" && (noneMatch == "" || !there):
			t.Errorf("nothing was asked of %+v: %v", current, err)
		}
	})
}
