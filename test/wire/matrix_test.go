package wire

import (
	"crypto/md5"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// matrix is every way to send a request: carriers by schemes by payload modes by
// operations by changes. What must become of each is derived by rules.
type matrix struct {
	routes map[string]bool
	peer   string // another bucket
	counts struct{ cells, accepted atomic.Int64 }
}

// cells returns those of an operation.
func (x *matrix) cells(o *operation) (cells []*cell) {
	for _, by := range []carrier{byHeader, byQuery, byForm, byNothing} {
		for _, k := range []kind{v4, v2, unknown, unsigned} {
			if (by == byNothing) != (k == unsigned) || by == byForm && o.base() != "PostObject" {
				continue // who signs nothing has no scheme, and one operation a form
			}
			for _, m := range modes() {
				if by == byForm && m.value != unsignedPayload || o.base() == "PostObject" && m.stream {
					continue // a form's policy says what its file may be; in chunks it is no form
				}
				for _, ch := range changes() {
					c := &cell{o, by, k, m, ch}
					if ch.fits(c) {
						cells = append(cells, c)
					}
					if ch.what == nothing {
						cells = append(cells, c.inTwoLines()...)
					}
				}
			}
		}
	}
	return cells
}

// place is a bucket that the matrix works in.
type place struct {
	bucket string
	fill   *strings.Replacer // the placeholders of furnished, and those of rows
	unfill *strings.Replacer
}

func newPlace(t *testing.T, o *operation, peer string) *place {
	t.Helper()
	p := &place{bucket: newBucket(t)}
	steps := furnish
	if o.bare {
		steps = nil
	}
	fill := takeSteps(t, p.bucket, steps)
	var in, out []string
	for _, name := range append([]string{"{peer}"}, furnished...) {
		value := fill.Replace(name)
		if name == "{peer}" {
			value = peer
		}
		if value != name {
			in, out = append(in, name, value), append(out, value, name)
		}
	}
	p.fill, p.unfill = strings.NewReplacer(in...), strings.NewReplacer(out...)
	return p
}

// holding returns everything that there is in the place, in the lines of held and
//
//	bucket new-BUCKET
//	bucket CONFIGURATION DOCUMENT
//	acl KEY DOCUMENT
//
// with the placeholders for what only this place has.
func (p *place) holding(t *testing.T) []string {
	t.Helper()
	var lines []string
	exists := func(bucket string) bool {
		return mustSend(t, &message{method: "HEAD", target: "/" + bucket, host: target.host}).status == 200
	}
	if exists("new-" + p.bucket) {
		lines = append(lines, "bucket new-"+p.bucket)
	}
	if !exists(p.bucket) {
		return append(lines, "no bucket")
	}
	lines = append(lines, whatIsHeld(t, p.bucket).lines...)
	for _, what := range []string{"bucket policy", "bucket publicAccessBlock", "bucket ownershipControls", "bucket acl", "acl k", "acl other"} {
		path := "/" + p.bucket + "?" + strings.TrimPrefix(what, "bucket ")
		if key, ok := strings.CutPrefix(what, "acl "); ok {
			path = "/" + p.bucket + "/" + key + "?acl"
		}
		switch a := mustSend(t, &message{method: "GET", target: path, host: target.host}); a.status {
		case 200:
			lines = append(lines, what+" "+word(string(a.body)))
		case 404:
			if strings.HasPrefix(what, "acl ") {
				lines = append(lines, what+" 404")
			}
		default:
			t.Fatalf("GET %s: %d\n%s", path, a.status, a.body)
		}
	}
	for i, line := range lines {
		lines[i] = p.unfill.Replace(line)
	}
	return lines
}

// checkHolding compares lines with what they were before an accepted cell, or nil.
func checkHolding(t *testing.T, before, after []string, c *cell) {
	t.Helper()
	if c != nil && c.operation.gone {
		if !slices.Equal(after, []string{"no bucket"}) {
			t.Errorf("the bucket holds %q, and should be gone", after)
		}
		return
	}
	var removes, adds []string
	if c != nil {
		removes, adds = c.operation.removes, c.operation.adds
		arrived := c.contentAfter()
		values := []string{"{content}", contentWord(arrived), "{size}", fmt.Sprint(len(arrived)), "{md5}", fmt.Sprintf("%x", md5.Sum([]byte(arrived)))}
		for _, h := range c.operation.headers {
			value := h.value
			if strings.EqualFold(h.name, c.change.header) {
				value = c.change.value
			}
			values = append(values, "{"+strings.ToLower(h.name)+"}", word(value))
		}
		fill := strings.NewReplacer(values...)
		adds = slices.Clone(adds)
		for i := range adds {
			adds[i] = fill.Replace(adds[i])
		}
	}
	checkDifference(t, "lost", linesWithout(before, after), removes)
	checkDifference(t, "got", linesWithout(after, before), adds)
}

// linesWithout returns those that are not among the others, each as often as it is
// there more often.
func linesWithout(lines, others []string) (rest []string) {
	others = slices.Clone(others)
	for _, line := range lines {
		if i := slices.Index(others, line); i >= 0 {
			others = slices.Delete(others, i, i+1)
		} else {
			rest = append(rest, line)
		}
	}
	return rest
}

func checkDifference(t *testing.T, verb string, got, want []string) {
	t.Helper()
	want = slices.Clone(want)
	for _, line := range got {
		if i := slices.IndexFunc(want, func(w string) bool { return sameWords(line, w) }); i >= 0 {
			want = slices.Delete(want, i, i+1)
		} else {
			t.Errorf("the store %s\n\t%s", verb, line)
		}
	}
	for _, line := range want {
		t.Errorf("the store has not %s\n\t%s", verb, line)
	}
}

// check returns what is wrong with an answer, "" if nothing is.
func (x *matrix) check(c *cell, m *message, a *answer) string {
	x.counts.cells.Add(1)
	want := x.expect(c)
	if a.status != want.status {
		return fmt.Sprintf("status %d, want %d %s", a.status, want.status, want.code)
	}
	if want.changed || a.status/100 == 2 {
		x.counts.accepted.Add(1)
	}
	for _, name := range []string{"X-Amz-Request-Id", "X-Amz-Id-2"} {
		if a.header.Get(name) == "" {
			return "no header " + name
		}
	}
	if a.status/100 == 2 || m.method == "HEAD" {
		return ""
	}
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}
	if err := xml.Unmarshal(a.body, &document); err != nil {
		return "the error document: " + err.Error()
	}
	if want.code != "" && document.Code != want.code || document.Code == "" || document.Message == "" {
		return fmt.Sprintf("code %q (%s), want %q", document.Code, document.Message, want.code)
	}
	return ""
}

// do sends a cell's request and says what is wrong with the answer.
func (x *matrix) do(c *cell, p *place) string {
	m := c.message(p.fill)
	var a *answer
	var err error
	if m.shortBy > 0 {
		m.finish()
		a, err = m.send() // it ends its connection
	} else {
		a, err = m.sendOnLine()
	}
	wrong := ""
	if err != nil {
		wrong = err.Error()
	} else if wrong = x.check(c, m, a); wrong != "" {
		wrong = fmt.Sprintf("%s\nanswer: %d\n%.600s", wrong, a.status, a.body)
	}
	if wrong != "" {
		return fmt.Sprintf("%v: %s\nrequest:\n%.1200q", c, wrong, m.bytes())
	}
	return ""
}

// TestTheMatrix sends all cells. Those that change nothing share a bucket, which is
// compared when all are done, and after each one if it is not what it was; each of
// those that do change something has a bucket of its own.
func TestTheMatrix(t *testing.T) {
	all := operations()
	x := &matrix{routes: map[string]bool{}, peer: newBucket(t)}
	for _, o := range all {
		x.routes[routeOf(o)] = true
	}
	mustDo(t, "PUT", "/"+x.peer+"/k", "peer")
	was := whatIsHeld(t, x.peer)
	t.Run("operations", func(t *testing.T) {
		for _, o := range all {
			t.Run(o.name, func(t *testing.T) {
				t.Parallel()
				x.run(t, o)
			})
		}
	})
	checkLines(t, whatIsHeld(t, x.peer).lines, was.lines)
	t.Logf("%d cells, of which %d are accepted", x.counts.cells.Load(), x.counts.accepted.Load())
}

// shortly is the step between the requests of an operation that -short sends: a
// prime, so that every mode and every change has its turn.
const shortly = 41

// run runs the cells of an operation.
func (x *matrix) run(t *testing.T, o *operation) {
	var shared, own []*cell
	for i, c := range x.cells(o) {
		if testing.Short() && i%shortly != 0 {
			continue
		}
		if x.expect(c).changed {
			own = append(own, c)
		} else {
			shared = append(shared, c)
		}
	}
	p := newPlace(t, o, x.peer)
	before := p.holding(t)
	for _, wrong := range x.doAll(shared, p) {
		t.Error(wrong)
	}
	if after := p.holding(t); !slices.Equal(before, after) {
		checkHolding(t, before, after, nil)
		x.findChanger(t, o, shared)
	}
	for _, c := range own {
		t.Run(fmt.Sprintf("%v, %v, %s, %s", c.carrier, c.kind, c.mode.name, c.change.name), func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, o, x.peer)
			if wrong := x.do(c, p); wrong != "" {
				t.Error(wrong)
			}
			checkHolding(t, before, p.holding(t), c)
		})
	}
}

// doAll does cells, some at once, and says what is wrong with the first few.
func (x *matrix) doAll(cells []*cell, p *place) (wrong []string) {
	const atOnce, enough = 4, 20
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range atOnce {
		wg.Go(func() {
			for j := i; j < len(cells); j += atOnce {
				if s := x.do(cells[j], p); s != "" {
					mu.Lock()
					wrong = append(wrong, s)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if len(wrong) > enough {
		wrong = append(wrong[:enough], fmt.Sprintf("and %d more", len(wrong)-enough))
	}
	return wrong
}

// findChanger does cells one by one in a place of their own and names the first that
// changes something.
func (x *matrix) findChanger(t *testing.T, o *operation, cells []*cell) {
	p := newPlace(t, o, x.peer)
	before := p.holding(t)
	for _, c := range cells {
		x.do(c, p)
		if !slices.Equal(before, p.holding(t)) {
			t.Errorf("%v: this changed the store", c)
			return
		}
	}
}
