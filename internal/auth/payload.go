package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/auth/awschunked"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/checksum"
)

const unsignedPayload = sigv4.UnsignedPayload

// minSignedChunk is the least size in bytes of a signed chunk behind which another one
// with data comes. Amazon bounds unsigned chunks too, which programs that stream what
// they receive cannot keep.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const minSignedChunk = 8 << 10

// payloadMode is how a body is signed.
type payloadMode uint8

const (
	payloadUnsigned payloadMode = iota
	payloadHashed
	payloadChunks
	payloadChunksTrailer
	payloadUnsignedTrailer
)

func (m payloadMode) streaming() bool    { return m >= payloadChunks }
func (m payloadMode) signedChunks() bool { return m == payloadChunks || m == payloadChunksTrailer }
func (m payloadMode) hasTrailer() bool {
	return m == payloadChunksTrailer || m == payloadUnsignedTrailer
}

// payload is what headers say about a body.
type payload struct {
	mode    payloadMode
	value   string            // of x-amz-content-sha256, as it came or would have
	sum     [sha256.Size]byte // payloadHashed
	hash    string            // the same as it came
	trailer []string          // announced, in lower case
}

// parsePayload reads value, which x-amz-content-sha256 has or would have, and what
// belongs to it. Nothing that is unknown passes for unsigned.
func parsePayload(h Fields, value string) (payload, error) {
	p := payload{value: value}
	switch value {
	case sigv4.UnsignedPayload:
		p.mode = payloadUnsigned
	case sigv4.StreamingPayload:
		p.mode = payloadChunks
	case sigv4.StreamingPayloadTrailer:
		p.mode = payloadChunksTrailer
	case sigv4.StreamingUnsignedPayloadTrailer:
		p.mode = payloadUnsignedTrailer
	case "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER":
		return payload{}, &Error{Reason: ErrPayloadUnsupported, Value: value}
	default:
		if len(value) != hex.EncodedLen(sha256.Size) {
			return payload{}, &Error{Reason: ErrContentSHA256Invalid, Value: value}
		}
		if _, err := hex.Decode(p.sum[:], []byte(value)); err != nil {
			return payload{}, &Error{Reason: ErrContentSHA256Invalid, Value: value}
		}
		p.mode, p.hash = payloadHashed, value
	}
	// A mode with a trailer needs none: clients that skip the checksum keep the mode.
	if announced, ok := h.Lookup(amzTrailer); ok {
		// Nothing but one checksum may trail a body.
		if _, isChecksum := checksum.OfHeader(announced); !isChecksum || !p.mode.hasTrailer() {
			return payload{}, &Error{Reason: ErrTrailerHeader, Value: announced}
		}
		p.trailer = []string{strings.ToLower(announced)}
	}
	return p, nil
}

// decodedLength returns the length in bytes of the payload of a streaming body.
func decodedLength(h Fields) (int64, error) {
	length := h.Get(decodedContentLength)
	if length == "" {
		return 0, ErrMissingContentLength
	}
	n, err := strconv.ParseUint(length, 10, 63)
	if err != nil {
		return 0, &Error{Reason: ErrDecodedLength, Value: length}
	}
	return int64(n), nil
}

// chunkVerifier compares the signatures of a streaming body.
type chunkVerifier struct {
	chain       *sigv4.Chain
	accessKeyID string
}

// chunks returns what verifies a body that is signed in chunks; nil for others.
func (c *claim) chunks(p payload, key sigv4.Key, accessKeyID string) *chunkVerifier {
	if !p.mode.signedChunks() {
		return nil
	}
	return &chunkVerifier{
		chain:       sigv4.NewChain(key, c.date, c.credential.Scope, c.signature),
		accessKeyID: accessKeyID,
	}
}

// Chunk implements awschunked.Verifier.
func (v *chunkVerifier) Chunk(sum [sha256.Size]byte, signature []byte) bool {
	return v.chain.Chunk(sum).Equal(sigv4.Signature(signature))
}

// Trailer implements awschunked.Verifier.
func (v *chunkVerifier) Trailer(sum [sha256.Size]byte, signature []byte) bool {
	return v.chain.Trailer(sum).Equal(sigv4.Signature(signature))
}

// setBody gives res the payload of r, whose signature is right.
func (res *Verified) setBody(r *Request, p payload, chunks *chunkVerifier) error {
	if res.Scheme != SchemeNone {
		res.ContentSHA256 = p.value
	}
	if p.mode.streaming() {
		length, err := decodedLength(r.Fields)
		if err != nil {
			return err
		}
		o := awschunked.Options{DecodedLength: length, Trailer: p.mode.hasTrailer(), Trailers: p.trailer}
		b := &chunkedBody{declared: length}
		if chunks != nil {
			o.Verifier, o.MinChunk = chunks, minSignedChunk
			b.accessKeyID = chunks.accessKeyID
		}
		body := r.Body
		if body == nil {
			body = http.NoBody
		}
		b.chunks = awschunked.NewReader(body, o)
		res.Body, res.Length = b, length
		res.Trailer = func(name string) string { return b.chunks.Trailer(strings.ToLower(name)) }
		return nil
	}
	res.setPlainBody(r)
	if p.mode != payloadHashed {
		return nil
	}
	if res.Length == 0 {
		return p.check(sha256.Sum256(nil))
	}
	res.Body = &hashedBody{body: res.Body, sum: sha256.New(), payload: p}
	return nil
}

// setPlainBody gives res a payload that is the body as it came.
func (res *Verified) setPlainBody(r *Request) {
	if r.Body == nil || r.ContentLength == 0 {
		res.Body = http.NoBody
		return
	}
	res.Body, res.Length = &plainBody{body: r.Body, length: r.ContentLength}, r.ContentLength
}

// check compares the SHA-256 of the payload with the declared one, which is no
// secret.
func (p *payload) check(sum [sha256.Size]byte) error {
	if sum != p.sum {
		return &Error{Reason: ErrContentSHA256Mismatch, Value: p.hash, Computed: hex.EncodeToString(sum[:])}
	}
	return nil
}

// plainBody is a body without framing, as long as was declared.
type plainBody struct {
	body   io.Reader
	length int64 // -1 if unknown
	n      int64
	err    error
}

// Read implements io.Reader.
func (b *plainBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.body.Read(p)
	b.n += int64(n)
	switch {
	case b.length >= 0 && b.n > b.length:
		b.err = &Error{Reason: ErrIncompleteBody, Expected: b.length, Provided: b.n}
	case err == io.EOF && b.length >= 0 && b.n < b.length, errors.Is(err, io.ErrUnexpectedEOF):
		b.err = &Error{Reason: ErrIncompleteBody, Expected: b.length, Provided: b.n}
	case err == io.EOF:
		b.err = io.EOF
	case err != nil:
		b.err = BodyError(err)
	}
	return n, b.err
}

// hashedBody ends only when its SHA-256 is the declared one.
type hashedBody struct {
	body    io.Reader
	sum     hash.Hash
	payload payload
	err     error
}

// Read implements io.Reader.
func (b *hashedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.body.Read(p)
	b.sum.Write(p[:n])
	if err == io.EOF {
		if mismatch := b.payload.check([sha256.Size]byte(b.sum.Sum(nil))); mismatch != nil {
			err = mismatch
		}
	}
	b.err = err
	return n, err
}

// chunkedBody is the payload of a body in aws-chunked framing.
type chunkedBody struct {
	chunks      *awschunked.Reader
	accessKeyID string
	declared    int64
	n           int64
	err         error
}

// Read implements io.Reader.
func (b *chunkedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.chunks.Read(p)
	b.n += int64(n)
	if err != nil {
		b.err = b.translate(err)
	}
	return n, b.err
}

func (b *chunkedBody) translate(err error) error {
	if small, ok := errors.AsType[*awschunked.ChunkSizeError](err); ok {
		return &Error{Reason: ErrChunkTooSmall, Chunk: small.Chunk, Provided: small.Size}
	}
	switch {
	case err == io.EOF:
		return io.EOF
	case errors.Is(err, awschunked.ErrIncomplete), errors.Is(err, awschunked.ErrDecodedLength):
		return &Error{Reason: ErrIncompleteBody, Expected: b.declared, Provided: b.n}
	case errors.Is(err, awschunked.ErrFraming), errors.Is(err, awschunked.ErrChunkTooLarge):
		return &Error{Reason: ErrChunkMalformed, Err: err}
	case errors.Is(err, awschunked.ErrChunkSignature), errors.Is(err, awschunked.ErrTrailerSignature):
		return &Error{Reason: ErrChunkSignatureMismatch, AccessKeyID: b.accessKeyID, Err: err}
	case errors.Is(err, awschunked.ErrTrailer), errors.Is(err, awschunked.ErrTrailerMissing):
		return &Error{Reason: ErrTrailerMalformed, Err: err}
	}
	return BodyError(err)
}
