package content

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

func (s *system) begin(t testing.TB) (u Upload) {
	t.Helper()
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) (err error) {
		u, err = s.Begin(txn)
		return err
	}))
	return u
}

func (s *system) putPart(t testing.TB, u Upload, number int, data []byte) error {
	t.Helper()
	d, err := s.Receive(t.Context(), bytes.NewReader(data), -1)
	must(t, err)
	defer d.Discard()
	err = s.records.Update(t.Context(), func(txn kv.Txn) error { return d.PublishPart(txn, u, number, nil) })
	if err == nil {
		d.Done()
	}
	return err
}

// complete completes u with the parts with some numbers.
func (s *system) complete(u Upload, listed func(number int) bool) (c Content, err error) {
	err = s.records.Update(context.Background(), func(txn kv.Txn) (err error) {
		c, err = s.Complete(txn, u, func(p Part) (bool, error) { return listed(p.Number), nil })
		return err
	})
	return c, err
}

func (s *system) abort(u Upload) error {
	return s.records.Update(context.Background(), func(txn kv.Txn) error { return s.Abort(txn, u) })
}

func all(int) bool { return true }

// assembled is a content of parts of some sizes, numbered 2, 4, 6 and so on.
func (s *system) assembled(t testing.TB, sizes ...int) (Content, []byte) {
	t.Helper()
	u := s.begin(t)
	var whole []byte
	for i, size := range sizes {
		data := payload(uint64(i+1), size)
		must(t, s.putPart(t, u, 2*i+2, data))
		whole = append(whole, data...)
	}
	c, err := s.complete(u, all)
	must(t, err)
	if c.Size != int64(len(whole)) || c.Parts != len(sizes) {
		t.Fatalf("assembled %v from %d parts with %d bytes", c, len(sizes), len(whole))
	}
	return c, whole
}

func TestRangesOverPartsAreRead(t *testing.T) {
	for _, real := range []bool{false, true} {
		s := newSystem(t)
		if real {
			s.onRealDisk(t)
		}
		sizes := []int{3000, 3000, 10, 0, 1, inlineLimit, 3000, pieceSize + 7, 5, 0}
		c, whole := s.assembled(t, sizes...)
		var cuts []int
		for end, i := 0, 0; i < len(sizes); i++ {
			cuts = append(cuts, end)
			end += sizes[i]
			cuts = append(cuts, max(end-1, 0), end, min(end+1, len(whole)))
		}
		slices.Sort(cuts)
		cuts = slices.Compact(cuts)
		for _, from := range cuts {
			for _, to := range cuts {
				if from <= to {
					s.mustCopy(t, c, int64(from), whole[from:to])
				}
			}
		}
		if len(s.pins.readers) > 0 {
			t.Errorf("readers are left: %v", s.pins.readers)
		}
	}
}

func TestConnectionIsGivenTheFilesOfAllParts(t *testing.T) {
	s := newSystem(t)
	s.onRealDisk(t)
	c, whole := s.assembled(t, 300_000, 300_000, 300_000)
	client, server := net.Pipe()
	received := make(chan []byte, 1)
	go func() {
		data, _ := io.ReadAll(client)
		received <- data
	}()
	w := &pipeRecorder{Conn: server}
	r, err := s.Open(t.Context(), c, 100_000, 700_000)
	must(t, err)
	defer r.Close()
	if n, err := r.CopyN(w, 1<<20); n != 700_000 || err != io.EOF {
		t.Errorf("CopyN: %d, %v", n, err)
	}
	must(t, server.Close())
	if got := <-received; !bytes.Equal(got, whole[100_000:800_000]) {
		t.Errorf("%d bytes were received that are not those asked for", len(got))
	}
	if want := []int64{200_000, 300_000, 200_000}; !cmp.Equal(w.lengths, want) {
		t.Errorf("the connection was given files of %d bytes, want %d", w.lengths, want)
	}
}

// pipeRecorder remembers how much of files it was given to send.
type pipeRecorder struct {
	net.Conn
	lengths []int64
}

func (r *pipeRecorder) ReadFrom(source io.Reader) (int64, error) {
	limited := source.(*io.LimitedReader)
	_ = limited.R.(*os.File)
	r.lengths = append(r.lengths, limited.N)
	return io.Copy(struct{ io.Writer }{r.Conn}, source)
}

func TestPartsAreFoundInTheContent(t *testing.T) {
	s := newSystem(t)
	sizes := []int{3000, 3000, 10, 0, 3000, 1}
	c, _ := s.assembled(t, sizes...)
	offset := int64(0)
	for i, size := range sizes {
		gotOffset, gotLength, err := s.PartRange(t.Context(), c, i+1)
		if err != nil || gotOffset != offset || gotLength != int64(size) {
			t.Errorf("part %d lies at %d and has %d bytes, %v; want %d and %d", i+1, gotOffset, gotLength, err, offset, size)
		}
		offset += int64(size)
	}
	for _, index := range []int{-1, 0, len(sizes) + 1} {
		if _, _, err := s.PartRange(t.Context(), c, index); err == nil {
			t.Errorf("part %d was found", index)
		}
	}
	var visited []Part
	must(t, s.records.View(t.Context(), func(r kv.Reader) error {
		visited = nil
		return s.VisitParts(r, c, 1, func(index int, p Part) bool {
			if p.Number != 2*index {
				t.Errorf("part %d has number %d", index, p.Number)
			}
			visited = append(visited, p)
			return index < 4
		})
	}))
	if len(visited) != 3 || visited[0].Size != 3000 || visited[1].Size != 10 || visited[2].Size != 0 {
		t.Errorf("visited %+v", visited)
	}
}

func TestClosedUploadsTakeNothing(t *testing.T) {
	s := newSystem(t)
	completed, aborted := s.begin(t), s.begin(t)
	must(t, s.putPart(t, completed, 1, payload(1, 5000)))
	c, err := s.complete(completed, all)
	must(t, err)
	must(t, s.abort(aborted))
	for name, u := range map[string]Upload{"completed": completed, "aborted": aborted, "unknown": {Segment: 1, Number: 2}} {
		if err := s.putPart(t, u, 1, payload(2, 5000)); !errors.Is(err, ErrNotOpen) {
			t.Errorf("part of one that is %s: %v, want %v", name, err, ErrNotOpen)
		}
		if _, err := s.complete(u, all); !errors.Is(err, ErrNotOpen) {
			t.Errorf("completion of one that is %s: %v, want %v", name, err, ErrNotOpen)
		}
		if err := s.abort(u); !errors.Is(err, ErrNotOpen) {
			t.Errorf("abort of one that is %s: %v, want %v", name, err, ErrNotOpen)
		}
	}
	s.mustHold(t, c, payload(1, 5000))
	s.release(t, c)
	s.mustBeEmpty(t)
}

func TestPartNumbersAreBounded(t *testing.T) {
	s := newSystem(t)
	u := s.begin(t)
	for _, number := range []int{-1, 0, MaxParts + 1, 1 << 16, 1<<16 + 1} {
		if err := s.putPart(t, u, number, []byte("x")); err == nil {
			t.Errorf("part %d was published", number)
		}
	}
	must(t, s.putPart(t, u, MaxParts, []byte("x")))
	must(t, s.abort(u))
	s.mustBeEmpty(t)
}

func TestUploadWithoutBytesIsTheEmptyContent(t *testing.T) {
	s := newSystem(t)
	u := s.begin(t)
	must(t, s.putPart(t, u, 1, nil))
	must(t, s.putPart(t, u, 2, payload(1, 5000)))
	c, err := s.complete(u, func(number int) bool { return number == 1 })
	must(t, err)
	if c != (Content{}) {
		t.Errorf("completed as %v", c)
	}
	s.mustBeEmpty(t)
}

func TestAssembledContentsAreShared(t *testing.T) {
	s := newSystem(t)
	c, whole := s.assembled(t, 5000, 100)
	other := s.share(t, c)
	s.release(t, c)
	s.clock.advance(garbageDelay)
	must(t, s.Collect(t.Context()))
	s.mustHold(t, other, whole)
	s.release(t, other)
	err := s.records.Update(t.Context(), func(txn kv.Txn) error { return second(s.Share(txn, other)) })
	if !errors.Is(err, ErrGone) {
		t.Errorf("share after release: %v, want %v", err, ErrGone)
	}
	s.mustHold(t, other, whole) // for those who have just read its record
	s.clock.advance(garbageDelay)
	must(t, s.Collect(t.Context()))
	if _, err := s.Open(t.Context(), c, 0, c.Size); !errors.Is(err, ErrGone) {
		t.Errorf("open after collection: %v, want %v", err, ErrGone)
	}
	if _, _, err := s.PartRange(t.Context(), c, 1); !errors.Is(err, ErrGone) {
		t.Errorf("range of a part after collection: %v, want %v", err, ErrGone)
	}
	s.release(t, c) // as a record that was damaged would
	s.mustBeEmpty(t)
}

func TestPartsAreKeptForTheirReaders(t *testing.T) {
	s := newSystem(t)
	c, whole := s.assembled(t, 5000, 5000, 100, 5000)
	r, err := s.Open(t.Context(), c, 10, c.Size-20)
	must(t, err)
	got := make([]byte, 6000)
	_, err = io.ReadFull(r, got)
	must(t, err)

	s.release(t, c)
	s.clock.advance(time.Hour)
	next, err := s.collect(t.Context())
	must(t, err)
	if want := s.clock.time().Add(retryPause); !next.Equal(want) {
		t.Errorf("the next round is at %v, want %v", next, want)
	}
	rest, err := io.ReadAll(r)
	must(t, err)
	if !bytes.Equal(append(got, rest...), whole[10:len(whole)-10]) {
		t.Error("the reader read other bytes")
	}
	must(t, r.Close())
	s.mustBeEmpty(t)
}

func TestReaderStopsAtAMissingPart(t *testing.T) {
	s := newSystem(t)
	c, whole := s.assembled(t, 5000, 5000, 5000)
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) error {
		txn.Delete(partKey(c.upload(), 4))
		return nil
	}))
	r, err := s.Open(t.Context(), c, 0, c.Size)
	must(t, err)
	defer r.Close()
	got, err := io.ReadAll(r)
	if !bytes.Equal(got, whole[:5000]) || !errors.Is(err, ErrDamaged) {
		t.Errorf("read %d bytes, %v, want the first part and %v", len(got), err, ErrDamaged)
	}
	if n, err := r.CopyN(io.Discard, 1); n != 0 || !errors.Is(err, ErrDamaged) {
		t.Errorf("read on: %d, %v, want %v", n, err, ErrDamaged)
	}
	if _, err := s.Open(t.Context(), c, 5000, 1); !errors.Is(err, ErrDamaged) {
		t.Errorf("open of the missing part: %v, want %v", err, ErrDamaged)
	}
}

func TestPartOfAnotherLengthIsDamaged(t *testing.T) {
	s := newSystem(t)
	c, _ := s.assembled(t, 100, 100)
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) error {
		rec, err := readPart(txn, c.upload(), 4)
		if err != nil {
			return err
		}
		rec.Content.Size--
		return record.Set(txn, partKey(c.upload(), 4), rec)
	}))
	if _, err := s.Open(t.Context(), c, 150, 10); !errors.Is(err, ErrDamaged) {
		t.Errorf("open: %v, want %v", err, ErrDamaged)
	}
}

// putMany publishes many parts of one byte, quickly.
func (s *system) putMany(t testing.TB, u Upload, parts int) {
	t.Helper()
	for next := 1; next <= parts; {
		first := next
		var drafts []*Draft
		for ; next <= parts && len(drafts) < 1000; next++ {
			d, err := s.Receive(t.Context(), bytes.NewReader([]byte{byte(next)}), 1)
			must(t, err)
			drafts = append(drafts, d)
		}
		must(t, s.records.Update(t.Context(), func(txn kv.Txn) error {
			for i, d := range drafts {
				if err := d.PublishPart(txn, u, first+i, nil); err != nil {
					return err
				}
			}
			return nil
		}))
		for _, d := range drafts {
			d.Done()
		}
	}
}

func TestManyPartsAreCompletedAndDeletedInBatches(t *testing.T) {
	const parts = 3*batchSize + 1
	for name, listed := range map[string]func(int) bool{
		"all":           all,
		"every other":   func(number int) bool { return number%2 == 0 },
		"only the last": func(number int) bool { return number == parts },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			u := s.begin(t)
			s.putMany(t, u, parts)
			c, err := s.complete(u, listed)
			must(t, err)
			var want []byte
			for number := 1; number <= parts; number++ {
				if listed(number) {
					want = append(want, byte(number))
				}
			}
			must(t, s.Collect(t.Context()))
			for _, offset := range []int{0, len(want) / 2, max(len(want)-50, 0)} {
				length := min(50, len(want)-offset)
				got, err := s.read(c, int64(offset), int64(length))
				must(t, err)
				if !bytes.Equal(got, want[offset:offset+length]) {
					t.Errorf("%d bytes from %d on are others", length, offset)
				}
			}
			if c.Size != int64(len(want)) || c.Parts != len(want) {
				t.Errorf("completed %v, want %d bytes", c, len(want))
			}
			if keys, _ := s.left(t); keys[prefixPart] != len(want) || keys[prefixInline] != len(want) || keys[prefixPartsGarbage] != 0 {
				t.Errorf("keys left are %v for %d parts", keys, len(want))
			}
			s.release(t, c)
			s.mustBeEmpty(t)
		})
	}
}

// A release while the unlisted parts wait for their deletion must not give the
// listed ones to those who have just read the record less time.
func TestReleaseOvertakesTheUnlistedParts(t *testing.T) {
	s := newSystem(t)
	u := s.begin(t)
	must(t, s.putPart(t, u, 1, payload(1, 5000)))
	must(t, s.putPart(t, u, 2, payload(2, 5000)))
	c, err := s.complete(u, func(number int) bool { return number == 1 })
	must(t, err)
	s.release(t, c)
	must(t, s.Collect(t.Context()))
	s.mustHold(t, c, payload(1, 5000))
	s.mustBeEmpty(t)
}

// The disk is taken away at each operation of a collection that takes many
// transactions; the next process must end what it began.
func TestCollectionOfPartsEndsAfterACrash(t *testing.T) {
	const parts = batchSize + 10
	for _, unlisted := range []bool{false, true} {
		for in := 1; ; in++ {
			disk := &crashDisk{fs: vfs.NewCrashableMem()}
			s := openSystem(t, errorfs.Wrap(disk.fs, disk), newClock(), Options{})
			u := s.begin(t)
			s.putMany(t, u, parts)
			must(t, s.putPart(t, u, parts+1, payload(1, 5000)))
			var c Content
			if unlisted {
				var err error
				c, err = s.complete(u, func(number int) bool { return number == parts+1 })
				must(t, err)
			} else {
				must(t, s.abort(u))
			}
			disk.arm(in, 50, rand.New(rand.NewPCG(uint64(in), 1)))
			must(t, s.Collect(t.Context()))
			disk.mu.Lock()
			done := disk.crashed == nil
			disk.mu.Unlock()
			after := openSystem(t, disk.after(), s.clock, Options{})
			s.close(t)
			if unlisted {
				after.mustHold(t, c, payload(1, 5000))
				must(t, after.Collect(t.Context()))
				after.mustHold(t, c, payload(1, 5000))
				after.release(t, c)
			}
			after.mustBeEmpty(t)
			after.close(t)
			if done {
				if in < 5 {
					t.Errorf("there were only %d operations to crash at", in)
				}
				break
			}
		}
	}
}

// A kv.Store whose Updates fail from some time on.
func TestFailedCollectionOfPartsIsTriedAgain(t *testing.T) {
	s := newSystem(t)
	c, _ := s.assembled(t, 5000, 100, 5000)
	s.release(t, c)
	s.clock.advance(garbageDelay)
	broken := errors.New("broken")
	for allowed := 0; ; allowed++ {
		s.Store.records = &failingUpdates{Store: s.records, left: allowed, err: broken}
		err := s.Collect(t.Context())
		s.Store.records = s.records
		if err == nil {
			break
		}
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
	s.mustBeEmpty(t)
}

type failingUpdates struct {
	kv.Store
	left int
	err  error
}

func (f *failingUpdates) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if f.left--; f.left < 0 {
		return f.err
	}
	return f.Store.Update(ctx, fn)
}
