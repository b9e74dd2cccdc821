package s3

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/object"
)

// integrity is what a client said of its body, to be verified.
type integrity struct {
	md5 []byte // 16 bytes, or nil
	// algorithm is the checksum to compute and keep; None if the client named
	// none. expected, if not nil, returns its value once the body has ended.
	algorithm checksum.Algorithm
	expected  func() ([]byte, error)
}

// integrity returns what the client said of its body. It may be asked for more than
// once.
func (r *request) integrity() (integrity, error) {
	if r.promised == nil {
		want, err := r.readIntegrity()
		if err != nil {
			return want, err
		}
		r.promised = &want
	}
	return *r.promised, nil
}

// readIntegrity reads Content-MD5, the x-amz-checksum-* headers, and those that
// announce a checksum in the trailer.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
func (r *request) readIntegrity() (integrity, error) {
	want, err := r.integrityMD5()
	if err != nil {
		return want, err
	}
	claimed, err := r.claimChecksum()
	if err != nil {
		return want, err
	}
	if a := claimed.algorithm; a != checksum.None {
		sum, ok := a.Decode(claimed.value)
		if !ok {
			return want, invalidChecksum(a)
		}
		want.algorithm, want.expected = a, func() ([]byte, error) { return sum, nil }
	}
	if err := r.expectTrailer(&want); err != nil {
		return want, err
	}
	if t, ok := r.fields().Lookup("X-Amz-Checksum-Type"); ok && !strings.EqualFold(t, checksum.FullObject.String()) {
		return want, errChecksumType
	}
	return want, r.checkAlgorithm(&want)
}

// integrityMD5 reads Content-MD5 alone.
func (r *request) integrityMD5() (integrity, error) {
	value, ok := r.fields().Lookup("Content-Md5")
	if !ok {
		return integrity{}, nil
	}
	sum, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(sum) != 16 {
		return integrity{}, &failure{reason: errInvalidDigest, value: value}
	}
	return integrity{md5: sum}, nil
}

// claim is the checksum that a header names, as it came.
type claim struct {
	algorithm checksum.Algorithm // None if there is no such header
	value     string
}

// claimChecksum reads the one header that has the value of a checksum.
func (r *request) claimChecksum() (claim, error) {
	var c claim
	for field := range r.fields().All() {
		a, ok := checksum.OfHeader(field.Name)
		if !ok {
			continue
		}
		if c.algorithm != checksum.None {
			return claim{}, errSeveralChecksums
		}
		c = claim{a, field.Value}
	}
	return c, nil
}

// expectTrailer takes the checksum that x-amz-trailer announces. auth has seen
// to it that the trailer arrives.
func (r *request) expectTrailer(want *integrity) error {
	name, ok := r.fields().Lookup("X-Amz-Trailer")
	if !ok {
		return nil
	}
	a, ok := checksum.OfHeader(name)
	if !ok {
		return invalidRequest("The value specified in the x-amz-trailer header is not supported")
	}
	if want.algorithm != checksum.None {
		return errSeveralChecksums
	}
	want.algorithm = a
	want.expected = func() ([]byte, error) {
		sum, ok := a.Decode(r.auth.Trailer(name))
		if !ok {
			return nil, invalidRequest("Value for " + strings.ToLower(name) + " trailing header is invalid.")
		}
		return sum, nil
	}
	return nil
}

// checkAlgorithm holds the two headers that name an algorithm against what came. In the
// query of a presigned URL x-amz-sdk-checksum-algorithm is no header and says nothing:
// SDKs put it there for a body that they have not seen.
func (r *request) checkAlgorithm(want *integrity) error {
	named, err := r.checksumAlgorithm()
	if err != nil {
		return err
	}
	if named != checksum.None {
		if want.algorithm != checksum.None && want.algorithm != named {
			return &object.ChecksumAlgorithmError{Upload: named, Given: want.algorithm}
		}
		want.algorithm = named
	}
	name, ok := r.fields().Lookup("X-Amz-Sdk-Checksum-Algorithm")
	if !ok {
		return nil
	}
	a, ok := checksum.Parse(name)
	if !ok || (want.expected != nil && want.algorithm != a) {
		return invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
	}
	if want.expected == nil {
		return invalidRequest("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	}
	return nil
}

// checksumAlgorithm reads x-amz-checksum-algorithm, the algorithm of the checksum that
// is to be kept: None if there is no such header.
func (r *request) checksumAlgorithm() (checksum.Algorithm, error) {
	name, ok := r.fields().Lookup("X-Amz-Checksum-Algorithm")
	if !ok {
		return checksum.None, nil
	}
	a, ok := checksum.Parse(name)
	if !ok {
		return checksum.None, unsupportedAlgorithm()
	}
	return a, nil
}

// unsupportedAlgorithm refuses an x-amz-checksum-algorithm.
func unsupportedAlgorithm() *failure {
	var names []string
	for _, a := range checksum.Algorithms() {
		names = append(names, a.String())
	}
	slices.Sort(names)
	return invalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [" +
		strings.Join(names, ", ") + "]")
}

// invalidChecksum refuses a header with a value that is no checksum of a.
func invalidChecksum(a checksum.Algorithm) *failure {
	return invalidRequest("Value for " + strings.ToLower(a.Header()) + " header is invalid.")
}
