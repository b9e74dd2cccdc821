package server

import (
	"context"
	"fmt"

	"github.com/signet-store/signet/internal/content"
)

// How many blobs may be missing for those that refer to them to be removed: either
// that many or that share of all.
const (
	maxMissing        = 100
	maxMissingPercent = 1
)

// compareMarks finds out whether the blobs are those that the records refer to. If
// they are not, what would change anything is refused, and the blobs are left out
// of a check that changes nothing.
func (k *checker) compareMarks(ctx context.Context, dir *directory, contents *content.Inspection) (content.Relation, error) {
	r, err := contents.Relation(ctx)
	if err != nil {
		return r, err
	}
	unavailable := r.Unavailable()
	if unavailable == nil {
		return r, nil
	}
	finding := Finding{Problem: fmt.Sprintf("%s is not the directory that the records refer to: %s; is its disk mounted?", dir.blobs(), unavailable.Reason)}
	switch {
	case r.Proven():
		// The mark alone is lost.
		finding.Problem = fmt.Sprintf("%s bears no mark, and holds the blobs that were looked for", dir.blobs())
		finding.Repairable = true
		if k.Repair {
			if err := contents.Mark(ctx, r); err != nil {
				return r, fmt.Errorf("repair: %w", err)
			}
			finding.Action, finding.Repairable = "repaired", false
			k.result.Repaired++
		}
		return r, k.tell(finding, content.Inconsistent)
	case !k.Repair:
		contents.WithoutBlobs()
		return r, k.tell(finding, content.Damaged)
	case r.Foreign(), r.Strange:
		return r, fmt.Errorf("%s: %s Nothing was changed. If what is in %s is not needed, move it away and make the directory again",
			dir.path, finding.Problem, dir.blobs())
	case !k.AllMissing:
		return r, fmt.Errorf("%s: %s Nothing was changed; 'signet check --remove-damaged --all-missing' removes what it held for good",
			dir.path, finding.Problem)
	}
	return r, nil
}

// tooMuchMissing returns an error where what is missing is all there was, or so
// much that a disk, or a part of one, seems to be missing.
func tooMuchMissing(ctx context.Context, dir *directory, contents *content.Inspection) error {
	missing, referred, err := contents.Missing(ctx)
	if err != nil {
		return err
	}
	most := max(maxMissing, referred*maxMissingPercent/100)
	if missing == 0 || missing < referred && missing <= most {
		return nil
	}
	return fmt.Errorf("%s: %d of %d blobs are missing from %s; is its disk mounted? Nothing was changed; "+
		"'signet check --remove-damaged --all-missing' removes what they held for good", dir.path, missing, referred, dir.blobs())
}
