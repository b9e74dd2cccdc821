// Package awschunked reads the aws-chunked content encoding: a body in chunks, each
// of which may be signed, with headers that may trail it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
package awschunked

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

// What a body can have wrong with it. Other errors are those of the reader below.
var (
	// ErrIncomplete is a body that ended before its last chunk and trailer did.
	ErrIncomplete = errors.New("awschunked: body ends early")
	// ErrFraming is a body that is no sequence of chunks, or has something behind it.
	ErrFraming = errors.New("awschunked: malformed chunk")
	// ErrChunkTooLarge is a chunk larger than Options.MaxChunk.
	ErrChunkTooLarge = errors.New("awschunked: chunk too large")
	// ErrDecodedLength is a payload longer or shorter than was declared.
	ErrDecodedLength = errors.New("awschunked: payload is not of the declared length")
	// ErrChunkSignature is a chunk whose signature is not that of its data, or is not a
	// signature.
	ErrChunkSignature = errors.New("awschunked: chunk signature does not match")
	// ErrTrailer is a trailer that is malformed, too large, twice there or not
	// announced.
	ErrTrailer = errors.New("awschunked: malformed or unannounced trailer")
	// ErrTrailerMissing is an announced trailer that did not come.
	ErrTrailerMissing = errors.New("awschunked: an announced trailer is missing")
	// ErrTrailerSignature is a trailer whose signature is missing or does not match.
	ErrTrailerSignature = errors.New("awschunked: trailer signature does not match")
)

// ChunkSizeError is a chunk with fewer bytes than Options.MinChunk that is not the last
// one with data.
type ChunkSizeError struct {
	// Chunk is the number of the chunk behind it, counted from 1, as Amazon tells it.
	Chunk int
	Size  int64 // in bytes
}

// Error implements error.
func (e *ChunkSizeError) Error() string {
	return fmt.Sprintf("awschunked: the chunk before chunk %d has only %d bytes", e.Chunk, e.Size)
}

// DefaultMaxChunk is the size of the largest object that S3 takes in one request,
// which some clients send as one chunk: 5 GiB.
const DefaultMaxChunk = 5 << 30

const (
	bufferSize = 4 << 10
	// fullLine is the length of the longest chunk header that is right: a size of 16
	// digits, the signature extension and the line's end. maxLine is how much is read
	// to tell a header with a wrong signature from a malformed one.
	fullLine       = 16 + len(signatureExtension) + signatureSize + 2
	maxLine        = 1 << 10
	signatureSize  = 2 * sha256.Size
	maxTrailers    = 16
	maxTrailerLine = 1 << 10

	signatureExtension = ";chunk-signature="
	trailerSignature   = "x-amz-trailer-signature"
)

// Verifier verifies the signatures of a stream, in the order in which they come:
// each is signed with the one before it. Both methods get a signature as it stands
// in the body, 64 hexadecimal digits that are overwritten after the call, and
// compare in constant time.
type Verifier interface {
	// Chunk reports whether signature is that of the next chunk, whose data has the
	// SHA-256 sum.
	Chunk(sum [sha256.Size]byte, signature []byte) bool
	// Trailer reports whether signature is that of the trailer, which has the
	// SHA-256 sum: of "name:value\n" for each header but the signature.
	Trailer(sum [sha256.Size]byte, signature []byte) bool
}

// Options says what a body claims to be.
type Options struct {
	// DecodedLength is the length of the payload in bytes, from
	// x-amz-decoded-content-length; -1 if the client did not say.
	DecodedLength int64
	// Verifier verifies the signatures of chunks and trailer. Nil is a body without
	// signatures, in which one is ErrFraming.
	Verifier Verifier
	// Trailer says that the body ends in a trailer: the STREAMING modes whose name
	// ends in -TRAILER.
	Trailer bool
	// Trailers are the names that x-amz-trailer announces, in lower case. Each must
	// come, once, and nothing else may. Where none is announced, the trailer needs no
	// signature.
	Trailers []string
	// MinChunk is the least size in bytes of a chunk behind which another one with
	// data comes.
	MinChunk int64
	// MaxChunk bounds the size of a chunk; 0 is DefaultMaxChunk.
	MaxChunk int64
}

// Reader yields the payload of an aws-chunked body.
//
// It yields the data of a chunk before it has seen all of it, so what was read must
// be discarded unless Read ends with io.EOF: only then has every signature been
// verified, the last chunk and all announced trailers been seen, and the length
// been as declared.
type Reader struct {
	body   *bufio.Reader
	verify Verifier
	sum    hash.Hash // of the current chunk; nil without a Verifier
	digest [sha256.Size]byte

	minChunk  int64
	maxChunk  int64
	declared  int64 // -1 if unknown
	decoded   int64 // what the chunk headers so far add up to
	number    int   // of the current chunk, from 1; 0 before the first one
	size      int64 // of the current chunk
	remaining int64 // of the current chunk
	inChunk   bool  // a chunk's end is still to come
	signature [signatureSize]byte

	hasTrailer bool
	announced  []string
	trailers   []trailer

	err error // what Read returns from now on
}

// NewReader returns a Reader of body, which must end where the encoding does.
func NewReader(body io.Reader, o Options) *Reader {
	r := &Reader{
		body:       bufio.NewReaderSize(body, bufferSize),
		verify:     o.Verifier,
		minChunk:   o.MinChunk,
		maxChunk:   o.MaxChunk,
		declared:   o.DecodedLength,
		hasTrailer: o.Trailer,
		announced:  o.Trailers,
	}
	if r.maxChunk == 0 {
		r.maxChunk = DefaultMaxChunk
	}
	if r.verify != nil {
		r.sum = sha256.New()
	}
	if len(r.announced) > maxTrailers {
		r.err = ErrTrailer
	}
	return r
}

// Trailer returns a trailing header by its name in lower case, "" if there was
// none. It is "" for all names until Read has returned io.EOF.
func (r *Reader) Trailer(name string) string {
	if r.err != io.EOF {
		return ""
	}
	for _, t := range r.trailers {
		if t.name == name {
			return t.value
		}
	}
	return ""
}

// Read implements io.Reader. Its errors are io.EOF, those of this package and
// those of the body.
func (r *Reader) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.err == nil && n < len(p) {
		// What is there goes out before waiting for more: at the end of a chunk, for
		// its line end and another header.
		need := 1
		if r.remaining == 0 {
			need = 2 + fullLine
		}
		if n > 0 && r.body.Buffered() < need {
			return n, nil
		}
		if r.remaining == 0 {
			r.err = r.next()
			continue
		}
		n += r.readData(p[n:])
	}
	if n == len(p) && r.err == nil {
		return n, nil
	}
	return n, r.err
}

// readData reads data of the current chunk.
func (r *Reader) readData(p []byte) int {
	if int64(len(p)) > r.remaining {
		p = p[:r.remaining]
	}
	n, err := r.body.Read(p)
	r.remaining -= int64(n)
	if r.sum != nil {
		r.sum.Write(p[:n])
	}
	if err != nil {
		r.err = early(err)
	}
	return n
}

// next ends the chunk whose data has been read, if any, and begins another one. It
// returns io.EOF after the last one.
func (r *Reader) next() error {
	if r.inChunk {
		r.inChunk = false
		if err := r.lineEnd(); err != nil {
			return err
		}
		if err := r.verifyChunk(); err != nil {
			return err
		}
	}
	size, err := r.header()
	if err != nil {
		return err
	}
	r.number++
	switch {
	case size > r.maxChunk:
		return ErrChunkTooLarge
	case size > 0 && r.number > 1 && r.size < r.minChunk:
		return &ChunkSizeError{Chunk: r.number, Size: r.size}
	}
	if r.declared >= 0 && size > r.declared-r.decoded {
		return ErrDecodedLength
	}
	if size > 0 {
		r.decoded += size
		r.size, r.remaining, r.inChunk = size, size, true
		return nil
	}
	return r.finish()
}

// finish reads what follows the header of the last chunk.
func (r *Reader) finish() error {
	if err := r.verifyChunk(); err != nil {
		return err
	}
	if r.declared >= 0 && r.decoded != r.declared {
		return ErrDecodedLength
	}
	var err error
	if r.hasTrailer {
		err = r.readTrailer()
	} else {
		err = r.lineEnd()
	}
	if err != nil {
		return err
	}
	switch _, err := r.body.ReadByte(); err {
	case nil:
		return ErrFraming
	case io.EOF:
		return io.EOF
	default:
		return early(err)
	}
}

func (r *Reader) verifyChunk() error {
	if r.verify == nil {
		return nil
	}
	r.sum.Sum(r.digest[:0])
	r.sum.Reset()
	if !r.verify.Chunk(r.digest, r.signature[:]) {
		return ErrChunkSignature
	}
	return nil
}

// early turns the end of the body into what it means where more had to come.
func early(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrIncomplete
	}
	return err
}
