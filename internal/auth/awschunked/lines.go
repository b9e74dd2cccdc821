package awschunked

import (
	"bufio"
	"bytes"
	"slices"
)

// header reads the header of a chunk: its size and, in a signed body, its
// signature.
func (r *Reader) header() (size int64, err error) {
	line, err := r.line(maxLine)
	if err != nil {
		return 0, err
	}
	line, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok {
		return 0, ErrFraming
	}
	if r.verify == nil {
		return parseSize(line)
	}
	digits, signature, ok := bytes.Cut(line, []byte(signatureExtension))
	if !ok {
		return 0, ErrFraming
	}
	if size, err = parseSize(digits); err != nil {
		return 0, err
	}
	if !isSignature(signature) {
		return 0, ErrChunkSignature
	}
	copy(r.signature[:], signature)
	return size, nil
}

// parseSize reads up to 16 hexadecimal digits. A number that is none of an int64 is
// ErrChunkTooLarge.
func parseSize(digits []byte) (int64, error) {
	if len(digits) == 0 || len(digits) > 16 {
		return 0, ErrFraming
	}
	var size uint64
	for _, c := range digits {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, ErrFraming
		}
		size = size<<4 | uint64(c)
	}
	if size > 1<<63-1 {
		return 0, ErrChunkTooLarge
	}
	return int64(size), nil
}

func isSignature(text []byte) bool {
	if len(text) != signatureSize {
		return false
	}
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// trailer is one trailing header.
type trailer struct{ name, value string }

// readTrailer reads the trailing headers and the empty line behind them.
func (r *Reader) readTrailer() error {
	signed := false
	for {
		line, err := r.line(maxTrailerLine)
		if err != nil {
			return err
		}
		if len(line) == 2 && line[0] == '\r' {
			break
		}
		if signed {
			return ErrTrailer // the signature is the last one
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		if !ok {
			return ErrTrailer
		}
		if r.verify != nil && string(bytes.ToLower(name)) == trailerSignature {
			r.sum.Sum(r.digest[:0])
			if !isSignature(value) || !r.verify.Trailer(r.digest, value) {
				return ErrTrailerSignature
			}
			signed = true
		} else if err := r.addTrailer(string(bytes.ToLower(name)), string(value)); err != nil {
			return err
		}
		// minio-go ends each header with a line feed, as it is signed, and then the
		// line with another end.
		if !bytes.HasSuffix(line, []byte("\r\n")) {
			if err := r.skipLineEnd(); err != nil {
				return err
			}
		}
	}
	if len(r.trailers) != len(r.announced) {
		return ErrTrailerMissing
	}
	if r.verify != nil && !signed && len(r.announced) > 0 {
		return ErrTrailerSignature
	}
	return nil
}

// addTrailer takes one header of the trailer down. Each name that was announced is
// there once at most, so that the count says whether all came.
func (r *Reader) addTrailer(name, value string) error {
	if !slices.Contains(r.announced, name) {
		return ErrTrailer
	}
	for _, t := range r.trailers {
		if t.name == name {
			return ErrTrailer
		}
	}
	r.trailers = append(r.trailers, trailer{name, value})
	if r.sum != nil {
		r.sum.Write([]byte(name + ":" + value + "\n"))
	}
	return nil
}

// lineEnd reads the line end behind a chunk's data.
func (r *Reader) lineEnd() error {
	for _, want := range []byte("\r\n") {
		got, err := r.body.ReadByte()
		if err != nil {
			return early(err)
		}
		if got != want {
			return ErrFraming
		}
	}
	return nil
}

// skipLineEnd reads a line end if one is next.
func (r *Reader) skipLineEnd() error {
	next, err := r.body.Peek(2)
	if err != nil {
		return early(err)
	}
	if string(next) == "\r\n" {
		r.body.Discard(2)
	}
	return nil
}

// line returns the next line with its line feed, at most limit bytes. It is valid
// until the next read.
func (r *Reader) line(limit int) ([]byte, error) {
	line, err := r.body.ReadSlice('\n')
	if err == bufio.ErrBufferFull || len(line) > limit {
		return nil, ErrFraming
	}
	if err != nil {
		return nil, early(err)
	}
	return line, nil
}
