package s3

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

// count reads the value of a parameter or header that bounds how many entries a page
// has. One that is missing, or empty, means the most, as does everything above it.
func count(name, value string, most int) (int, error) {
	if value == "" {
		return most, nil
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || value[0] == '+' {
		return 0, invalidArgument("Provided "+name+" not an integer or within integer range", name, value)
	}
	if n < 0 {
		if name == "max-keys" {
			name = "maxKeys" // Amazon's spelling where the number is the error
		}
		return 0, invalidArgument("Argument "+name+" must be an integer between 0 and 2147483647", name, strconv.FormatInt(n, 10))
	}
	return min(int(n), most), nil
}

// The checks of arguments, each of one value by itself. They answer what the functions
// answer that read the value for the handler.

func isCount(name, value string) error {
	_, err := count(name, value, 0)
	return err
}

func isBucketCount(name, value string) error {
	if n, err := count(name, value, object.MaxBucketPage); err != nil || n == 0 && value != "" {
		return invalidArgument("Argument max-buckets must be an integer between 1 and 10000", name, value)
	}
	return nil
}

func isText(name, value string) error {
	if !utf8.ValidString(value) {
		return invalidArgument("The parameter is not valid UTF-8", name, "")
	}
	return nil
}

func isEncoding(name, value string) error {
	if !strings.EqualFold(value, "url") {
		return invalidArgument("Invalid Encoding Method specified in Request", name, value)
	}
	return nil
}

func isListType(name, value string) error {
	if value != "2" {
		return invalidArgument("The list-type is not 2", name, value)
	}
	return nil
}

func isToken(name, value string) error {
	if _, err := decodeToken(value); err != nil || value == "" {
		return invalidArgument("The continuation token provided is incorrect", name, value)
	}
	return nil
}

// isBucketToken is isToken for a list of buckets, where an empty one is the beginning.
func isBucketToken(_, value string) error {
	_, err := decodeToken(value)
	return err
}

func isPartNumber(_, value string) error {
	_, err := parsePartNumber(value)
	return err
}

func isVersionID(name, value string) error {
	if value == "" {
		return invalidArgument("Version id cannot be the empty string", name, value)
	}
	return object.CheckVersionID(value)
}

// isAccount judges the account that is expected to own a bucket. An empty value expects
// any.
func isAccount(_, value string) error {
	if value != "" && (len(value) != 12 || strings.Trim(value, "0123456789") != "") {
		return errNoAccountID
	}
	return nil
}

func isStorageClass(_, value string) error {
	_, err := parseStorageClass(value)
	return err
}

func isTagHeader(_, value string) error {
	_, err := parseTagHeader(value)
	return err
}

func isDirective(name, value string) error {
	_, err := parseDirective(name, value)
	return err
}

func isCopyRange(_, value string) error {
	_, _, err := copyRange(value, math.MaxInt64)
	return err
}

func isChecksumMode(name, value string) error {
	if !strings.EqualFold(value, "ENABLED") {
		return invalidRequest("Value for " + name + " header is invalid.")
	}
	return nil
}

func isObjectSize(_, value string) error {
	_, err := parseObjectSize(value)
	return err
}

func isOwnership(name, value string) error {
	if value != "" && ownerships[value] == ownershipRemoved {
		return invalidArgument("Invalid x-amz-object-ownership header: "+value, name, value)
	}
	return nil
}

func areAttributes(_, value string) error {
	_, err := parseAttributeNames(value)
	return err
}

// isHeaderValue judges what a parameter makes the value of a header.
func isHeaderValue(name, value string) error {
	_, err := parseOverride(name, value)
	return err
}

// isGrants judges a header with grants. Whether the accounts that it names exist is
// looked up later.
func isGrants(name, value string) error {
	list, err := appendGrants(nil, value, &headerGrant{header: name})
	if err != nil {
		return err
	}
	for _, g := range list {
		if g.Group == access.NoGroup && g.CanonicalID != anonymousOwner.CanonicalID && !isCanonicalID(g.CanonicalID) {
			return invalidArgument("Invalid id", "id", g.CanonicalID)
		}
	}
	return nil
}
