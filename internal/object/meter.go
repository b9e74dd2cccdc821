package object

import (
	"crypto/md5"
	"hash"
	"io"
	"sync"

	"github.com/signet-store/signet/internal/checksum"
)

// meter hands a body on and measures it on the way: in one pass its MD5, its
// checksum and its length. It ends with an error as soon as the length cannot
// be right any more.
type meter struct {
	body             io.Reader
	size             int64 // announced, -1 if not
	minimum, maximum int64
	length           int64 // so far

	md5       hash.Hash
	sum       hash.Hash // nil where the checksum is the MD5
	algorithm checksum.Algorithm
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.body.Read(p)
	if n > 0 {
		m.length += int64(n)
		m.md5.Write(p[:n])
		if m.sum != nil {
			m.sum.Write(p[:n])
		}
	}
	if fault := m.fault(err == io.EOF); fault != nil {
		return 0, fault
	}
	return n, err
}

// fault says what is wrong with the length so far, or with the whole.
func (m *meter) fault(ended bool) error {
	if m.size >= 0 && (m.length > m.size || ended && m.length != m.size) {
		return ErrIncompleteBody
	}
	if m.maximum >= 0 && m.length > m.maximum {
		return &EntityTooLargeError{Size: m.length, Max: m.maximum}
	}
	if ended && m.length < m.minimum {
		return &EntityTooSmallError{Size: m.length, Min: m.minimum}
	}
	return nil
}

// sums returns the MD5 and the checksum of what was read.
func (m *meter) sums() (md5, sum []byte) {
	md5 = m.md5.Sum(nil)
	if m.sum == nil {
		return md5, md5
	}
	return md5, m.sum.Sum(nil)
}

// meters reuses the states of hashes, one pool for each checksum.Algorithm.
type meters struct {
	pools [256]sync.Pool
}

func (ms *meters) get(in *PutInput) *meter {
	m, ok := ms.pools[in.Algorithm].Get().(*meter)
	if !ok {
		m = &meter{md5: md5.New(), algorithm: in.Algorithm}
		if in.Algorithm != checksum.MD5 {
			m.sum = in.Algorithm.New()
		}
	}
	m.body, m.size, m.minimum, m.maximum = in.Body, in.Size, in.MinSize, in.MaxSize
	return m
}

func (ms *meters) put(m *meter) {
	m.md5.Reset()
	if m.sum != nil {
		m.sum.Reset()
	}
	*m = meter{md5: m.md5, sum: m.sum, algorithm: m.algorithm}
	ms.pools[m.algorithm].Put(m)
}
