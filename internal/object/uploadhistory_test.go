package object

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
)

// uploadModel is an upload as S3 describes it.
type uploadModel struct {
	*Upload
	bodies map[int]string
	parts  map[int]Part
}

// uploadHistory drives a store and a model of it: objects, some of which were
// completed from an upload, and uploads.
type uploadHistory struct {
	t       *testing.T
	s       *store
	r       *rand.Rand
	b       Bucket
	objects map[string]string
	open    []*uploadModel
	ended   []*Upload
	// completed is the last completion of a key as long as it is there.
	completed map[string]CompleteUploadInput
}

func TestHistoriesOfUploadsMatchAModel(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newStore(t, storeOptions{inline: 50})
			s.smallParts(1)
			h := &uploadHistory{
				t: t, s: s, r: rand.New(rand.NewPCG(seed, 9)), b: s.createBucket("photos", alice),
				objects: map[string]string{}, completed: map[string]CompleteUploadInput{},
			}
			for range 400 {
				h.step()
				if t.Failed() {
					return
				}
			}
			h.check()
			for key := range h.objects {
				s.delete(h.b, key)
			}
			s.mustKeepNothing(h.b)
		})
	}
}

func (h *uploadHistory) key() string { return string(rune('a' + h.r.IntN(4))) }

func (h *uploadHistory) body() string {
	return fill([]int{1, 20, 50, 51, 400}[h.r.IntN(5)], byte(h.r.IntN(26)))
}

func (h *uploadHistory) step() {
	switch n := h.r.IntN(30); {
	case n < 3 || len(h.open) == 0:
		u := h.s.createUpload(h.b, h.key())
		h.open = append(h.open, &uploadModel{u, map[int]string{}, map[int]Part{}})
	case n < 14:
		h.putPart()
	case n < 19:
		h.complete()
	case n < 20:
		h.completeAgain()
	case n < 21:
		h.abort()
	case n < 22:
		h.useEnded()
	case n < 24:
		key, body := h.key(), h.body()
		h.s.put(h.b, key, body)
		h.becomes(key, body)
	case n < 25:
		h.copy()
	case n < 26:
		key := h.key()
		h.s.delete(h.b, key)
		delete(h.objects, key)
		delete(h.completed, key)
	case n < 28:
		h.s.clock.advance(3 * time.Second)
		if err := h.s.contents.Collect(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	default:
		h.check()
	}
}

func (h *uploadHistory) becomes(key, body string) {
	h.objects[key] = body
	delete(h.completed, key)
}

func (h *uploadHistory) putPart() {
	u := h.open[h.r.IntN(len(h.open))]
	number, body := 1+h.r.IntN(5), h.body()
	u.parts[number], u.bodies[number] = h.s.putPart(h.b, u.Upload, number, body), body
}

// complete completes an upload from some of its parts.
func (h *uploadHistory) complete() {
	i := h.r.IntN(len(h.open))
	u := h.open[i]
	var listed []Part
	body := ""
	for _, number := range slices.Sorted(maps.Keys(u.parts)) {
		if h.r.IntN(4) > 0 {
			listed = append(listed, u.parts[number])
			body += u.bodies[number]
		}
	}
	in := completeInput(h.b, u.Upload, listed...)
	if h.r.IntN(4) == 0 {
		in.Conditions.IfNoneMatch = new("*")
	}
	_, exists := h.objects[u.Key]
	_, err := h.s.CompleteUpload(h.t.Context(), in)
	switch {
	case len(listed) == 0:
		if !errors.Is(err, ErrNoParts) {
			h.t.Errorf("completed from nothing: %v", err)
		}
	case exists && in.Conditions.IfNoneMatch != nil:
		if !sameError(err, &PreconditionError{"If-None-Match"}) {
			h.t.Errorf("completed against the condition: %v", err)
		}
	case err != nil:
		h.t.Errorf("complete: %v", err)
	default:
		h.becomes(u.Key, body)
		h.completed[u.Key] = in
		h.end(i)
	}
}

func (h *uploadHistory) completeAgain() {
	for key, in := range h.completed {
		o, err := h.s.CompleteUpload(h.t.Context(), in)
		if err != nil || o.Size != int64(len(h.objects[key])) {
			h.t.Errorf("completed %s again: %+v, %v", key, o, err)
		}
	}
}

func (h *uploadHistory) abort() {
	i := h.r.IntN(len(h.open))
	h.s.abort(h.b, h.open[i].Upload)
	h.end(i)
}

func (h *uploadHistory) end(i int) {
	h.ended = append(h.ended, h.open[i].Upload)
	h.open = slices.Delete(h.open, i, i+1)
}

// useEnded uses an upload that is none any more.
func (h *uploadHistory) useEnded() {
	if len(h.ended) == 0 {
		return
	}
	u := h.ended[h.r.IntN(len(h.ended))]
	if _, err := h.s.PutPart(h.t.Context(), partInput(h.b, u, 1, h.body())); !errors.Is(err, ErrNoSuchUpload) {
		h.t.Errorf("part of an upload that ended: %v", err)
	}
	if err := h.s.AbortUpload(h.t.Context(), h.b, u); !errors.Is(err, ErrNoSuchUpload) {
		h.t.Errorf("abort of an upload that ended: %v", err)
	}
	if _, err := h.s.ListParts(h.t.Context(), u, 0, 1); !errors.Is(err, ErrNoSuchUpload) {
		h.t.Errorf("parts of an upload that ended: %v", err)
	}
}

// copy copies an object, perhaps onto itself.
func (h *uploadHistory) copy() {
	from, to := h.key(), h.key()
	body, ok := h.objects[from]
	if !ok {
		return
	}
	_, err := h.s.Copy(h.t.Context(), CopyInput{SourceBucket: h.b, Source: h.s.source(h.b, from, ""), Bucket: h.b, Key: to})
	if err != nil {
		h.t.Errorf("copy: %v", err)
	}
	h.becomes(to, body)
}

// check compares all that there is with the model.
func (h *uploadHistory) check() {
	for key := range 4 {
		key := string(rune('a' + key))
		got, ok := h.s.get(h.b, key)
		if want, exists := h.objects[key]; ok != exists || got != want {
			h.t.Errorf("%s has %d bytes, %t, want %d, %t", key, len(got), ok, len(want), exists)
		}
	}
	var ids, listed []string
	for _, u := range h.open {
		ids = append(ids, u.Key+u.ID)
		var want []Part
		for _, number := range slices.Sorted(maps.Keys(u.parts)) {
			want = append(want, u.parts[number])
		}
		if diff := cmp.Diff(want, h.s.listParts(u.Upload)); diff != "" {
			h.t.Errorf("parts (-want +got):\n%s", diff)
		}
	}
	for _, u := range h.s.listUploads(ListUploadsInput{Bucket: h.b, Max: MaxPage}).Uploads {
		listed = append(listed, u.Key+u.ID)
	}
	slices.Sort(ids)
	slices.Sort(listed)
	if !slices.Equal(ids, listed) {
		h.t.Errorf("listed are %q, want %q", listed, ids)
	}
}

// uploader is the only one who uploads to a key. What it knows of itself at some
// moment is its log.
type uploader struct {
	key string
	mu  sync.Mutex
	log uploaderLog
	// rounds counts the acknowledged completions.
	rounds atomic.Int64
}

type uploaderLog struct {
	round      int // of the upload that is under way, from 1 on
	acked      int // the last round that was acknowledged
	upload     *Upload
	parts      []Part // acknowledged
	completing bool
	aborting   bool
}

func (u *uploader) body(round, part int) string {
	return fill(1+(round*part*7919)%900, byte(round)) // inline and blobs
}

func (u *uploader) whole(round int) string {
	var b strings.Builder
	for part := 1; part <= 3; part++ {
		b.WriteString(u.body(round, part))
	}
	return b.String()
}

func (u *uploader) set(change func(*uploaderLog)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change(&u.log)
}

func (u *uploader) get() uploaderLog {
	u.mu.Lock()
	defer u.mu.Unlock()
	l := u.log
	l.parts = slices.Clone(l.parts)
	return l
}

// run uploads one object in parts, or gives it up.
func (u *uploader) run(s *store, b Bucket) error {
	upload, err := s.CreateUpload(s.t.Context(), CreateUploadInput{Bucket: b, Key: u.key})
	if err != nil {
		return err
	}
	round := u.get().round + 1
	u.set(func(l *uploaderLog) {
		*l = uploaderLog{round: round, acked: l.acked, upload: &upload}
	})
	if _, err := s.PutPart(s.t.Context(), partInput(b, &upload, 2, "not this one")); err != nil {
		return err
	}
	for part := 1; part <= 3; part++ {
		p, err := s.PutPart(s.t.Context(), partInput(b, &upload, part, u.body(round, part)))
		if err != nil {
			return err
		}
		u.set(func(l *uploaderLog) { l.parts = append(l.parts, p) })
	}
	if round%4 == 0 {
		u.set(func(l *uploaderLog) { l.aborting = true })
		return s.AbortUpload(s.t.Context(), b, &upload)
	}
	u.set(func(l *uploaderLog) { l.completing = true })
	if _, err := s.CompleteUpload(s.t.Context(), completeInput(b, &upload, u.get().parts...)); err != nil {
		return err
	}
	u.set(func(l *uploaderLog) { l.acked = round })
	u.rounds.Add(1)
	return nil
}

func TestAcknowledgedPartsAndUploadsSurviveACrash(t *testing.T) {
	for seed := range uint64(2) {
		for _, unsynced := range []int{0, 50, 100} {
			t.Run(fmt.Sprintf("seed %d, %d%% unsynced", seed, unsynced), func(t *testing.T) {
				disk := vfs.NewCrashableMem()
				s := newStore(t, storeOptions{fs: disk, inline: 300})
				s.smallParts(1)
				b := s.createBucket("photos", alice)
				uploaders := make([]*uploader, 5)
				for i := range uploaders {
					uploaders[i] = &uploader{key: fmt.Sprintf("key/%d", i)}
				}
				var stop atomic.Bool
				var running sync.WaitGroup
				defer func() {
					stop.Store(true)
					running.Wait()
				}()
				for _, u := range uploaders {
					running.Go(func() {
						for !stop.Load() {
							if err := u.run(s, b); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
				random := rand.New(rand.NewPCG(seed, uint64(unsynced)))
				for crash := range int64(2) {
					waitFor(t, func() bool { return uploaders[0].rounds.Load() >= 3*crash+random.Int64N(6) })
					before, after := make([]uploaderLog, len(uploaders)), make([]uploaderLog, len(uploaders))
					for i, u := range uploaders {
						before[i] = u.get()
					}
					crashed := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsynced, RNG: random})
					for i, u := range uploaders {
						after[i] = u.get()
					}
					checkUploadsAfterCrash(t, crashed, b, uploaders, before, after)
				}
			})
		}
	}
}

// checkUploadsAfterCrash opens what a crash left, between what the uploaders knew
// before it and after it.
func checkUploadsAfterCrash(t *testing.T, disk vfs.FS, b Bucket, uploaders []*uploader, before, after []uploaderLog) {
	t.Helper()
	s := newStore(t, storeOptions{fs: disk, inline: 300})
	defer s.close()
	s.smallParts(1)
	for i, u := range uploaders {
		got, _ := s.get(b, u.key)
		if !u.couldBe(got, before[i].acked, after[i].round) {
			t.Errorf("%s has %d bytes, which is none of rounds %d to %d", u.key, len(got), before[i].acked, after[i].round)
		}
		if before[i].upload == nil || after[i].round != before[i].round {
			continue
		}
		// The upload that was under way then.
		_, found, err := s.Upload(t.Context(), b.Name, u.key, before[i].upload.ID)
		if err != nil {
			t.Fatal(err)
		}
		if found == nil && !after[i].completing && !after[i].aborting {
			t.Errorf("%s: the upload of round %d is lost", u.key, before[i].round)
		}
		if found == nil && after[i].aborting {
			continue
		}
		if found != nil {
			u.mustHold(t, s.listParts(found), before[i].parts)
		}
		if len(before[i].parts) < 3 {
			continue
		}
		// Whether it was completed or not, the client may try (again).
		o, err := s.CompleteUpload(t.Context(), completeInput(b, before[i].upload, before[i].parts...))
		if err != nil {
			t.Errorf("%s: completing round %d after the crash: %v", u.key, before[i].round, err)
			continue
		}
		if got, _ := s.read(b, &o); got != u.whole(before[i].round) {
			t.Errorf("%s: round %d has %d bytes", u.key, before[i].round, len(got))
		}
	}
	uploads := s.listUploads(ListUploadsInput{Bucket: b, Max: MaxPage}).Uploads
	for i := range uploads {
		s.abort(b, &uploads[i])
	}
	for _, u := range uploaders {
		s.delete(b, u.key)
	}
	s.mustKeepNothing(b)
}

// mustHold sees that acknowledged parts are there.
func (u *uploader) mustHold(t *testing.T, stored, acked []Part) {
	t.Helper()
	for _, p := range acked {
		if !slices.ContainsFunc(stored, func(other Part) bool { return cmp.Equal(p, other) }) {
			t.Errorf("%s: part %d is lost", u.key, p.Number)
		}
	}
}

func (u *uploader) couldBe(body string, least, most int) bool {
	if least == 0 && body == "" {
		return true
	}
	for round := least; round <= most; round++ {
		if round > 0 && round%4 > 0 && body == u.whole(round) {
			return true
		}
	}
	return false
}
