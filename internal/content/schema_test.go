package content

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob"
)

// What is on disk stays readable: these bytes may not change.
func TestRecordsAreStoredAsBefore(t *testing.T) {
	id := blob.ID{Segment: 0x0123456789abcdef, Number: 0x01020304}
	encode := func(v any) []byte {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, test := range map[string]struct {
		got  []byte
		want string
	}{
		"registration's key":  {segmentKey(id.Segment), "100123456789abcdef"},
		"reference's key":     {referenceKey(id), "110123456789abcdef01020304"},
		"garbage's key":       {garbageKey(time.UnixMilli(0x0a0b0c0d), id), "12000000000a0b0c0d0123456789abcdef01020304"},
		"garbage before 1970": {garbageKey(time.UnixMilli(-5), id), "1200000000000000000123456789abcdef01020304"},
		"inline bytes' key":   {inlineKey(id), "1f0123456789abcdef01020304"},
		"registration":        {encode(segmentRecord{State: segmentSweeping, Opened: 1000}), "a20102021903e8"},
		"reference":           {encode(referenceRecord{Count: 2}), "a10102"},
		"reference, none":     {encode(referenceRecord{}), "a10100"},
		"garbage":             {encode(garbageRecord{Size: 1000}), "a1011903e8"},
		"content, empty":      {encode(Content{}), "a0"},
		"content, inline":     {encode(Content{Size: 5, Segment: 9, Number: 3, Inline: true}), "a401050209030304f5"},
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
