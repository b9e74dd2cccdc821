package fileblob

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/blob"
)

// FuzzFooter reads footers as they may stand on a damaged disk: one that differs in
// anything but the checksum is none.
func FuzzFooter(f *testing.F) {
	f.Add(footer(7, 8), int64(7))
	f.Add(footer(7, 8), int64(6))
	f.Add(make([]byte, footerSize), int64(0))
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		if len(b) != footerSize {
			return
		}
		sum, err := parseFooter(b, size)
		if err != nil && !errors.Is(err, blob.ErrDamaged) || err == nil && !bytes.Equal(footer(size, sum), b) {
			t.Errorf("%x of %d bytes is %x, %v", b, size, sum, err)
		}
		if sum, err := readFooter(bytes.NewReader(append(make([]byte, 5), b...)), 5); (err == nil) != (bytes.Equal(footer(5, sum), b)) {
			t.Errorf("%x of 5 bytes is %x, %v", b, sum, err)
		}
	})
}

// FuzzParseMark reads the names of marks: one that is read is the one that is written.
func FuzzParseMark(f *testing.F) {
	f.Add(markPrefix + blob.Mark{1, 2, 3}.String())
	f.Add(markPrefix + blob.Mark{}.String())
	f.Add(markPrefix + "ABCDEF")
	f.Fuzz(func(t *testing.T, name string) {
		m, err := parseMark(name)
		if err != nil && !errors.Is(err, blob.ErrDamaged) || err == nil && m == (blob.Mark{}) {
			t.Errorf("%q is %s, %v", name, m, err)
		}
		if err == nil && markPrefix+m.String() != markPrefix+strings.TrimPrefix(name, markPrefix) {
			t.Errorf("%q is %s", name, m)
		}
	})
}
