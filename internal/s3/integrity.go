package s3

import (
	"encoding/base64"
	"strings"

	"github.com/signet-store/signet/internal/checksum"
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
	for _, a := range checksum.Algorithms() {
		if value, ok := r.fields().Lookup(a.Header()); ok {
			if err := want.expectValue(a, value); err != nil {
				return want, err
			}
		}
	}
	if err := r.expectTrailer(&want); err != nil {
		return want, err
	}
	if t := r.header("X-Amz-Checksum-Type"); t != "" && !strings.EqualFold(t, "FULL_OBJECT") {
		return want, invalidRequest("Value for x-amz-checksum-type header is invalid.")
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
		return integrity{}, errInvalidDigest
	}
	return integrity{md5: sum}, nil
}

// expectValue takes a checksum from a header.
func (want *integrity) expectValue(a checksum.Algorithm, value string) error {
	if want.algorithm != checksum.None {
		return invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	sum, ok := a.Decode(value)
	if !ok {
		return invalidRequest("Value for " + strings.ToLower(a.Header()) + " header is invalid.")
	}
	want.algorithm, want.expected = a, func() ([]byte, error) { return sum, nil }
	return nil
}

// expectTrailer takes the checksum that x-amz-trailer announces. auth has seen
// to it that the trailer arrives.
func (r *request) expectTrailer(want *integrity) error {
	for name := range strings.SplitSeq(r.header("X-Amz-Trailer"), ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		algorithm, ok := strings.CutPrefix(name, "x-amz-checksum-")
		if !ok {
			continue
		}
		a, ok := checksum.Parse(algorithm)
		if !ok {
			return invalidRequest("The value specified in the x-amz-trailer header is not supported")
		}
		if want.algorithm != checksum.None {
			return invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		want.algorithm = a
		want.expected = func() ([]byte, error) {
			sum, ok := a.Decode(r.auth.Trailer(name))
			if !ok {
				return nil, invalidRequest("Value for " + name + " trailing header is invalid.")
			}
			return sum, nil
		}
	}
	return nil
}

// checkAlgorithm holds x-amz-sdk-checksum-algorithm against what came. A
// presigned URL carries it in the query, where it says nothing: SDKs put it there
// for a body that they have not seen.
func (r *request) checkAlgorithm(want *integrity) error {
	name := fields{r.arrived, r.op}.Get("X-Amz-Sdk-Checksum-Algorithm")
	if name == "" {
		return nil
	}
	a, ok := checksum.Parse(name)
	if !ok || (want.algorithm != checksum.None && want.algorithm != a) {
		return invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
	}
	if want.algorithm == checksum.None {
		return invalidRequest("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	}
	return nil
}
