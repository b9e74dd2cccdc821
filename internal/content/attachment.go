package content

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signet-store/signet/internal/blob"
)

const (
	// watchPause is the time between two looks at the mark of blobs that are in
	// reach, awaitPause that of blobs that are not.
	watchPause = 10 * time.Second
	awaitPause = time.Second
)

// attachment says whether the blobs are those of the records.
type attachment struct {
	// failure is why the blobs are out of reach, nil while they are not.
	failure atomic.Pointer[UnavailableError]

	comparing sync.Mutex // held while they are compared
	// bound says that the blobs are told by their mark. Others were last looked for
	// at soughtAt, which costs more.
	bound    bool
	soughtAt time.Time
}

// attach compares records and blobs at the start, and gives them a mark where
// they have none and are proven to belong together. Errors: ErrStrangeBlobs.
func (s *Store) attach(ctx context.Context) error {
	s.attachment.comparing.Lock()
	defer s.attachment.comparing.Unlock()
	r, err := s.relate(ctx)
	if err != nil {
		return err
	}
	if r.Records == (blob.Mark{}) && r.Strange {
		return ErrStrangeBlobs
	}
	if r.Present < r.Sampled && r.Unavailable() == nil {
		s.log.Warn("blobs are missing, so the others are not marked as those of these records; 'signet check' tells which",
			"looked for", r.Sampled, "missing", r.Sampled-r.Present)
	}
	return s.settleRelation(ctx, r)
}

// settleRelation acts on what records and blobs tell. s.attachment.comparing is
// held.
func (s *Store) settleRelation(ctx context.Context, r Relation) error {
	a := &s.attachment
	if r.Records != (blob.Mark{}) {
		s.blobs.Bind(r.Records)
		a.bound = true
	} else if r.Proven() {
		m, err := s.giveMark(ctx, r)
		switch {
		case err == nil:
			s.blobs.Bind(m)
			a.bound = true
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			// A full disk must not keep the server from starting: deletes make room.
			s.log.Warn("the blobs could not be marked; the next start tries again", "error", err)
		}
	}
	s.setReach(asError(r.Unavailable()))
	return nil
}

// Unavailable returns why the blobs are out of reach, nil as long as they are
// not known to be.
func (s *Store) Unavailable() *UnavailableError { return s.attachment.failure.Load() }

// setReach notes why the blobs are out of reach, or that they are not, and logs
// what is new.
func (s *Store) setReach(err error) {
	var failure *UnavailableError
	if err != nil && !errors.As(err, &failure) {
		failure = &UnavailableError{Reason: "they cannot be looked at", Err: err}
	}
	before := s.attachment.failure.Swap(failure)
	switch {
	case before == nil && failure != nil:
		s.log.Error("the blobs are out of reach: larger objects cannot be read or written, and nothing is deleted, until they are back. "+
			"Is their disk mounted?", "reason", failure.Reason, "error", failure.Err)
	case before != nil && failure == nil:
		s.log.Info("the blobs are within reach again")
		signal(s.released)
		signal(s.settled)
	}
}

// reach returns nil unless the blobs are known to be out of reach and still are.
func (s *Store) reach(ctx context.Context) error {
	if s.attachment.failure.Load() == nil {
		return nil
	}
	return s.compare(ctx)
}

// compare looks whether the blobs are within reach. Those who ask meanwhile get
// the last answer.
func (s *Store) compare(ctx context.Context) error {
	a := &s.attachment
	if !a.comparing.TryLock() {
		return asError(a.failure.Load())
	}
	defer a.comparing.Unlock()
	var err error
	switch {
	case a.bound:
		if err = s.blobs.Attached(ctx); err != nil {
			err = blobError(err)
		}
	case a.failure.Load() != nil:
		// They have no mark yet: they are looked for as at the start, however many ask.
		now := s.now()
		if age := now.Sub(a.soughtAt); age >= 0 && age < awaitPause {
			return asError(a.failure.Load())
		}
		a.soughtAt = now
		var r Relation
		if r, err = s.relate(ctx); err == nil {
			return errors.Join(s.settleRelation(ctx, r), asError(a.failure.Load()))
		}
	default:
		return nil
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	s.setReach(err)
	return asError(a.failure.Load())
}

// isUnavailable reports whether err says that the blobs are out of reach.
func isUnavailable(err error) bool {
	_, ok := errors.AsType[*UnavailableError](err)
	return ok
}

// asError returns e as an error, nil for nil.
func asError(e *UnavailableError) error {
	if e == nil {
		return nil
	}
	return e
}

// watch looks at the mark from time to time until ctx is over, so that what
// watches the server learns of a missing disk before anybody reads from it.
func (s *Store) watch(ctx context.Context) {
	for ctx.Err() == nil {
		pause := watchPause
		if s.attachment.failure.Load() != nil {
			pause = awaitPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		_ = s.compare(ctx) // it is noted
	}
}

// blobError translates what blob says into errors of this package, and takes
// note of blobs that are out of reach.
func (s *Store) blobError(err error) error {
	if err == nil {
		return nil
	}
	err = blobError(err)
	if isUnavailable(err) {
		s.setReach(err)
	}
	return err
}

// blobError translates what blob says into errors of this package.
func blobError(err error) error {
	if err == nil {
		return nil
	}
	if detached, ok := errors.AsType[*blob.DetachedError](err); ok {
		return unavailable(detached)
	}
	switch {
	case errors.Is(err, blob.ErrNoSpace):
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	case errors.Is(err, blob.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrGone, err)
	case errors.Is(err, blob.ErrDamaged):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
