package identity

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/kv"
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
	err := s.changePolicy(ctx, account, arn, true, func(txn kv.Txn, record *policyRecord) error {
		if len(record.Versions) >= maxVersions {
			return &LimitExceededError{Quota: "VersionsPerPolicy", Max: maxVersions}
		}
		record.Last++
		record.Versions = append(record.Versions, versionInfo{Number: record.Last, Created: now.Unix()})
		record.Updated = now.Unix()
		if setDefault {
			record.Default = record.Last
		}
		version = PolicyVersion{ID: versionID(record.Last), Document: document, Default: setDefault, Created: now}
		_, err := set(txn, versionKey(record.ID, record.Last), versionRecord{document})
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
		record, err := getPolicy(r, account, arn)
		if err != nil {
			return err
		}
		for _, v := range slices.Backward(record.Versions) {
			document, err := getDocument(r, record.ID, v.Number)
			if err != nil {
				return err
			}
			versions = append(versions, PolicyVersion{
				ID: versionID(v.Number), Document: document, Default: v.Number == record.Default, Created: seconds(v.Created),
			})
		}
		return nil
	})
	return versions, err
}

// SetDefaultPolicyVersion puts a version in force.
func (s *Store) SetDefaultPolicyVersion(ctx context.Context, account, arn, version string) error {
	now := s.now().Unix()
	return s.changePolicy(ctx, account, arn, false, func(_ kv.Txn, record *policyRecord) error {
		i, err := findVersion(record, version)
		if err != nil {
			return err
		}
		record.Default, record.Updated = record.Versions[i].Number, now
		return nil
	})
}

// DeletePolicyVersion deletes a version; the default one is
// *DeleteConflictError.
func (s *Store) DeletePolicyVersion(ctx context.Context, account, arn, version string) error {
	now := s.now().Unix()
	return s.changePolicy(ctx, account, arn, false, func(txn kv.Txn, record *policyRecord) error {
		i, err := findVersion(record, version)
		if err != nil {
			return err
		}
		number := record.Versions[i].Number
		if number == record.Default {
			return &DeleteConflictError{SubjectPolicyVersion, version, "make another version the default one"}
		}
		record.Versions, record.Updated = slices.Delete(record.Versions, i, i+1), now
		txn.Delete(versionKey(record.ID, number))
		return nil
	})
}

func versionID(number uint32) string { return "v" + strconv.FormatUint(uint64(number), 10) }

// findVersion returns the index of a version such as v1.
func findVersion(record *policyRecord, version string) (int, error) {
	digits, ok := strings.CutPrefix(version, "v")
	number, err := strconv.ParseUint(digits, 10, 32)
	if ok && err == nil && versionID(uint32(number)) == version {
		if i := record.version(uint32(number)); i >= 0 {
			return i, nil
		}
	}
	return 0, noSuch(SubjectPolicyVersion, version)
}

// getDocument returns the document of a version that a policy's record names.
func getDocument(r kv.Reader, policy string, number uint32) (string, error) {
	var record versionRecord
	found, err := get(r, versionKey(policy, number), &record)
	if err == nil && !found {
		err = &damagedError{key: versionKey(policy, number)}
	}
	return record.Document, err
}
