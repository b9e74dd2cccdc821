package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

const (
	probePurpose = "probe of the key file"
	// resealBatch is how many secrets are sealed again in one transaction.
	resealBatch = 500
)

// Sealed reports whether records hold secrets that a key file sealed.
func Sealed(ctx context.Context, records kv.Store) (sealed bool, err error) {
	err = records.View(ctx, func(r kv.Reader) error {
		_, err := r.Get(fixedKey(fixedProbe))
		sealed = err == nil
		if errors.Is(err, kv.ErrNotFound) {
			return nil
		}
		return err
	})
	return sealed, err
}

// checkSeal finds out whether what is stored opens with the key file, and seals
// it again where another than its first key sealed it: then the others can go.
func (s *Store) checkSeal(ctx context.Context) error {
	fresh, err := s.o.Seal.Seal(s.o.Random, nil, probePurpose)
	if err != nil {
		return err
	}
	current := false
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		probe, err := txn.Get(fixedKey(fixedProbe))
		current = errors.Is(err, kv.ErrNotFound)
		if current {
			txn.Set(fixedKey(fixedProbe), fresh)
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := s.o.Seal.Open(probe, probePurpose); err != nil {
			return ErrWrongSealKey
		}
		current = s.o.Seal.Current(probe)
		return nil
	})
	if err != nil || current {
		return err
	}
	for from := accessKeyKey(""); from != nil; {
		if from, err = s.reseal(ctx, from); err != nil {
			return fmt.Errorf("identity: sealing secrets with the new key: %w", err)
		}
	}
	// Last, so that an interruption is made good for at the next start.
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		txn.Set(fixedKey(fixedProbe), fresh)
		return nil
	})
	if err == nil {
		s.o.Log.Info("stored secrets are sealed with the first key of the key file now; the keys behind it can be removed, which ends the sessions begun with them")
	}
	return err
}

// reseal seals a batch of secrets again, and returns where the next one begins;
// nil is nowhere.
func (s *Store) reseal(ctx context.Context, from []byte) (next []byte, err error) {
	sealed := make(map[string]keyRecord)
	err = s.records.View(ctx, func(r kv.Reader) error {
		return walk(r, accessKeyKey(""), append([]byte(nil), from...), func(key []byte, it kv.Iterator) (bool, error) {
			if len(sealed) == resealBatch {
				return false, nil
			}
			next = append([]byte(nil), key...)
			var rec keyRecord
			if err := record.Decode(key, it.Value(), &rec); err != nil {
				return false, err
			}
			id := string(key[1:])
			secret, err := s.o.Seal.Open(rec.Secret, secretPurpose(id))
			if err != nil {
				return false, &record.DamagedError{Key: next, Err: err}
			}
			rec.Secret, err = s.o.Seal.Seal(s.o.Random, secret, secretPurpose(id))
			sealed[id] = rec
			return true, err
		})
	})
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	// Nobody else writes while the store is being opened.
	return next, s.records.Update(ctx, func(txn kv.Txn) error {
		for id, rec := range sealed {
			if err := record.Set(txn, accessKeyKey(id), rec); err != nil {
				return err
			}
		}
		return nil
	})
}
