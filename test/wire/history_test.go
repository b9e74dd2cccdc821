package wire

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

var historiesFlag = flag.Duration("histories", 3*time.Second, "make histories of concurrent requests for this `long`")

const (
	historyKeys    = 3
	historyUploads = 4
	historyClients = 6
	historyLength  = 12 // requests of each client
)

// state is what a bucket of a history holds. It is compared with ==.
type state struct {
	objects [historyKeys]entry
	uploads [historyUploads]uploadState
	// keeps says that the bucket keeps versions, so that what an upload became
	// stays whatever is written after.
	keeps bool
}

type uploadState int

const (
	uploadOpen uploadState = iota
	uploadAborted
	uploadCompleted
)

// entry is a current object, named by its ETag, which no two contents share; "" is
// none. made is the upload that it was completed from, counted from 1.
type entry struct {
	etag string
	made int
}

// act is a request of a history.
type act struct {
	kind   string
	key    int // what is written or read
	source int // what is copied
	upload int
	// etag is that of what is put, or of the upload when it is completed.
	etag string
	// match is what If-Match demands, none is If-None-Match: *.
	match string
	none  bool

	content string // put
}

// result is what came of it.
type result struct {
	status int
	etag   string
	list   [historyKeys]string // ETags by key
}

// step returns whether a server that holds s may answer r to a, and what it holds
// then.
func (s state) step(a act, r result) (bool, state) {
	e := &s.objects[a.key]
	if a.none && e.etag != "" {
		return r.status == 412 || r.status == 409, s
	}
	if a.match != "" {
		switch {
		case e.etag == "":
			return r.status == 404 || r.status == 409, s
		case a.match != "*" && a.match != e.etag:
			return r.status == 412 || r.status == 409, s
		}
	}
	if r.status == 409 && (a.none || a.match != "") {
		return true, s // another write came between, and nothing was done
	}
	switch a.kind {
	case "put":
		*e = entry{etag: a.etag}
		return r.status == 200 && r.etag == a.etag, s
	case "delete":
		*e = entry{}
		return r.status == 204, s
	case "get", "head":
		if e.etag == "" {
			return r.status == 404, s
		}
		return r.status == 200 && r.etag == e.etag, s
	case "copy":
		from := s.objects[a.source]
		if from.etag == "" {
			return r.status == 404, s
		}
		*e = entry{etag: from.etag}
		return r.status == 200 && r.etag == from.etag, s
	case "complete":
		if was := s.uploads[a.upload]; was != uploadOpen { // again, as long as what it made is there
			if e.made == a.upload+1 || s.keeps && was == uploadCompleted {
				return r.status == 200 && r.etag == a.etag, s
			}
			return r.status == 404, s
		}
		s.uploads[a.upload] = uploadCompleted
		*e = entry{a.etag, a.upload + 1}
		return r.status == 200 && r.etag == a.etag, s
	case "abort":
		if s.uploads[a.upload] != uploadOpen {
			return r.status == 404, s
		}
		s.uploads[a.upload] = uploadAborted
		return r.status == 204, s
	case "list":
		for i, e := range s.objects {
			if r.list[i] != e.etag {
				return false, s
			}
		}
		return r.status == 200, s
	}
	panic("a history has an act that is none: " + a.kind)
}

// bucketModel is a bucket that keeps versions or not.
func bucketModel(keeps bool) porcupine.Model {
	return porcupine.Model{
		Init:              func() any { return state{keeps: keeps} },
		Step:              func(s, in, out any) (bool, any) { return s.(state).step(in.(act), out.(result)) },
		DescribeOperation: describeOperation,
	}
}

func describeOperation(in, out any) string {
	a, r := in.(act), out.(result)
	a.content = ""
	return fmt.Sprintf("%+v -> %+v", a, r)
}

// story is a bucket with uploads that wait to be completed, and what clients did
// with it.
type story struct {
	bucket  string
	keeps   bool
	random  *rand.Rand
	uploads [historyUploads]struct {
		id, part, etag string
		key            int
	}
	began time.Time

	mu       sync.Mutex
	contents map[string]string // by ETag
	done     []porcupine.Operation
}

func etagOf(content string) string {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

func newStory(t *testing.T, seed uint64) *story {
	h := &story{bucket: newBucket(t), keeps: seed%3 == 1, random: rand.New(rand.NewPCG(seed, 1)), contents: map[string]string{}}
	steps := [][]step{nil, {versioning("Enabled")}, {versioning("Enabled"), versioning("Suspended")}}[seed%3]
	steps = slices.Clone(steps)
	for i := range h.uploads {
		u := &h.uploads[i]
		u.key = h.random.IntN(historyKeys)
		content := h.content("upload", i)
		u.part = etagOf(content)
		sum := md5.Sum([]byte(content))
		u.etag = etagOf(string(sum[:])) + "-1"
		h.contents[u.etag] = content
		name, key := fmt.Sprint("u", i), fmt.Sprint(u.key)
		steps = append(steps, createUpload(name, key), putPart("", key, name, 1, content))
	}
	fill := takeSteps(t, h.bucket, steps)
	for i := range h.uploads {
		h.uploads[i].id = fill.Replace(fmt.Sprintf("{u%d.upload}", i))
	}
	h.began = time.Now()
	return h
}

// content is one that nobody else writes, small or too large to be kept beside its
// record.
func (h *story) content(who any, i int) string {
	content := fmt.Sprintf("%v %d %d.", who, i, h.random.Uint64())
	if h.random.IntN(4) == 0 {
		content = strings.Repeat(content, 8<<10)
	}
	return content
}

// plan returns what a client does.
func (h *story) plan(client int) (acts []act) {
	kinds := []string{"put", "put", "put", "delete", "get", "get", "head", "copy", "copy", "complete", "complete", "abort", "list"}
	for i := range historyLength {
		a := act{kind: kinds[h.random.IntN(len(kinds))], key: h.random.IntN(historyKeys)}
		switch a.kind {
		case "put":
			a.content = h.content(client, i)
			a.etag = etagOf(a.content)
			h.contents[a.etag] = a.content
		case "copy":
			a.source = (a.key + 1 + h.random.IntN(historyKeys-1)) % historyKeys
		case "complete", "abort":
			a.upload = h.random.IntN(historyUploads)
			a.key, a.etag = h.uploads[a.upload].key, h.uploads[a.upload].etag
		}
		if a.kind == "put" || a.kind == "delete" {
			switch h.random.IntN(4) {
			case 0:
				a.none = a.kind == "put"
			case 1:
				a.match = "*" // which becomes the ETag that the client saw last
			}
		}
		acts = append(acts, a)
	}
	return acts
}

// run lets all clients do what they planned, at once.
func (h *story) run() error {
	var plans [][]act
	for client := range historyClients {
		plans = append(plans, h.plan(client))
	}
	var wg sync.WaitGroup
	failures := make(chan error, historyClients)
	for client, acts := range plans {
		wg.Go(func() {
			var seen [historyKeys]string
			for i, a := range acts {
				if a.match != "" && i%3 > 0 && seen[a.key] != "" {
					a.match = seen[a.key]
				}
				call := time.Since(h.began)
				r, err := h.do(a)
				if err != nil {
					failures <- err
					return
				}
				end := time.Since(h.began)
				if r.etag != "" {
					seen[a.key] = r.etag
				}
				h.mu.Lock()
				h.done = append(h.done, porcupine.Operation{ClientId: client, Input: a, Call: int64(call), Output: r, Return: int64(end)})
				h.mu.Unlock()
			}
		})
	}
	wg.Wait()
	close(failures)
	return <-failures
}

// do sends the request of an act.
func (h *story) do(a act) (r result, err error) {
	object := fmt.Sprintf("/%s/%d", h.bucket, a.key)
	upload := "?uploadId=" + escape(h.uploads[a.upload].id)
	m := &message{host: target.host}
	switch a.kind {
	case "put":
		m.method, m.target, m.body = "PUT", object, []byte(a.content)
	case "delete", "get", "head":
		m.method, m.target = strings.ToUpper(a.kind), object
	case "copy":
		m.method, m.target = "PUT", object
		m.set("x-amz-copy-source", fmt.Sprintf("/%s/%d", h.bucket, a.source))
	case "complete":
		m.method, m.target, m.body = "POST", object+upload, []byte(partsOf("1 "+h.uploads[a.upload].part))
	case "abort":
		m.method, m.target = "DELETE", object+upload
	case "list":
		m.method, m.target = "GET", "/"+h.bucket+"?list-type=2"
	}
	if a.none {
		m.set("If-None-Match", "*")
	} else if a.match != "" {
		m.set("If-Match", a.match)
	}
	sign{scheme: v4Header}.sign(m)
	answer, err := m.sendOnLine()
	if err != nil {
		return r, err
	}
	r.status = answer.status
	if r.status/100 == 2 {
		err = h.read(a, answer, &r)
	}
	return r, err
}

// read reads an answer of success.
func (h *story) read(a act, answer *answer, r *result) error {
	r.etag = strings.Trim(answer.header.Get("ETag"), `"`)
	switch a.kind {
	case "get":
		if content := h.contents[r.etag]; content != string(answer.body) {
			return fmt.Errorf("GET answers %.100q with the ETag of %.100q", answer.body, content)
		}
	case "copy", "complete":
		var document struct{ ETag string }
		if err := xml.Unmarshal(answer.body, &document); err != nil {
			return fmt.Errorf("%s: %w: %s", a.kind, err, answer.body)
		}
		r.etag = strings.Trim(document.ETag, `"`)
	case "list":
		r.etag = ""
		var document struct {
			Contents []struct {
				Key  int
				ETag string
			}
		}
		if err := xml.Unmarshal(answer.body, &document); err != nil {
			return err
		}
		for _, c := range document.Contents {
			r.list[c.Key] = strings.Trim(c.ETag, `"`)
		}
	}
	return nil
}

// What clients see of a few keys that they all write is what they could have seen
// had one request been done after another.
func TestHistoriesAreLinearizable(t *testing.T) {
	const atOnce = 4
	var seeds, requests atomic.Int64
	statuses := map[int]int{}
	var mu sync.Mutex
	end := time.Now().Add(*historiesFlag)
	t.Run("clients", func(t *testing.T) {
		for i := range atOnce {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				for time.Now().Before(end) && !t.Failed() {
					seed := uint64(seeds.Add(1))
					h := newStory(t, seed)
					if err := h.run(); err != nil {
						t.Fatalf("history %d: %v", seed, err)
					}
					requests.Add(int64(len(h.done)))
					if verdict := porcupine.CheckOperationsTimeout(bucketModel(h.keeps), h.done, time.Minute); verdict != porcupine.Ok {
						t.Errorf("history %d is %s:\n%s", seed, verdict, h)
					}
					mu.Lock()
					for _, o := range h.done {
						statuses[o.Output.(result).status]++
					}
					mu.Unlock()
				}
			})
		}
	})
	for _, status := range []int{200, 204, 404, 412} {
		if statuses[status] == 0 && seeds.Load() > 3 {
			t.Errorf("no request was answered with %d: %v", status, statuses)
		}
	}
	t.Logf("%d histories of %d requests: %v", seeds.Load(), requests.Load(), statuses)
}

// String writes what was done, in the order in which it was begun.
func (h *story) String() string {
	done := slices.Clone(h.done)
	slices.SortFunc(done, func(x, y porcupine.Operation) int { return int(x.Call - y.Call) })
	var b strings.Builder
	for _, o := range done {
		fmt.Fprintf(&b, "%8d %8d client %d: %s\n", o.Call/1000, o.Return/1000, o.ClientId, describeOperation(o.Input, o.Output))
	}
	return b.String()
}

// A model that takes everything would prove nothing.
func TestHistoriesThatCannotBe(t *testing.T) {
	done := func(kind string, key int, etag string, status int) porcupine.Operation {
		return porcupine.Operation{Input: act{kind: kind, key: key, etag: etag}, Output: result{status: status, etag: etag}}
	}
	listed := func(etags ...string) porcupine.Operation {
		r := result{status: 200}
		copy(r.list[:], etags)
		return porcupine.Operation{Input: act{kind: "list"}, Output: r}
	}
	onlyNew := done("put", 0, "b", 200)
	onlyNew.Input = act{kind: "put", etag: "b", none: true}
	conditional := done("put", 0, "b", 200)
	conditional.Input = act{kind: "put", etag: "b", match: "c"}
	copied := done("copy", 0, "b", 200)
	copied.Input = act{kind: "copy", key: 0, source: 1}
	gone := done("get", 0, "", 404)
	complete, again := done("complete", 0, "a", 200), done("complete", 0, "a", 200)
	noMore := done("complete", 0, "", 404)
	type operations = []porcupine.Operation
	for name, test := range map[string]struct {
		done     operations
		keeps    bool
		possible bool
	}{
		"a write is read":                               {done: operations{done("put", 0, "a", 200), done("get", 0, "a", 200)}, possible: true},
		"a write is lost":                               {done: operations{done("put", 0, "a", 200), gone}},
		"what nobody wrote is read":                     {done: operations{done("put", 0, "a", 200), done("get", 0, "b", 200)}},
		"what was deleted is read":                      {done: operations{done("put", 0, "a", 200), done("delete", 0, "", 204), done("get", 0, "a", 200)}},
		"two write what nobody else did":                {done: operations{done("put", 0, "a", 200), onlyNew}},
		"a write over what was not so":                  {done: operations{done("put", 0, "a", 200), conditional}},
		"a list lacks what was written":                 {done: operations{done("put", 1, "a", 200), listed("", "")}},
		"a list has what was written":                   {done: operations{done("put", 1, "a", 200), listed("", "a")}, possible: true},
		"a copy of what was not there":                  {done: operations{done("put", 1, "a", 200), copied}},
		"an upload is aborted when it is done":          {done: operations{complete, done("abort", 0, "", 204)}},
		"an upload is completed when it is aborted":     {done: operations{done("abort", 0, "", 204), complete}},
		"an upload is completed again":                  {done: operations{complete, again}, possible: true},
		"what was completed is replaced and comes back": {done: operations{complete, done("put", 0, "b", 200), again}},
		"what was completed is replaced":                {done: operations{complete, done("put", 0, "b", 200), noMore}, possible: true},
		"what was completed is kept":                    {done: operations{complete, done("put", 0, "b", 200), again}, keeps: true, possible: true},
	} {
		for i := range test.done {
			test.done[i].Call, test.done[i].Return = int64(2*i), int64(2*i+1)
		}
		if got := porcupine.CheckOperations(bucketModel(test.keeps), test.done); got != test.possible {
			t.Errorf("%s: possible is %v", name, got)
		}
	}
}
