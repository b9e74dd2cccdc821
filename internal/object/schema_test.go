package object

import (
	"bytes"
	"encoding/hex"
	"math"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
	"github.com/signet-store/signet/internal/kv/recordtest"
)

var compareUnexported = cmp.AllowUnexported(Object{}, Bucket{})

func TestObjectRecordsSurviveEncoding(t *testing.T) {
	b := Bucket{Name: "photos", Owner: Owner{"111122223333", "c1"}, id: 7}
	for name, o := range map[string]Object{
		"the least": {
			Key: "k", ETag: "d41d8cd98f00b204e9800998ecf8427e", Modified: time.Unix(0, 1).UTC(), Owner: b.Owner,
		},
		"everything": {
			Key:      "k",
			Size:     5,
			ETag:     "5d41402abc4b2a76b9719d911017c592",
			Modified: time.Unix(1700000000, 123456789).UTC(),
			Owner:    Owner{"444455556666", "c2"},
			Attributes: Attributes{
				Headers:      map[string]string{"Content-Type": "text/plain", "Expires": "never"},
				Metadata:     map[string]string{"who": "me \xff"},
				StorageClass: "REDUCED_REDUNDANCY",
			},
			Checksum:     checksum.Sum{Algorithm: checksum.CRC32, Value: []byte{1, 2, 3, 4}},
			ChecksumType: checksum.Composite,
			Tags:         []Tag{{"a", "b"}, {"c", ""}},
			Parts:        3,
			content:      content.Content{Size: 5, Segment: blob.Segment(9), Number: 3, Inline: true},
			upload:       "an upload",
		},
		"a version": {
			Key: "k", VersionID: versionID(5, 7), Modified: time.Unix(0, 5).UTC(), Owner: b.Owner, salt: 7,
		},
		"a null version": {
			Key: "k", VersionID: NullVersion, Modified: time.Unix(0, 5).UTC(), Owner: b.Owner,
		},
		"a delete marker": {
			Key: "k", VersionID: versionID(5, 7), DeleteMarker: true, Modified: time.Unix(0, 5).UTC(), Owner: b.Owner, salt: 7,
		},
	} {
		b.Versioning = Unversioned
		if o.VersionID != "" {
			b.Versioning = VersioningEnabled
		}
		value := recordtest.Encode(t, newObjectRecord(b, &o))
		var rec objectRecord
		if err := record.Decode(nil, value, &rec); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(o, rec.object(b, "k"), compareUnexported); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var listed listedRecord
		if err := record.Decode(nil, value, &listed); err != nil {
			t.Fatalf("%s, listed: %v", name, err)
		}
		want := o
		want.Headers, want.Metadata, want.VersionID, want.Tags, want.Parts, want.upload = nil, nil, "", nil, 0, ""
		if diff := cmp.Diff(want, listed.object(b, "k"), compareUnexported); diff != "" {
			t.Errorf("%s, listed: %s", name, diff)
		}
	}
}

// Records on disk outlive the program that wrote them: these bytes must be read
// for ever as they are today, whatever fields are added.
func TestRecordsOfTheFirstFormatAreRead(t *testing.T) {
	b := Bucket{Name: "photos", Owner: Owner{"111122223333", "c1"}, id: 7}
	for _, tt := range []struct {
		name, value string
		want        Object
	}{
		{
			name: "with a field of a later format",
			value: "a6" + "01a40105021a00bc614e0303" + "04f5" +
				"027820" + hex.EncodeToString([]byte("5d41402abc4b2a76b9719d911017c592")) +
				"031b17979cfe362a0000" +
				"07a20101024401020304" +
				"08a16c436f6e74656e742d547970656a746578742f706c61696e" +
				"181f6161",
			want: Object{
				Key: "k", Size: 5, ETag: "5d41402abc4b2a76b9719d911017c592",
				Modified: time.Unix(1700000000, 0).UTC(), Owner: b.Owner,
				Attributes: Attributes{Headers: map[string]string{"Content-Type": "text/plain"}},
				Checksum:   checksum.Sum{Algorithm: checksum.CRC32, Value: []byte{1, 2, 3, 4}},
				content:    content.Content{Size: 5, Segment: 12345678, Number: 3, Inline: true},
			},
		},
	} {
		value, err := hex.DecodeString(tt.value)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var rec objectRecord
		if err := record.Decode(nil, value, &rec); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, rec.object(b, "k"), compareUnexported); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestBucketsOfTheFirstFormatAreUnversioned(t *testing.T) {
	value, err := hex.DecodeString("a4" + "0107" + "026c" + hex.EncodeToString([]byte("111122223333")) + "03626331" + "041b17979cfe362a0000")
	if err != nil {
		t.Fatal(err)
	}
	var rec bucketRecord
	if err := record.Decode(nil, value, &rec); err != nil {
		t.Fatal(err)
	}
	want := Bucket{Name: "photos", Owner: Owner{"111122223333", "c1"}, Created: time.Unix(1700000000, 0).UTC(), id: 7}
	if diff := cmp.Diff(want, rec.bucket("photos"), compareUnexported); diff != "" {
		t.Error(diff)
	}
	if again := recordtest.Encode(t, rec); !bytes.Equal(again, value) {
		t.Errorf("written as %x, want %x", again, value)
	}
}

func TestDamagedRecordsAreErrors(t *testing.T) {
	for _, value := range []string{"", "\x00", "\xa1", "\xa1\x02\x05", "\xff"} {
		var rec objectRecord
		if err := record.Decode([]byte{objectsPrefix}, []byte(value), &rec); err == nil {
			t.Errorf("%q was decoded as %+v", value, rec)
		}
	}
}

func TestKeysOfObjectsSortAsTheirNames(t *testing.T) {
	names := []string{
		"\x00", "\x00\x00", "\x01", "a", "a\x00", "a\x00b", "a/", "a/b", "a0", "b", "\x7f", "é", "\uffff", "\U0010ffff",
		strings.Repeat("\x00", 1024), strings.Repeat("\U0010ffff", 256),
	}
	sort.Strings(names)
	for i, name := range names {
		key := objectKey(1<<56-1, name)
		if len(key) > kv.MaxKeySize {
			t.Errorf("%q has a key of %d bytes", name, len(key))
		}
		if i > 0 && bytes.Compare(objectKey(1<<56-1, names[i-1]), key) >= 0 {
			t.Errorf("%q does not come after %q", name, names[i-1])
		}
		if bytes.Compare(key, objectKey(1<<56-1, "")) < 0 || bytes.Compare(key, objectKey(1<<56, "")) >= 0 {
			t.Errorf("%q lies outside its bucket", name)
		}
	}
}

func TestKeysOfVersionsSortAsTheirNamesAndThenNewestFirst(t *testing.T) {
	names := []string{
		"\x00", "\x00\x00", "\x00\x01", "\x01", "a", "a\x00", "a\x00\x00", "a\x00b", "a\x00\xff", "a\x01", "a/", "a/b", "b", "\xff",
		strings.Repeat("\x00", 1024), strings.Repeat("\U0010ffff", 256),
	}
	sort.Strings(names)
	var last []byte
	for _, name := range names {
		for _, order := range []int64{math.MaxInt64, 1_700_000_000_000_000_001, 1_700_000_000_000_000_000, 256, 255, 1} {
			key := historyKey(1<<56-1, name, order)
			if len(key) > kv.MaxKeySize {
				t.Errorf("%q has a key of %d bytes", name, len(key))
			}
			if bytes.Compare(last, key) >= 0 {
				t.Errorf("%q, %d does not come after what is before it", name, order)
			}
			last = key
			gotName, gotOrder, err := parseHistoryKey(nil, key)
			if string(gotName) != name || gotOrder != order || err != nil {
				t.Errorf("%q, %d was read as %q, %d, %v", name, order, gotName, gotOrder, err)
			}
			if !bytes.HasPrefix(key, historyOf(1<<56-1, name)) || !bytes.HasPrefix(key, historyUnder(1<<56-1, name[:len(name)/2])) {
				t.Errorf("%q, %d lies outside its history", name, order)
			}
		}
	}
}

func FuzzHistoryKeys(f *testing.F) {
	f.Add("a", "a\x00", int64(5))
	f.Add("\x00\xff", "\x00\x00", int64(1))
	f.Add("", "\x00", int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, name, other string, order int64) {
		key := historyKey(7, name, order)
		if gotName, gotOrder, err := parseHistoryKey(nil, key); string(gotName) != name || gotOrder != order || err != nil {
			t.Errorf("%q, %d was read as %q, %d, %v", name, order, gotName, gotOrder, err)
		}
		if got, want := bytes.Compare(key, historyKey(7, other, order)), strings.Compare(name, other); got != want {
			t.Errorf("%q compares with %q as %d, want %d", name, other, got, want)
		}
		if got, want := bytes.HasPrefix(key, historyUnder(7, other)), strings.HasPrefix(name, other); got != want {
			t.Errorf("%q lies under %q: %t, want %t", name, other, got, want)
		}
		if got, want := bytes.HasPrefix(key, historyOf(7, other)), name == other; got != want {
			t.Errorf("%q lies in the history of %q: %t, want %t", name, other, got, want)
		}
	})
}

func TestDamagedKeysOfVersionsAreErrors(t *testing.T) {
	whole := historyKey(7, "a", 5)
	for _, key := range [][]byte{nil, whole[:5], whole[:len(whole)-1], historyUnder(7, ""), append(bytes.Clone(whole), 1)} {
		if name, order, err := parseHistoryKey(nil, key); err == nil {
			t.Errorf("%x was read as %q, %d", key, name, order)
		}
	}
}

func TestOwnedKeysOfOneAccountNeverMixWithAnothers(t *testing.T) {
	a, b := ownedKey("1", ""), ownedKey("11", "")
	if bytes.HasPrefix(b, a) || bytes.HasPrefix(ownedKey("1", "1"), b) {
		t.Error("the list of account 11 lies within that of account 1")
	}
}

// What is on disk stays readable: these bytes may not change.
func TestRecordsAreStoredAsBefore(t *testing.T) {
	for _, tt := range []struct {
		name   string
		record any
		want   string
	}{
		{"last bucket's ID", bucketID(1000), "1903e8"},
		{"order of a null version", int64(1000), "1903e8"},
		{
			"least bucket",
			bucketRecord{ID: 7, AccountID: "1", CanonicalID: "c", Created: 1000},
			"a40107026131036163041903e8",
		},
		{
			"bucket",
			bucketRecord{ID: 7, AccountID: "1", CanonicalID: "c", Created: 1000, Versioning: VersioningEnabled, Revision: 8},
			"a60107026131036163041903e805010608",
		},
		{"owner", ownerRecord{Buckets: 3}, "a10103"},
		{"least object", objectRecord{listedRecord: listedRecord{ETag: "e", Modified: 1000}}, "a301a0026165031903e8"},
		{
			"delete marker",
			objectRecord{listedRecord: listedRecord{Modified: 1000, Salt: 9, DeleteMarker: true}},
			"a501a00260031903e80a090bf5",
		},
		{
			"object",
			objectRecord{
				listedRecord: listedRecord{
					Content: content.Content{Size: 5, Segment: 9, Number: 3, Inline: true, Sum: 1000}, ETag: "e", Modified: 1000,
					AccountID: "1", CanonicalID: "c", StorageClass: "S",
					Checksum: checksum.Sum{Algorithm: checksum.CRC32, Value: []byte{1, 2, 3, 4}},
					Salt:     9, ChecksumType: checksum.Composite,
				},
				Headers: map[string]string{"Expires": "0", "B": "\xff", "A": "a"}, Metadata: map[string]string{"z": "1", "b": "2"},
				Tags: []Tag{{"k", "v"}}, Parts: 2, Upload: "u", ACL: []byte("[]"),
			},
			"af01a501050209030304f5061903e8026165031903e804613105616306615307a2010102440102030408a36141" +
				"6161614261ff6745787069726573613009a261626132617a61310a090c010d81a201616b0261760e020f617510" +
				"425b5d",
		},
	} {
		if diff := cmp.Diff(tt.want, hex.EncodeToString(recordtest.Encode(t, tt.record))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
