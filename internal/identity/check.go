package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/kv"
)

// Fault is a record that is not as it should be.
type Fault struct {
	Text string
	// Damaged says that something is lost; else records contradict each other.
	Damaged bool
}

// Check reads every record of this package, and compares names with what they
// lead to. An error is one of report or of ctx.
func Check(ctx context.Context, records kv.Store, report func(Fault) error) error {
	return records.View(ctx, func(r kv.Reader) error {
		for _, kind := range []struct {
			prefix byte
			what   string
			record func() any
		}{
			{accountsPrefix, "account", func() any { return new(accountRecord) }},
			{canonicalPrefix, "canonical ID", func() any { return new(idRecord) }},
			{accountNamesPrefix, "name of an account", func() any { return new(idRecord) }},
			{namesPrefix, "name", func() any { return new(nameRecord) }},
			{entitiesPrefix, "user, group or role", func() any { return new(entityRecord) }},
			{keysPrefix, "access key", func() any { return new(keyRecord) }},
			{policiesPrefix, "policy", func() any { return new(policyRecord) }},
			{versionsPrefix, "version of a policy", func() any { return new(versionRecord) }},
			{usesPrefix, "last use of a key", func() any { return new(useRecord) }},
			{providersPrefix, "provider", func() any { return new(providerRecord) }},
		} {
			if err := readKind(ctx, r, kind.prefix, kind.what, kind.record, report); err != nil {
				return err
			}
		}
		return nil
	})
}

// readKind checks the records under one prefix.
func readKind(ctx context.Context, r kv.Reader, prefix byte, what string, record func() any, report func(Fault) error) error {
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
		into := record()
		var fault *Fault
		if err := decode(it.Key(), value, into); err != nil {
			fault = &Fault{Damaged: true, Text: fmt.Sprintf("the record of %s %q is damaged: %v", what, it.Key()[1:], err)}
		} else if missing := leadsNowhere(r, it.Key(), into); missing != "" {
			fault = &Fault{Text: fmt.Sprintf("%s %q leads to %s, which is not there", what, it.Key()[1:], missing)}
		}
		if fault != nil {
			if err := report(*fault); err != nil {
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
func leadsNowhere(r kv.Reader, key []byte, record any) string {
	var target []byte
	switch record := record.(type) {
	case *idRecord:
		target = accountKey(string(*record))
	case *nameRecord:
		if len(key) <= 1+accountSize {
			return "a kind"
		}
		if kind := Kind(key[1+accountSize]); kind == kindPolicy {
			target = policyKey(record.ID)
		} else {
			target = entityKey(record.ID)
		}
	case *keyRecord:
		target = accountKey(record.Account)
		if record.Owner != "" {
			target = entityKey(record.Owner)
		}
	default:
		return ""
	}
	if _, err := r.Get(target); errors.Is(err, kv.ErrNotFound) {
		return string(target[1:])
	}
	return ""
}
