package content

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv/recordtest"
)

// What is on disk stays readable: these bytes may not change.
func TestRecordsAreStoredAsBefore(t *testing.T) {
	id := blob.ID{Segment: 0x0123456789abcdef, Number: 0x01020304}
	upload := Upload(id)
	encode := func(v any) []byte { return recordtest.Encode(t, v) }
	for name, test := range map[string]struct {
		got  []byte
		want string
	}{
		"registration's key":  {segmentKey(id.Segment), "100123456789abcdef"},
		"reference's key":     {referenceKey(id), "110123456789abcdef01020304"},
		"garbage's key":       {garbageKey(time.UnixMilli(0x0a0b0c0d), id), "12000000000a0b0c0d0123456789abcdef01020304"},
		"garbage before 1970": {garbageKey(time.UnixMilli(-5), id), "1200000000000000000123456789abcdef01020304"},
		"inline bytes' key":   {inlineKey(id), "1f0123456789abcdef01020304"},
		"upload's key":        {uploadKey(upload), "130123456789abcdef01020304"},
		"part's key":          {partKey(upload, 0x0506), "140123456789abcdef010203040506"},
		"manifest's key":      {manifestKey(upload), "150123456789abcdef01020304"},
		"parts garbage's key": {partsGarbageKey(time.UnixMilli(0x0a0b0c0d), upload), "16000000000a0b0c0d0123456789abcdef01020304"},
		"registration":        {encode(segmentRecord{State: segmentSweeping, Opened: 1000}), "a20102021903e8"},
		"reference":           {encode(referenceRecord{Count: 2}), "a10102"},
		"reference, none":     {encode(referenceRecord{}), "a10100"},
		"garbage":             {encode(garbageRecord{Size: 1000}), "a1011903e8"},
		"upload's name":       {encode(Upload{Segment: 9, Number: 3}), "a201090203"},
		"upload, open":        {encode(uploadRecord{State: uploadOpen}), "a10101"},
		"upload, closed":      {encode(uploadRecord{State: uploadClosed, Count: 2}), "a201020202"},
		"part":                {encode(partRecord{Content: Content{Size: 5}, Detail: []byte("d")}), "a201a10105024164"},
		"manifest":            {encode(manifest{{First: 1, Count: 2, Size: 1000}, {First: 9, Count: 1}}), "828301021903e883090100"},
		"parts garbage":       {encode(partsGarbageRecord{}), "a0"},
		"unlisted parts":      {encode(partsGarbageRecord{Unlisted: true}), "a101f5"},
		"content, assembled":  {encode(Content{Size: 5, Segment: 9, Number: 3, Parts: 2}), "a40105020903030502"},
		"content, empty":      {encode(Content{}), "a0"},
		"content, inline":     {encode(Content{Size: 5, Segment: 9, Number: 3, Inline: true}), "a401050209030304f5"},
		"content, summed":     {encode(Content{Size: 5, Segment: 9, Number: 3, Inline: true, Sum: 1000}), "a501050209030304f5061903e8"},
		"content, blob":       {encode(Content{Size: 1 << 40, Segment: 1<<64 - 1}), "a2011b0000010000000000021bffffffffffffffff"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, hex.EncodeToString(test.got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseGarbageKey(f *testing.F) {
	f.Add(garbageKey(time.UnixMilli(1_700_000_000_000), blob.ID{Segment: 7, Number: 8}))
	f.Add([]byte{prefixGarbage})
	f.Add(bytes.Repeat([]byte{prefixGarbage}, 22))
	f.Fuzz(func(t *testing.T, key []byte) {
		notBefore, id, err := parseGarbageKey(key)
		if err != nil {
			return
		}
		if notBefore.UnixMilli() < 0 {
			return // times that this package never writes
		}
		if again := garbageKey(notBefore, id); !bytes.Equal(again[1:], key[1:]) {
			t.Errorf("key %x is parsed as %v, %v, whose key is %x", key, notBefore, id, again)
		}
	})
}

func FuzzParsePartKey(f *testing.F) {
	f.Add(partKey(Upload{Segment: 7, Number: 8}, MaxParts))
	f.Add([]byte{prefixPart})
	f.Fuzz(func(t *testing.T, key []byte) {
		number, err := parsePartKey(key)
		if err != nil {
			return
		}
		u := Upload{Segment: blob.Segment(binary.BigEndian.Uint64(key[1:])), Number: binary.BigEndian.Uint32(key[9:])}
		if again := partKey(u, number); !bytes.Equal(again[1:], key[1:]) {
			t.Errorf("key %x is parsed as part %d, whose key is %x", key, number, again)
		}
	})
}

func FuzzParseSegmentKey(f *testing.F) {
	f.Add(segmentKey(7))
	f.Add([]byte{prefixSegment})
	f.Fuzz(func(t *testing.T, key []byte) {
		segment, err := parseSegmentKey(key)
		if err != nil {
			return
		}
		if again := segmentKey(segment); !bytes.Equal(again[1:], key[1:]) {
			t.Errorf("key %x is parsed as %v, whose key is %x", key, segment, again)
		}
	})
}
