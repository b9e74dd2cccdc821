package content

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/signet-store/signet/internal/blob"
)

// The first bytes of this package's keys. Numbers are in big-endian order.
const (
	prefixSegment   = 0x10 // segment: segmentRecord
	prefixReference = 0x11 // segment, number: referenceRecord
	prefixGarbage   = 0x12 // not-before in milliseconds since 1970, segment, number: garbageRecord

	// An upload and the content that it becomes have one ID, a segment and a
	// number.
	prefixUpload       = 0x13 // segment, number: uploadRecord
	prefixPart         = 0x14 // segment, number, number of the part in two bytes: partRecord
	prefixManifest     = 0x15 // segment, number: manifest
	prefixPartsGarbage = 0x16 // not-before, segment, number: partsGarbageRecord

	prefixScrub = 0x17 // nothing: scrubRecord
	prefixMark  = 0x18 // nothing: markRecord

	prefixInline = 0x1f // segment, number: the bytes themselves
)

// SeparatedPrefixes returns the prefixes of keys whose values are bulk data,
// which an engine does well to keep apart from records.
func SeparatedPrefixes() [][]byte { return [][]byte{{prefixInline}} }

// segmentRecord registers a segment. While it is there and open, blobs of the
// segment can be published; while it is there at all, somebody will look for
// blobs of it that nothing references.
type segmentRecord struct {
	State segmentState `cbor:"1,keyasint"`
	// Opened is in seconds since 1970.
	Opened int64 `cbor:"2,keyasint,omitempty"`
}

type segmentState uint8

const (
	segmentOpen     segmentState = 1
	segmentSweeping segmentState = 2
)

// referenceRecord says how many records refer to a blob. With none, the blob
// waits for its collection and can get no other.
type referenceRecord struct {
	Count uint64 `cbor:"1,keyasint"`
}

// garbageRecord is a blob to be deleted.
type garbageRecord struct {
	Size int64 `cbor:"1,keyasint,omitempty"`
}

// uploadRecord says what became of an upload, as long as it has parts.
type uploadRecord struct {
	State uploadState `cbor:"1,keyasint"`
	// Count is how many records refer to the content. Of a closed upload with
	// none all parts wait for their collection, and it can get no other.
	Count uint64 `cbor:"2,keyasint,omitempty"`
}

type uploadState uint8

const (
	uploadOpen   uploadState = 1 // parts are published
	uploadClosed uploadState = 2 // completed or aborted
)

// partRecord is a part of an upload, which holds one reference to its bytes.
type partRecord struct {
	Content Content `cbor:"1,keyasint"`
	Detail  []byte  `cbor:"2,keyasint,omitempty"`
}

// partsGarbageRecord is parts to be deleted.
type partsGarbageRecord struct {
	// Unlisted are those that the manifest does not list; else it is all parts,
	// and what there is about the upload.
	Unlisted bool `cbor:"1,keyasint,omitempty"`
}

// scrubRecord is how far the scrub is.
type scrubRecord struct {
	// Segment and Number are the first blob that it has not read.
	Segment blob.Segment `cbor:"1,keyasint"`
	Number  uint32       `cbor:"2,keyasint,omitempty"`
	// Began is when this pass began, or will, in seconds since 1970.
	Began int64 `cbor:"3,keyasint,omitempty"`
}

// markRecord is the mark that the blobs of these records bear.
type markRecord struct {
	Mark blob.Mark `cbor:"1,keyasint"`
}

func scrubKey() []byte { return []byte{prefixScrub} }

func markKey() []byte { return []byte{prefixMark} }

func segmentKey(segment blob.Segment) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefixSegment}, uint64(segment))
}

func parseSegmentKey(key []byte) (blob.Segment, error) {
	if len(key) != 9 {
		return 0, fmt.Errorf("content: registration has the malformed key %x", key)
	}
	return blob.Segment(binary.BigEndian.Uint64(key[1:])), nil
}

func referenceKey(id blob.ID) []byte { return appendID([]byte{prefixReference}, id) }

func inlineKey(id blob.ID) []byte { return appendID([]byte{prefixInline}, id) }

func garbageKey(notBefore time.Time, id blob.ID) []byte {
	return appendID(garbageBound(notBefore), id)
}

// garbageBound is the least key of the garbage queue at or after a time.
func garbageBound(notBefore time.Time) []byte {
	millis := uint64(max(notBefore.UnixMilli(), 0))
	return binary.BigEndian.AppendUint64([]byte{prefixGarbage}, millis)
}

func parseGarbageKey(key []byte) (notBefore time.Time, id blob.ID, err error) {
	if len(key) != 21 {
		return time.Time{}, blob.ID{}, fmt.Errorf("content: garbage has the malformed key %x", key)
	}
	notBefore = time.UnixMilli(int64(binary.BigEndian.Uint64(key[1:])))
	return notBefore, blob.ID{
		Segment: blob.Segment(binary.BigEndian.Uint64(key[9:])),
		Number:  binary.BigEndian.Uint32(key[17:]),
	}, nil
}

func uploadKey(u Upload) []byte { return appendID([]byte{prefixUpload}, u.id()) }

func manifestKey(u Upload) []byte { return appendID([]byte{prefixManifest}, u.id()) }

// partKey is the key of a part; that of number 0, which no part has, comes before
// all parts of its upload.
func partKey(u Upload, number int) []byte {
	return binary.BigEndian.AppendUint16(appendID([]byte{prefixPart}, u.id()), uint16(number))
}

func parsePartKey(key []byte) (number int, err error) {
	if len(key) != 15 {
		return 0, fmt.Errorf("content: part has the malformed key %x", key)
	}
	return int(binary.BigEndian.Uint16(key[13:])), nil
}

// partsGarbageKey is the key of an entry as garbageKey is of one for a blob.
func partsGarbageKey(notBefore time.Time, u Upload) []byte {
	key := garbageKey(notBefore, u.id())
	key[0] = prefixPartsGarbage
	return key
}

func appendID(key []byte, id blob.ID) []byte {
	key = binary.BigEndian.AppendUint64(key, uint64(id.Segment))
	return binary.BigEndian.AppendUint32(key, id.Number)
}
