package sigv4

import (
	"encoding/hex"
	"time"
)

const (
	chunkAlgorithm   = "AWS4-HMAC-SHA256-PAYLOAD"
	trailerAlgorithm = "AWS4-HMAC-SHA256-TRAILER"
)

// ChunkStringToSign appends the string to sign for one chunk of a body that is
// signed in chunks (STREAMING-AWS4-HMAC-SHA256-PAYLOAD): previous is the signature
// of the chunk before it, or, for the first one, of the request (the seed), sum the
// SHA-256 of the chunk's data.
func ChunkStringToSign(dst []byte, t time.Time, scope Scope, previous Signature, sum [32]byte) []byte {
	dst = appendStreamHead(dst, chunkAlgorithm, t, scope, previous)
	dst = append(dst, EmptyPayload+"\n"...)
	return hex.AppendEncode(dst, sum[:])
}

// TrailerStringToSign appends the string to sign for the trailing headers of a body
// that is signed in chunks (STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER): previous is
// the signature of the last, empty chunk, sum the SHA-256 of the trailing headers
// but x-amz-trailer-signature, each as NAME:VALUE and a line feed, the name in lower
// case, without spaces around the value.
func TrailerStringToSign(dst []byte, t time.Time, scope Scope, previous Signature, sum [32]byte) []byte {
	dst = appendStreamHead(dst, trailerAlgorithm, t, scope, previous)
	return hex.AppendEncode(dst, sum[:])
}

func appendStreamHead(dst []byte, algorithm string, t time.Time, scope Scope, previous Signature) []byte {
	dst = append(dst, algorithm...)
	dst = append(dst, '\n')
	dst = AppendTime(dst, t)
	dst = append(dst, '\n')
	dst = scope.Append(dst)
	dst = append(dst, '\n')
	dst = append(dst, previous[:]...)
	return append(dst, '\n')
}

// Chain signs the chunks of one body in their order: each signature depends on
// those before it. It is not for concurrent use.
type Chain struct {
	key      Key
	time     time.Time
	scope    Scope
	previous Signature
}

// NewChain returns the chain of a request that was made at t and whose own
// signature is seed.
func NewChain(key Key, t time.Time, scope Scope, seed Signature) *Chain {
	return &Chain{key: key, time: t, scope: scope, previous: seed}
}

// Chunk returns the signature of the next chunk, whose data has the SHA-256 sum.
func (c *Chain) Chunk(sum [32]byte) Signature {
	var buf [384]byte
	c.previous = c.key.Sign(ChunkStringToSign(buf[:0], c.time, c.scope, c.previous, sum))
	return c.previous
}

// Trailer returns the signature of the trailing headers, which come after the last
// chunk: sum is as in [TrailerStringToSign].
func (c *Chain) Trailer(sum [32]byte) Signature {
	var buf [384]byte
	c.previous = c.key.Sign(TrailerStringToSign(buf[:0], c.time, c.scope, c.previous, sum))
	return c.previous
}
