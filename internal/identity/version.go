package identity

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// CreatePolicyVersion adds a version, and makes it the one in force if
// setDefault is true. A sixth is *LimitExceededError. Other errors are those of
// CreatePolicy, and *ReadOnlyError.
func (s *Store) CreatePolicyVersion(ctx context.Context, account, arn, document string, setDefault bool) (PolicyVersion, error) {
	if err := s.aws.readOnly(arn); err != nil {
		return PolicyVersion{}, err
	}
	if err := s.checkManaged(document); err != nil {
		return PolicyVersion{}, err
	}
	now := s.now()
	var version PolicyVersion
	err := s.changePolicy(ctx, account, arn, true, func(txn kv.Txn, rec *policyRecord) error {
		if len(rec.Versions) >= maxVersions {
			return &LimitExceededError{Quota: "VersionsPerPolicy", Max: maxVersions}
		}
		rec.Last++
		rec.Versions = append(rec.Versions, versionInfo{Number: rec.Last, Created: now.Unix()})
		rec.Updated = now.Unix()
		if setDefault {
			rec.Default = rec.Last
		}
		version = PolicyVersion{ID: versionID(rec.Last), Document: document, Default: setDefault, Created: now}
		err := record.Set(txn, versionKey(rec.ID, rec.Last), versionRecord{document})
		return err
	})
	if err != nil {
		return PolicyVersion{}, err
	}
	return version, nil
}

// PolicyVersion returns a version of a managed policy, such as v1.
func (s *Store) PolicyVersion(ctx context.Context, account, arn, version string) (PolicyVersion, error) {
	versions, err := s.PolicyVersions(ctx, account, arn)
	if err != nil {
		return PolicyVersion{}, err
	}
	i := slices.IndexFunc(versions, func(v PolicyVersion) bool { return v.ID == version })
	if i < 0 {
		return PolicyVersion{}, noSuch(SubjectPolicyVersion, version)
	}
	return versions[i], nil
}

// PolicyVersions returns all versions of a managed policy (five at most), the
// newest first.
func (s *Store) PolicyVersions(ctx context.Context, account, arn string) ([]PolicyVersion, error) {
	if aws, ok := s.aws.byARN[arn]; ok {
		return []PolicyVersion{{ID: versionID(aws.version), Document: aws.document, Default: true, Created: seconds(aws.created)}}, nil
	}
	var versions []PolicyVersion
	err := s.view(ctx, func(r kv.Reader) error {
		versions = nil
		rec, err := getPolicy(r, account, arn)
		if err != nil {
			return err
		}
		for _, v := range slices.Backward(rec.Versions) {
			document, err := getDocument(r, rec.ID, v.Number)
			if err != nil {
				return err
			}
			versions = append(versions, PolicyVersion{
				ID: versionID(v.Number), Document: document, Default: v.Number == rec.Default, Created: seconds(v.Created),
			})
		}
		return nil
	})
	return versions, err
}

// SetDefaultPolicyVersion puts a version in force.
func (s *Store) SetDefaultPolicyVersion(ctx context.Context, account, arn, version string) error {
	now := s.now().Unix()
	return s.changePolicy(ctx, account, arn, false, func(_ kv.Txn, rec *policyRecord) error {
		i, err := findVersion(rec, version)
		if err != nil {
			return err
		}
		rec.Default, rec.Updated = rec.Versions[i].Number, now
		return nil
	})
}

// DeletePolicyVersion deletes a version; the default one is
// *DeleteConflictError.
func (s *Store) DeletePolicyVersion(ctx context.Context, account, arn, version string) error {
	now := s.now().Unix()
	return s.changePolicy(ctx, account, arn, false, func(txn kv.Txn, rec *policyRecord) error {
		i, err := findVersion(rec, version)
		if err != nil {
			return err
		}
		number := rec.Versions[i].Number
		if number == rec.Default {
			return &DeleteConflictError{SubjectPolicyVersion, version, "make another version the default one"}
		}
		rec.Versions, rec.Updated = slices.Delete(rec.Versions, i, i+1), now
		txn.Delete(versionKey(rec.ID, number))
		return nil
	})
}

func versionID(number uint32) string { return "v" + strconv.FormatUint(uint64(number), 10) }

// findVersion returns the index of a version such as v1.
func findVersion(rec *policyRecord, version string) (int, error) {
	digits, ok := strings.CutPrefix(version, "v")
	number, err := strconv.ParseUint(digits, 10, 32)
	if ok && err == nil && versionID(uint32(number)) == version {
		if i := rec.version(uint32(number)); i >= 0 {
			return i, nil
		}
	}
	return 0, noSuch(SubjectPolicyVersion, version)
}

// getDocument returns the document of a version that a policy's record names.
func getDocument(r kv.Reader, policy string, number uint32) (string, error) {
	var rec versionRecord
	found, err := record.Get(r, versionKey(policy, number), &rec)
	if err == nil && !found {
		err = &record.DamagedError{Key: versionKey(policy, number)}
	}
	return rec.Document, err
}
