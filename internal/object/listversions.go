package object

import "context"

// ListVersionsInput says which versions to list.
type ListVersionsInput struct {
	Bucket Bucket
	// Prefix, Delimiter and Max are as in ListInput; Max counts versions, delete
	// markers and common prefixes.
	Prefix, Delimiter string
	// KeyMarker is the key or common prefix that the list continues behind. With
	// a VersionIDMarker it continues behind that version of the key.
	KeyMarker, VersionIDMarker string
	Max                        int
}

// VersionPage is a part of a list of versions.
type VersionPage struct {
	// Versions are in byte order of their keys, newest first of each, delete
	// markers among them. All have VersionID and Latest; none has Headers,
	// Metadata or Tags here. Prefixes are in byte order.
	Versions []Object
	Prefixes []string
	// Truncated says that there is more, behind NextKey and NextVersionID: the
	// KeyMarker and VersionIDMarker of the next page.
	Truncated     bool
	NextKey       string
	NextVersionID string
}

// ListVersions lists what a bucket has and had: ErrNoSuchBucket,
// *InvalidVersionIDError for a VersionIDMarker. Its cost follows what it returns.
func (s *Service) ListVersions(ctx context.Context, in ListVersionsInput) (VersionPage, error) {
	panic("contract")
}
