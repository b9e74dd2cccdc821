package access

import (
	"slices"
	"strings"
)

// Key is a condition key that policies may name. keyTable has them all: what a
// policy may say when it is put, what the protocols have to tell and what
// docs/condition-keys.md lists come from there.
type Key struct {
	// Name is as Amazon spells it; keys have no case. That of a family ends in a
	// slash, after which comes a tag's key.
	Name string
	Type Type
	// Where are the requests that can have a value, none for a key of a feature
	// that is not here.
	Where Where
	// Feature is what is not here, if Where is zero.
	Feature string
	// Actions are those that the key applies to, with blanks between them: "" for
	// all of its service or, of global keys, of all services.
	Actions string
}

// Type is the form of a key's values.
type Type uint8

// The types. Several texts are of one type with one text.
const (
	Text Type = iota + 1
	Number
	Date
	Flag // true or false
	Address
	ARN
)

// Where says in which requests a key can have a value: by protocol and, in S3, by what
// carries the signature.
type Where uint8

// The requests.
const (
	InHeader  Where = 1 << iota // to S3, signed in a header
	InQuery                     // to S3, presigned
	InForm                      // to S3, a signed form
	Unsigned                    // to S3, anonymous
	InIAM                       // to IAM
	InSTS                       // to STS
	InControl                   // to Signet's own API

	signedS3   = InHeader | InQuery | InForm
	anyS3      = signedS3 | Unsigned
	signed     = signedS3 | InIAM | InSTS | InControl
	everywhere = signed | Unsigned
	amazons    = everywhere &^ InControl
)

// Keys returns the table.
func Keys() []Key { return slices.Clone(keyTable) }

// keyIndex finds the rows of keyTable by name in lower case.
var keyIndex = func() map[string]*Key {
	index := make(map[string]*Key, len(keyTable))
	for i := range keyTable {
		index[strings.ToLower(keyTable[i].Name)] = &keyTable[i]
	}
	return index
}()

// findKey returns the row of a key that is in lower case, nil if the key is unknown.
func findKey(key string) *Key {
	if family, tag, ok := strings.Cut(key, "/"); ok {
		if tag == "" {
			return nil
		}
		return keyIndex[family+"/"]
	}
	return keyIndex[key]
}

// serviceOf returns the service that a key or an action belongs to: what stands before its
// colon, in lower case.
func serviceOf(name string) string {
	prefix, _, _ := strings.Cut(name, ":")
	return strings.ToLower(prefix)
}

// servedBy says which requests are about a service's actions, none for a service that
// is not here.
func servedBy(service string) Where {
	switch service {
	case "s3":
		return anyS3
	case "iam":
		return InIAM
	case "sts":
		return InSTS
	case "signet":
		return InIAM | InControl
	}
	return 0
}

// ours are the services that are here.
var ours = []string{"s3", "iam", "sts", "signet"}

// knownBucketKey reports whether a bucket's policy may use that key, which is in
// lower case: the global ones and S3's, those of features that are not here too.
func knownBucketKey(key string) bool {
	switch serviceOf(key) {
	case "aws", "s3":
		return findKey(key) != nil
	}
	return false
}

// ofIssuer reports whether a key says what a token of OpenID Connect says: its prefix
// is the issuer's address.
func ofIssuer(key string) bool {
	issuer := key[:strings.LastIndexByte(key, ':')]
	return strings.ContainsAny(issuer, "./")
}
