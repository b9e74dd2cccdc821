package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/blob/fileblob"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/kv/pebblekv"
	"github.com/signet-store/signet/internal/object"
)

// inlineSize is the largest object that is kept among the records: one write of
// the log instead of a file of its own.
const inlineSize = 32 << 10

// stores is everything between the disk and the protocols, wired.
type stores struct {
	identity *identity.Store
	objects  *object.Service
	contents *content.Store
	// closers close what was opened, in the order in which it was opened.
	closers []func() error
}

// openStores opens what is in dir: records and blobs, contents on both, objects
// on those.
//
// root returns the root user's access key, and is called when nothing else is in
// the way: it may make one.
func openStores(ctx context.Context, c Config, dir *directory, reserve int64, root func() (identity.RootKey, error)) (s *stores, err error) {
	s = &stores{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	free := func() (int64, error) {
		free, _, err := dir.space()
		return free, err
	}
	fatal := func(err error) { endProcess(c.Log, err) }

	// For the owner only, whatever the data directory itself allows: small objects
	// are among the records.
	if err := makeDirectory(dir.kv()); err != nil {
		return s, err
	}
	records, err := pebblekv.Open(dir.kv(), pebblekv.Options{
		Log:       c.Log.With("part", "kv"),
		Fatal:     fatal,
		Separated: content.SeparatedPrefixes(),
	})
	if err != nil {
		return s, err
	}
	s.closers = append(s.closers, records.Close)
	if err := needKeyFile(ctx, c, dir, records); err != nil {
		return s, err
	}

	blobs, err := fileblob.Open(dir.blobs(), fileblob.Options{
		Reserve: reserve, Free: free, Fatal: fatal, Log: c.Log.With("part", "blob"), Now: c.Now,
	})
	if err != nil {
		return s, err
	}
	s.closers = append(s.closers, blobs.Close)

	contents, err := content.Open(ctx, records, blobs, content.Options{
		InlineSize: inlineSize, Free: free, Reserve: reserve, Log: c.Log.With("part", "content"), Now: c.Now,
	})
	if errors.Is(err, content.ErrStrangeBlobs) {
		return s, fmt.Errorf("the records in %s refer to no blob, and %s holds some: restore %s from a backup; or, if what is in %s is not needed, move it away",
			dir.kv(), dir.blobs(), dir.kv(), dir.blobs())
	}
	if err != nil {
		return s, err
	}
	s.contents = contents
	s.closers = append(s.closers, contents.Close)

	s.objects = object.New(records, contents, object.Options{
		Free: free, Reserve: reserve, Log: c.Log.With("part", "object"), Now: c.Now,
	})
	s.closers = append(s.closers, inBackground(func(ctx context.Context) {
		if err := s.objects.AbortAbandoned(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("uploads to deleted buckets keep their space until the next start", "error", err)
		}
	}))
	if c.ScrubInterval > 0 {
		s.closers = append(s.closers, inBackground(func(ctx context.Context) { s.scrub(ctx, c) }))
	}
	keys, err := sealKeys(c, dir)
	if err != nil {
		return s, err
	}
	key, err := root()
	if err != nil {
		return s, err
	}
	s.identity, err = identity.Open(ctx, records, identity.Options{
		RootKeys: []identity.RootKey{key}, Seal: keys, Free: free, Reserve: reserve,
		Random: rand.Reader, Now: c.Now, Log: c.Log.With("part", "identity"),
	})
	if errors.Is(err, identity.ErrWrongSealKey) {
		return s, fmt.Errorf("the secrets in %s are sealed with a key that %s does not hold: restore the file from its copy, put the line back that was removed, or name the right one with --key-file",
			dir.path, c.keyFile(dir))
	}
	if err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.identity.Close)
	return s, nil
}

// inBackground starts work and returns what ends it and waits for it.
func inBackground(work func(context.Context)) (end func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx)
	}()
	return func() error {
		cancel()
		<-done
		return nil
	}
}

// close closes what was opened last first.
func (s *stores) close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// keys shows identity's access keys to auth.
type keys struct{ identity *identity.Store }

// Key implements auth.Keys.
func (k keys) Key(ctx context.Context, id, token string) (auth.Key, error) {
	found, err := k.identity.Key(ctx, id, token)
	var expired *identity.TokenExpiredError
	switch {
	case errors.Is(err, identity.ErrUnknownKey):
		return auth.Key{}, auth.ErrUnknownKey
	case errors.Is(err, identity.ErrInvalidToken):
		return auth.Key{}, auth.ErrInvalidToken
	case errors.As(err, &expired):
		return auth.Key{}, auth.ErrExpiredToken
	case err != nil:
		return auth.Key{}, err
	}
	return auth.Key{ID: found.ID, Secret: found.Secret.Reveal(), Principal: found.Principal}, nil
}

// endProcess is what follows a failed write of what should be durable: what the
// operating system has in memory is no longer what is on disk, so only a new
// start, which reads the disk, can go on.
func endProcess(log *slog.Logger, err error) {
	log.Error("the disk failed to keep what was written; signet ends, and starts again from what is on disk", "error", err)
	os.Exit(1)
}
