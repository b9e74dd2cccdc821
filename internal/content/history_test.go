package content

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// TestRandomHistoriesWithCrashes has records refer to contents, as objects do,
// and compares them with a model, through crashes before any operation of the
// file system.
func TestRandomHistoriesWithCrashes(t *testing.T) {
	steps := 250
	if testing.Short() {
		steps = 60
	}
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			h := &history{
				t:     t,
				rng:   rand.New(rand.NewPCG(seed, 1)),
				disk:  &crashDisk{fs: vfs.NewCrashableMem()},
				clock: newClock(),
				model: make(map[string][][]byte),

				uploads: make(map[string][]uploaded),
			}
			h.open()
			for range steps {
				h.step()
				if t.Failed() {
					return
				}
			}
			h.finish()
		})
	}
}

// crashDisk lets the test take the disk away at some operation to come.
type crashDisk struct {
	fs *vfs.MemFS

	mu      sync.Mutex
	in      int // operations until the crash, 0 for none
	percent int // of what was not synced survives
	rng     *rand.Rand
	crashed *vfs.MemFS
}

// MaybeError implements errorfs.Injector.
func (d *crashDisk) MaybeError(op errorfs.Op) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.in == 0 || op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	if d.in--; d.in == 0 {
		d.crash()
	}
	return nil
}

func (d *crashDisk) crash() {
	d.crashed = d.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: d.percent, RNG: d.rng})
}

func (d *crashDisk) String() string { return "crashes" }

func (d *crashDisk) arm(in, percent int, rng *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.in, d.percent, d.rng = in, percent, rng
}

// after returns the disk as it was when it was taken away, or is now.
func (d *crashDisk) after() *vfs.MemFS {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.in = 0
	if d.crashed == nil {
		d.crash()
	}
	return d.crashed
}

// history is one run. model holds what each name's record may hold: one value,
// or several after a crash during a change, nil for no record.
type history struct {
	t     *testing.T
	rng   *rand.Rand
	disk  *crashDisk
	clock *clock
	*system
	drafts int // neither published nor discarded, in this life of the system
	model  map[string][][]byte
	log    []string
	seed   uint64
	// uploads is as model, for those that are not completed.
	uploads map[string][]uploaded
	// uncertain says that a crash may undo what is done now.
	uncertain bool
}

func (h *history) open() {
	o := Options{Random: io.Reader(rand.NewChaCha8([32]byte{byte(h.rng.Uint64()), byte(h.rng.Uint64()), byte(h.rng.Uint64())}))}
	h.system = openSystem(h.t, errorfs.Wrap(h.disk.fs, h.disk), h.clock, o)
	h.segments.limit = 3
	h.drafts = 0
}

func (h *history) note(format string, args ...any) {
	h.log = append(h.log, fmt.Sprintf(format, args...))
}

func (h *history) fatalf(format string, args ...any) {
	h.t.Helper()
	for _, line := range h.log[max(0, len(h.log)-40):] {
		h.t.Log(line)
	}
	h.t.Fatalf(format, args...)
}

func (h *history) check(err error) {
	h.t.Helper()
	if err != nil {
		h.fatalf("%v", err)
	}
}

// payload returns bytes of a size on either side of what is kept inline.
func (h *history) payload() []byte {
	sizes := []int{0, 1, 100, inlineLimit, inlineLimit + 1, 5000, pieceSize + 10}
	h.seed++
	return payload(h.seed, sizes[h.rng.IntN(len(sizes))])
}

func (h *history) name() string { return string(rune('a' + h.rng.IntN(8))) }

func (h *history) step() {
	switch n := h.rng.IntN(140); {
	case n >= 100:
		h.stepUploads()
	case n < 35:
		h.put(h.name(), h.payload())
	case n < 45:
		h.copyRecord(h.name(), h.name())
	case n < 60:
		h.remove(h.name())
	case n < 64:
		h.discard()
	case n < 66:
		h.abandon()
	case n < 68:
		h.receiveBroken()
	case n < 72:
		h.clock.advance(garbageDelay / 2)
		h.note("advance")
	case n < 80:
		h.note("collect")
		h.check(h.Collect(context.Background()))
	case n < 83:
		h.note("sweep")
		h.check(h.Sweep(context.Background()))
	case n < 86:
		h.compare()
	case n < 88:
		h.tidy()
	case n < 90:
		h.reopen()
	default:
		h.crashDuring()
	}
}

func recordKey(name string) []byte { return []byte("\x70" + name) }

// put replaces a record by one with new bytes.
func (h *history) put(name string, data []byte) {
	h.note("put %s %d bytes", name, len(data))
	err := h.system.tryPut(name, data)
	h.check(err)
	h.model[name] = [][]byte{data}
}

func (s *system) tryPut(name string, data []byte) error {
	ctx := context.Background()
	d, err := s.Receive(ctx, bytes.NewReader(data), -1)
	if err != nil {
		return err
	}
	defer d.Discard()
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		if err := s.releaseRecord(txn, name); err != nil {
			return err
		}
		c, err := d.Publish(txn)
		if err != nil {
			return err
		}
		return record.Set(txn, recordKey(name), c)
	})
	if err == nil || errors.Is(err, kv.ErrUnknown) {
		d.Done()
	}
	return err
}

func (s *system) releaseRecord(txn kv.Txn, name string) error {
	var old Content
	found, err := record.Get(txn, recordKey(name), &old)
	if err != nil || !found {
		return err
	}
	return s.Release(txn, old)
}

// copyRecord makes one record refer to what another does.
func (h *history) copyRecord(from, to string) {
	if from == to {
		return
	}
	h.note("copy %s to %s", from, to)
	shared := false
	h.check(h.records.Update(context.Background(), func(txn kv.Txn) error {
		var c, old Content
		found, err := record.Get(txn, recordKey(from), &c)
		if err != nil || !found {
			return err
		}
		replaced, err := record.Get(txn, recordKey(to), &old)
		if err != nil {
			return err
		}
		if replaced && old == c {
			return nil // one transaction touches a content once
		}
		if replaced {
			if err := h.Release(txn, old); err != nil {
				return err
			}
		}
		if c, err = h.Share(txn, c); err != nil {
			return err
		}
		shared = true
		return record.Set(txn, recordKey(to), c)
	}))
	if shared {
		h.model[to] = h.model[from]
	}
}

func (h *history) remove(name string) {
	h.note("remove %s", name)
	h.check(h.system.tryRemove(name))
	delete(h.model, name)
}

func (s *system) tryRemove(name string) error {
	return s.records.Update(context.Background(), func(txn kv.Txn) error {
		txn.Delete(recordKey(name))
		return s.releaseRecord(txn, name)
	})
}

func (h *history) discard() {
	h.note("discard")
	d, err := h.Receive(context.Background(), bytes.NewReader(h.payload()), -1)
	h.check(err)
	d.Discard()
}

// abandon leaves a draft behind, as a request that hangs does.
func (h *history) abandon() {
	h.note("abandon")
	d, err := h.Receive(context.Background(), bytes.NewReader(h.payload()), -1)
	h.check(err)
	if d.segment != nil {
		h.drafts++
	} else {
		d.Discard()
	}
}

func (h *history) receiveBroken() {
	h.note("receive a broken body")
	broken := errors.New("broken")
	_, err := h.Receive(context.Background(), io.MultiReader(bytes.NewReader(h.payload()), iotest.ErrReader(broken)), -1)
	if err != broken {
		h.fatalf("receive of a broken body: error %v, want %v", err, broken)
	}
}

// compare reads every record and sees that it is one that the model allows.
// What is there is what counts from then on.
func (h *history) compare() {
	h.t.Helper()
	found := make(map[string]Content)
	h.check(h.records.View(context.Background(), func(r kv.Reader) error {
		it := r.Scan([]byte("\x70"), []byte("\x71"))
		defer it.Close()
		for it.Next() {
			var c Content
			if _, err := record.Get(r, it.Key(), &c); err != nil {
				return err
			}
			found[string(it.Key()[1:])] = c
		}
		return it.Err()
	}))
	for name, c := range found {
		got, err := h.read(c, 0, c.Size)
		if err != nil {
			h.fatalf("record %s, %v: %v", name, c, err)
		}
		allowed := h.model[name]
		if !slices.ContainsFunc(allowed, func(want []byte) bool { return want != nil && bytes.Equal(got, want) }) {
			h.fatalf("record %s holds %d bytes that the model does not allow", name, len(got))
		}
		h.model[name] = [][]byte{got}
	}
	for name, allowed := range h.model {
		if _, ok := found[name]; ok {
			continue
		}
		if !slices.ContainsFunc(allowed, func(want []byte) bool { return want == nil }) {
			h.fatalf("record %s is lost", name)
		}
		delete(h.model, name)
	}
	h.compareUploads()
}

// tidy collects and sweeps, and sees that nothing is left but what is referenced
// or in use.
func (h *history) tidy() {
	h.t.Helper()
	h.note("tidy")
	if h.drafts > 0 {
		return
	}
	h.compare()
	h.segments.closeCurrent()
	h.clock.advance(garbageDelay)
	h.check(h.Collect(context.Background()))
	h.check(h.Sweep(context.Background()))
	h.exact()
}

// exact sees that what is stored is exactly what records refer to.
func (h *history) exact() {
	h.t.Helper()
	inline, blobs, segments := 0, make(map[blob.ID]bool), make(map[blob.Segment]bool)
	count := func(c Content) {
		switch {
		case c.Size == 0:
		case c.Inline:
			inline++
		default:
			blobs[c.id()] = true
			segments[c.Segment] = true
		}
	}
	var assembled map[Content]bool
	var open, parts int
	h.check(h.records.View(context.Background(), func(r kv.Reader) (err error) {
		assembled = make(map[Content]bool)
		for name := range h.model {
			var c Content
			if _, err := record.Get(r, recordKey(name), &c); err != nil {
				return err
			}
			if c.Parts > 0 {
				assembled[c] = true
			} else {
				count(c)
			}
		}
		open, parts, err = h.countParts(r, assembled, count)
		return err
	}))
	keys, files := h.left(h.t)
	if keys[prefixInline] != inline || keys[prefixReference] != len(blobs) || keys[prefixGarbage] != 0 || keys[prefixSegment] != 0 {
		h.fatalf("keys %v for %d inline contents and %d blobs", keys, inline, len(blobs))
	}
	if keys[prefixUpload] != open+len(assembled) || keys[prefixManifest] != len(assembled) || keys[prefixPart] != parts || keys[prefixPartsGarbage] != 0 {
		h.fatalf("keys %v for %d uploads, %d assembled contents and %d parts", keys, open, len(assembled), parts)
	}
	if len(files) != len(blobs)+len(segments) {
		h.fatalf("files %q for %d blobs in %d segments", files, len(blobs), len(segments))
	}
}

// reopen ends the system in good order, but for drafts that hang.
func (h *history) reopen() {
	h.note("reopen")
	h.system.close(h.t)
	if h.rng.IntN(2) == 0 {
		h.disk = &crashDisk{fs: h.disk.fs.CrashClone(vfs.CrashCloneCfg{})}
	}
	h.open()
	h.compare()
}

// crashDuring makes a change and takes the disk away while it is made, or a
// little after.
func (h *history) crashDuring() {
	in, percent := 1+h.rng.IntN(25), []int{0, 30, 100}[h.rng.IntN(3)]
	h.note("crash in %d, %d%% survives", in, percent)
	h.disk.arm(in, percent, rand.New(rand.NewPCG(h.rng.Uint64(), 2)))
	h.uncertain = true
	for range 1 + h.rng.IntN(3) {
		h.uncertainChange()
	}
	h.uncertain = false
	after := h.disk.after()
	_ = h.blobs.Close()
	_ = h.records.Close()
	h.disk = &crashDisk{fs: after}
	h.open()
	h.compare()
}

// uncertainChange makes a change of which nobody knows whether it came before
// the crash.
func (h *history) uncertainChange() {
	name := h.name()
	switch h.rng.IntN(8) {
	case 5, 6, 7:
		h.stepUploads()
	case 0, 1:
		data := h.payload()
		h.note("put %s %d bytes", name, len(data))
		h.check(h.system.tryPut(name, data))
		h.model[name] = append(slices.Clone(h.allowed(name)), data)
	case 2:
		h.note("remove %s", name)
		h.check(h.system.tryRemove(name))
		h.model[name] = append(slices.Clone(h.allowed(name)), nil)
	case 3:
		h.note("collect")
		h.clock.advance(garbageDelay)
		h.check(h.Collect(context.Background()))
	case 4:
		h.note("sweep")
		h.segments.closeCurrent()
		h.check(h.Sweep(context.Background()))
	}
}

// finish removes everything and sees that nothing is left.
func (h *history) finish() {
	h.system.close(h.t)
	h.open()
	h.compare()
	h.tidy()
	for name := range h.model {
		h.remove(name)
	}
	for name := range h.uploads {
		h.abort(name)
	}
	h.mustBeEmpty(h.t)
	h.system.close(h.t)
}
