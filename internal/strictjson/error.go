package strictjson

import "strconv"

// Problem is why a document is refused.
type Problem uint8

const (
	// TooLarge: the document has more bytes than Options.Size.
	TooLarge Problem = iota + 1
	// Malformed: the document is not one value of JSON in UTF-8.
	Malformed
	// TooDeep: arrays and objects are nested deeper than Options.Depth.
	TooDeep
	// TooManyValues: there are more than 16,384 values.
	TooManyValues
	// DuplicateName: Name comes twice in an object.
	DuplicateName
	// WrongKind: the value of Name, or the whole where Name is "", is of another kind
	// than the wanted one.
	WrongKind
	// UnknownName: the object may not have the name Name.
	UnknownName
)

// Error says why a document is refused.
type Error struct {
	Problem Problem
	// Name is the name that the problem is about, "" for none.
	Name string
	// Offset is how many bytes of the document had been read when the problem was
	// found, 0 where a problem is found after reading.
	Offset int
}

func (e *Error) Error() string {
	name := strconv.Quote(e.Name)
	switch e.Problem {
	case TooLarge:
		return "the document is larger than " + strconv.Itoa(e.Offset) + " bytes"
	case Malformed:
		return "the document is not JSON in UTF-8" + e.at()
	case TooDeep:
		return "the document is nested too deeply" + e.at()
	case TooManyValues:
		return "the document has more than " + strconv.Itoa(maxValues) + " values"
	case DuplicateName:
		return "the name " + name + " comes twice in an object" + e.at()
	case UnknownName:
		return "the name " + name + " is unknown"
	case WrongKind:
		if e.Name != "" {
			return "the value of " + name + " is of the wrong kind"
		}
		return "the document is of the wrong kind"
	}
	return "the document is refused"
}

// at says where.
func (e *Error) at() string { return ", at byte " + strconv.Itoa(e.Offset) }
