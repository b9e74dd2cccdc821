package object

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv/recordtest"
)

// What is on disk stays readable: these bytes may not change.
func TestRecordsOfUploadsAreStoredAsBefore(t *testing.T) {
	id := strings.Repeat("0f", uploadIDSize/2)
	sum := checksum.Sum{Algorithm: checksum.CRC32, Value: []byte{1, 2, 3, 4}}
	encode := func(v any) string { return hex.EncodeToString(recordtest.Encode(t, v)) }
	for name, tt := range map[string]struct{ got, want string }{
		"upload's key":           {hex.EncodeToString(uploadKey(7, "a\x00b", id)), "2600000000000000076100ff620000" + strings.Repeat("3066", uploadIDSize/2)},
		"abandoned bucket's key": {hex.EncodeToString(abandonedKey(7)), "270000000000000007"},
		"least upload": {
			encode(uploadRecord{listedUploadRecord: listedUploadRecord{
				Content: content.Upload{Segment: 9, Number: 3}, Algorithm: checksum.CRC64NVME, ByDefault: true,
			}}),
			"a301a201090203050307f5",
		},
		"upload": {
			encode(uploadRecord{
				listedUploadRecord: listedUploadRecord{
					Content: content.Upload{Segment: 9}, AccountID: "1", CanonicalID: "c", StorageClass: "S",
					Algorithm: checksum.SHA1, ChecksumType: checksum.Composite,
				},
				Headers: map[string]string{"A": "a"}, Metadata: map[string]string{"B": "b"}, Tags: []Tag{{"C", "c"}},
			}),
			"a901a101090261310361630461530504060109a1614161610aa1614261620b81a2016143026163",
		},
		"upload with its initiator": {
			encode(uploadRecord{listedUploadRecord: listedUploadRecord{
				Content: content.Upload{Segment: 9, Number: 3}, Algorithm: checksum.CRC64NVME, ByDefault: true,
				InitiatorID: "I", InitiatorARN: "R",
			}}),
			"a501a201090203050307f50d61490e6152",
		},
		"upload of an algorithm of 2026": {
			encode(uploadRecord{listedUploadRecord: listedUploadRecord{
				Content: content.Upload{Segment: 9}, Algorithm: checksum.XXHash128, ChecksumType: checksum.Composite,
			}}),
			"a301a10109050a0601",
		},
		"part":       {encode(partRecord{MD5: []byte{5}, Modified: 1000, Checksum: sum}), "a3014105021903e803a20101024401020304"},
		"named part": {encode(partRecord{MD5: []byte{5}, Checksum: sum, Named: sum}), "a4014105020003a2010102440102030404a20101024401020304"},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDamagedRecordsOfUploadsAreErrors(t *testing.T) {
	for _, value := range []string{"", "\x00", "\xa1", "\xff"} {
		if rec, err := decodePart(content.Part{Number: 1, Detail: []byte(value)}); err == nil {
			t.Errorf("part %q was decoded as %+v", value, rec)
		}
	}
}

func FuzzParseUploadKey(f *testing.F) {
	f.Add(uploadKey(7, "a\x00b", strings.Repeat("0", uploadIDSize)))
	f.Add([]byte{uploadsPrefix})
	f.Fuzz(func(t *testing.T, k []byte) {
		key, id, err := parseUploadKey(nil, k)
		if err != nil {
			return
		}
		// What this package never writes need not come back as it was: a NUL
		// that nothing escapes.
		if again, _, err := parseUploadKey(nil, uploadKey(7, string(key), id)); err != nil || !bytes.Equal(again, key) {
			t.Errorf("key %x is parsed as %q, which is parsed as %q, %v", k, key, again, err)
		}
	})
}

func FuzzUploadTime(f *testing.F) {
	id, err := newUploadID(time.Unix(1_700_000_000, 5), strings.NewReader(strings.Repeat("r", uploadIDRandom)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(id)
	f.Add(strings.Repeat("f", uploadIDSize))
	f.Add("")
	f.Fuzz(func(t *testing.T, id string) {
		began, ok := uploadTime(id)
		if !ok {
			return
		}
		random, err := hex.DecodeString(id[2*uploadIDTime:])
		if err != nil {
			t.Fatal(err)
		}
		if again, err := newUploadID(began, bytes.NewReader(random)); again != id || err != nil {
			t.Errorf("%q began at %v, but one of then is %q, %v", id, began, again, err)
		}
	})
}

func FuzzETagMD5(f *testing.F) {
	f.Add(`"d41d8cd98f00b204e9800998ecf8427e"`)
	f.Add(`"`)
	f.Add(`""`)
	f.Add("D41D8CD98F00B204E9800998ECF8427E-1")
	f.Fuzz(func(t *testing.T, etag string) {
		md5, ok := etagMD5(etag)
		if ok && !strings.EqualFold(strings.Trim(etag, `"`), hex.EncodeToString(md5)) {
			t.Errorf("%q is %x", etag, md5)
		}
	})
}
