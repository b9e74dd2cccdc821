package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// body is what an object may hold: the seed of its bytes, and how many there are.
// The zero body is no object.
type body struct {
	seed uint64
	size int
}

func (b body) bytes() []byte {
	data := make([]byte, b.size)
	_, _ = rand.NewChaCha8([32]byte{byte(b.seed), byte(b.seed >> 8), byte(b.seed >> 16), byte(b.seed >> 24)}).Read(data)
	return data
}

// version is what a key of a bucket with versions has been given.
type version struct {
	id   string // "" where no answer told it
	body body   // the zero body is a delete marker
}

// worker is the only one who changes some keys, so that what a crash may leave of
// each is known: what was acknowledged last, or what was asked for after that.
type worker struct {
	client *s3.Client
	random *rand.Rand
	name   string
	seeds  uint64

	// possible is what each key of the plain bucket may hold.
	possible map[string][]body
	// acknowledged and asked are the versions of keys in the other bucket, and
	// removed the ones whose deletion was asked for, true once it was acknowledged.
	acknowledged, asked map[string][]version
	removed             map[string]bool

	acks int
}

func newWorker(n int) *worker {
	return &worker{
		random: rand.New(rand.NewPCG(uint64(n), 1)), name: fmt.Sprintf("worker-%d", n), seeds: uint64(n) << 24,
		possible:     make(map[string][]body),
		acknowledged: make(map[string][]version), asked: make(map[string][]version),
		removed: make(map[string]bool),
	}
}

const (
	plain     = "plain"
	versioned = "versioned"
	partSize  = 5 << 20
)

// key returns one of the worker's keys.
func (w *worker) key() string { return fmt.Sprintf("%s/%d", w.name, w.random.IntN(6)) }

// newBody returns a body that nothing else has: inline, a blob, or several pieces
// of one.
func (w *worker) newBody() body {
	w.seeds++
	sizes := []int{1 + w.random.IntN(100), 20_000, 33_000 + w.random.IntN(1000), 300_000 + w.random.IntN(300_000)}
	return body{seed: w.seeds, size: sizes[w.random.IntN(len(sizes))]}
}

// outcome says what a request's error means: done, refused (nothing was done), or
// unknown, as is everything that the crash has cut off.
func outcome(err error) (done, refused bool) {
	if err == nil {
		return true, false
	}
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() >= 400 && answer.HTTPStatusCode() < 500 {
		return false, true
	}
	return false, false
}

// work sends requests until one is cut off.
func (w *worker) work(ctx context.Context, client *s3.Client) error {
	w.client = client
	for {
		var err error
		switch w.random.IntN(12) {
		case 0, 1, 2:
			err = w.put(ctx, false)
		case 3:
			err = w.put(ctx, true)
		case 4, 5:
			err = w.delete(ctx)
		case 6:
			err = w.copy(ctx)
		case 7, 8, 9:
			err = w.putVersion(ctx)
		case 10:
			err = w.deleteVersion(ctx)
		case 11:
			err = w.multipart(ctx)
		}
		if err != nil {
			if _, refused := outcome(err); refused {
				return fmt.Errorf("%s: a request was refused: %w", w.name, err)
			}
			return nil
		}
		w.acks++
	}
}

// change notes what a request that was sent may have made of a key.
func (w *worker) change(key string, to body, err error) {
	switch done, refused := outcome(err); {
	case done:
		w.possible[key] = []body{to}
	case !refused && w.possible[key] == nil:
		w.possible[key] = []body{{}, to}
	case !refused:
		w.possible[key] = append(w.possible[key], to)
	}
}

// current returns what a key holds. While there were no crashes it is known.
func (w *worker) current(key string) body {
	if p := w.possible[key]; len(p) > 0 {
		return p[len(p)-1]
	}
	return body{}
}

// put stores an object, on the condition that there is none if so asked: whether
// there is one, the worker knows.
func (w *worker) put(ctx context.Context, conditional bool) error {
	key, b := w.key(), w.newBody()
	in := &s3.PutObjectInput{Bucket: aws.String(plain), Key: &key, Body: bytes.NewReader(b.bytes())}
	if conditional {
		in.IfNoneMatch = aws.String("*")
	}
	_, err := w.client.PutObject(ctx, in)
	var answer *awshttp.ResponseError
	if conditional && errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusPreconditionFailed {
		if w.current(key) == (body{}) {
			return fmt.Errorf("%s: %s is there and should not: %w", w.name, key, err)
		}
		return nil
	}
	if err == nil && conditional && w.current(key) != (body{}) {
		return fmt.Errorf("%s: %s was replaced though it was there", w.name, key)
	}
	w.change(key, b, err)
	return err
}

func (w *worker) delete(ctx context.Context) error {
	key := w.key()
	_, err := w.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(plain), Key: &key})
	w.change(key, body{}, err)
	return err
}

func (w *worker) copy(ctx context.Context) error {
	from, to := w.key(), w.key()
	b := w.current(from)
	if b == (body{}) || from == to {
		return nil
	}
	_, err := w.client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: aws.String(plain), Key: &to, CopySource: aws.String(plain + "/" + from)})
	w.change(to, b, err)
	return err
}

func (w *worker) multipart(ctx context.Context) error {
	key := w.key()
	w.seeds++
	b := body{seed: w.seeds, size: partSize + 40_000}
	data := b.bytes()
	created, err := w.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String(plain), Key: &key})
	if err != nil {
		return err
	}
	var parts []types.CompletedPart
	// The last one again, under another number that is not used.
	for i, part := range [][]byte{data[:partSize], data[partSize:], data[partSize:]} {
		number := int32(i + 1)
		put, err := w.client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: aws.String(plain), Key: &key, UploadId: created.UploadId, PartNumber: &number, Body: bytes.NewReader(part),
		})
		if err != nil {
			return err
		}
		if i < 2 {
			parts = append(parts, types.CompletedPart{PartNumber: &number, ETag: put.ETag})
		}
	}
	if w.random.IntN(4) == 0 {
		_, err = w.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: aws.String(plain), Key: &key, UploadId: created.UploadId})
		return err
	}
	_, err = w.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(plain), Key: &key, UploadId: created.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	w.change(key, b, err)
	return err
}

// putVersion adds a version, or a delete marker.
func (w *worker) putVersion(ctx context.Context) error {
	key := w.key()
	v := version{body: w.newBody()}
	var id *string
	var err error
	if w.random.IntN(4) == 0 {
		v.body = body{}
		var out *s3.DeleteObjectOutput
		if out, err = w.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(versioned), Key: &key}); err == nil {
			id = out.VersionId
		}
	} else {
		var out *s3.PutObjectOutput
		if out, err = w.client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(versioned), Key: &key, Body: bytes.NewReader(v.body.bytes())}); err == nil {
			id = out.VersionId
		}
	}
	if done, refused := outcome(err); done {
		v.id = aws.ToString(id)
		w.acknowledged[key] = append(w.acknowledged[key], v)
	} else if !refused {
		w.asked[key] = append(w.asked[key], v)
	}
	return err
}

// deleteVersion deletes one version for good.
func (w *worker) deleteVersion(ctx context.Context) error {
	key := w.key()
	have := w.acknowledged[key]
	if len(have) == 0 {
		return nil
	}
	i := w.random.IntN(len(have))
	_, err := w.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(versioned), Key: &key, VersionId: &have[i].id})
	done, _ := outcome(err)
	w.removed[have[i].id] = done
	w.acknowledged[key] = slices.Delete(slices.Clone(have), i, i+1)
	if !done {
		w.asked[key] = append(w.asked[key], have[i])
	}
	return err
}

// verify compares everything that the worker's keys hold with what they may, and
// takes note of what it found.
func (w *worker) verify(t *testing.T, client *s3.Client) {
	w.client = client
	ctx := t.Context()
	for key, possible := range w.possible {
		data, found := w.read(t, plain, key, "")
		i := slices.IndexFunc(possible, func(b body) bool {
			return found == (b != body{}) && bytes.Equal(data, b.bytes())
		})
		if i < 0 {
			t.Errorf("%s holds %d bytes (found: %t), which is none of %v", key, len(data), found, possible)
			continue
		}
		w.possible[key] = []body{possible[i]}
	}
	w.verifyVersions(t, ctx)
}

// read returns the bytes of a version, and whether it is there.
func (w *worker) read(t *testing.T, bucket, key, id string) (data []byte, found bool) {
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
	if id != "" {
		in.VersionId = &id
	}
	out, err := w.client.GetObject(t.Context(), in)
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusNotFound {
		return []byte{}, false
	}
	if err != nil {
		t.Errorf("read %s %s: %v", key, id, err)
		return nil, false
	}
	defer out.Body.Close()
	if data, err = io.ReadAll(out.Body); err != nil {
		t.Errorf("read %s %s: %v", key, id, err)
	}
	return data, true
}

// verifyVersions sees that each version that was acknowledged is there, and none
// that nobody asked for.
func (w *worker) verifyVersions(t *testing.T, ctx context.Context) {
	present := make(map[string]map[string]bool) // by key and ID: whether it is a delete marker
	pages := s3.NewListObjectVersionsPaginator(w.client, &s3.ListObjectVersionsInput{Bucket: aws.String(versioned), Prefix: aws.String(w.name + "/")})
	note := func(key, id *string, marker bool) {
		if present[*key] == nil {
			present[*key] = make(map[string]bool)
		}
		present[*key][*id] = marker
	}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Errorf("list versions: %v", err)
			return
		}
		for _, v := range page.Versions {
			note(v.Key, v.VersionId, false)
		}
		for _, v := range page.DeleteMarkers {
			note(v.Key, v.VersionId, true)
		}
	}
	holds := func(key, id string, b body) bool {
		marker, found := present[key][id]
		if !found || marker != (b == body{}) {
			return false
		}
		if marker {
			return true
		}
		data, found := w.read(t, versioned, key, id)
		return found && bytes.Equal(data, b.bytes())
	}
	for key, versions := range w.acknowledged {
		for _, v := range versions {
			if !holds(key, v.id, v.body) {
				t.Errorf("version %s of %s is not what was acknowledged", v.id, key)
			}
			delete(present[key], v.id)
		}
	}
	for key, ids := range present {
		for id := range ids {
			if w.removed[id] {
				t.Errorf("version %s of %s is there though its deletion was acknowledged", id, key)
				continue
			}
			i := slices.IndexFunc(w.asked[key], func(v version) bool {
				return (v.id == "" || v.id == id) && holds(key, id, v.body)
			})
			if i < 0 {
				t.Errorf("version %s of %s is nothing that anybody asked for", id, key)
				continue
			}
			w.acknowledged[key] = append(w.acknowledged[key], version{id, w.asked[key][i].body})
			w.asked[key] = slices.Delete(w.asked[key], i, i+1)
		}
	}
	clear(w.asked) // what is not there now never will be
}

// race lets clients store one key each on the condition that there is none.
type race struct {
	mu      sync.Mutex
	rounds  int
	winners map[string][]body // acknowledged
	maybe   map[string][]body
}

// run takes part in races until a request is cut off.
func (r *race) run(ctx context.Context, client *s3.Client, random *rand.Rand, seed uint64) error {
	for n := uint64(0); ; n++ {
		r.mu.Lock()
		key := fmt.Sprintf("race/%d", r.rounds)
		if random.IntN(3) == 0 {
			r.rounds++
		}
		r.mu.Unlock()
		b := body{seed: seed<<16 + n, size: 10 + random.IntN(60_000)}
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String(plain), Key: &key, Body: bytes.NewReader(b.bytes()), IfNoneMatch: aws.String("*"),
		})
		var answer *awshttp.ResponseError
		lost := errors.As(err, &answer) && (answer.HTTPStatusCode() == http.StatusPreconditionFailed || answer.HTTPStatusCode() == http.StatusConflict)
		if lost {
			continue
		}
		done, refused := outcome(err)
		if refused {
			return fmt.Errorf("race: %w", err)
		}
		r.mu.Lock()
		if done {
			r.winners[key] = append(r.winners[key], b)
		} else {
			r.maybe[key] = append(r.maybe[key], b)
		}
		r.mu.Unlock()
		if !done {
			return nil
		}
	}
}

// verify sees that each race was won once, and that the winner's bytes are there.
func (r *race) verify(t *testing.T, w *worker) {
	for key, winners := range r.winners {
		if len(winners) > 1 {
			t.Errorf("%s was won %d times", key, len(winners))
		}
		if data, found := w.read(t, plain, key, ""); !found || !bytes.Equal(data, winners[0].bytes()) {
			t.Errorf("%s does not hold what its winner stored (found: %t)", key, found)
		}
		delete(r.maybe, key)
	}
	for key, bodies := range r.maybe {
		data, found := w.read(t, plain, key, "")
		if !found {
			delete(r.maybe, key)
			continue
		}
		i := slices.IndexFunc(bodies, func(b body) bool { return bytes.Equal(data, b.bytes()) })
		if i < 0 {
			t.Errorf("%s holds what nobody stored", key)
			continue
		}
		r.winners[key] = []body{bodies[i]}
		delete(r.maybe, key)
	}
}

func mustNotFail(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil && !strings.Contains(err.Error(), "NoSuchUpload") {
		t.Errorf("%s: %v", what, err)
	}
}
