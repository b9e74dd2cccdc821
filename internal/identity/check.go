package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Fault is a record that is not as it should be.
type Fault struct {
	Text string
	// Damaged says that something is lost. Outdated says that a policy keeps its
	// meaning and would be refused if it were put now. Otherwise records contradict
	// each other.
	Damaged, Outdated bool
}

// Check reads every record of this package, and compares names with what they
// lead to. An error is one of report or of ctx.
func Check(ctx context.Context, records kv.Store, report func(Fault) error) error {
	return records.View(ctx, func(r kv.Reader) error {
		for _, kind := range []struct {
			prefix byte
			what   string
			read   func(ctx context.Context, r kv.Reader, prefix byte, what string, report func(Fault) error) error
		}{
			{accountsPrefix, "account", readKind[accountRecord]},
			{canonicalPrefix, "canonical ID", readKind[idRecord]},
			{accountNamesPrefix, "name of an account", readKind[idRecord]},
			{namesPrefix, "name", readKind[nameRecord]},
			{entitiesPrefix, "user, group or role", readKind[entityRecord]},
			{keysPrefix, "access key", readKind[keyRecord]},
			{policiesPrefix, "policy", readKind[policyRecord]},
			{versionsPrefix, "version of a policy", readKind[versionRecord]},
			{usesPrefix, "last use of a key", readKind[useRecord]},
			{providersPrefix, "provider", readKind[providerRecord]},
		} {
			if err := kind.read(ctx, r, kind.prefix, kind.what, report); err != nil {
				return err
			}
		}
		return nil
	})
}

// readKind checks the records under a prefix, which are of type T.
func readKind[T any](ctx context.Context, r kv.Reader, prefix byte, what string, report func(Fault) error) error {
	it := r.Scan([]byte{prefix}, []byte{prefix + 1})
	defer it.Close()
	for it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		value := it.Value()
		if it.Err() != nil {
			break
		}
		into := new(T)
		var fault *Fault
		if err := record.Decode(it.Key(), value, into); err != nil {
			fault = &Fault{Damaged: true, Text: fmt.Sprintf("the record of %s %q is damaged: %v", what, it.Key()[1:], err)}
		} else if missing := leadsNowhere(r, it.Key(), into); missing != "" {
			fault = &Fault{Text: fmt.Sprintf("%s %q leads to %s, which is not there", what, it.Key()[1:], missing)}
		}
		if fault != nil {
			if err := report(*fault); err != nil {
				return err
			}
			continue
		}
		for _, text := range outdated(it.Key(), into) {
			if err := report(Fault{Outdated: true, Text: text}); err != nil {
				return err
			}
		}
	}
	if err := it.Err(); err != nil {
		return report(Fault{Damaged: true, Text: fmt.Sprintf("records (%s) cannot be read: %v", what, err)})
	}
	return nil
}

// leadsNowhere returns what a record leads to if that is not there.
func leadsNowhere(r kv.Reader, key []byte, rec any) string {
	var target []byte
	switch rec := rec.(type) {
	case *idRecord:
		target = accountKey(string(*rec))
	case *nameRecord:
		if len(key) <= 1+accountSize {
			return "a kind"
		}
		if kind := Kind(key[1+accountSize]); kind == kindPolicy {
			target = policyKey(rec.ID)
		} else {
			target = entityKey(rec.ID)
		}
	case *keyRecord:
		target = accountKey(rec.Account)
		if rec.Owner != "" {
			target = entityKey(rec.Owner)
		}
	default:
		return ""
	}
	if _, err := r.Get(target); errors.Is(err, kv.ErrNotFound) {
		return string(target[1:])
	}
	return ""
}

// outdated returns a sentence for each policy of a record that would be refused if it
// were put now.
func outdated(key []byte, rec any) (texts []string) {
	check := func(document string, kind access.PolicyKind, what string) {
		p, err := access.ParsePolicy([]byte(document), kind)
		if err == nil {
			if err = p.CheckPut(); err != nil {
				texts = append(texts, fmt.Sprintf("%s would be refused if it were put now: %v", what, err))
			}
		}
	}
	switch rec := rec.(type) {
	case *entityRecord:
		for _, inline := range rec.Inline {
			check(inline.Document, access.IdentityPolicy, fmt.Sprintf("inline policy %s of %s", inline.Name, rec.arn()))
		}
		if rec.Kind == KindRole {
			check(rec.Trust, access.TrustPolicy, "the trust policy of "+rec.arn())
		}
	case *versionRecord:
		check(rec.Document, access.IdentityPolicy, fmt.Sprintf("version %q of a managed policy", key[1:]))
	}
	return texts
}
