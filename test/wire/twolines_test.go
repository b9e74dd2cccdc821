package wire

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// singleHeaders are headers of which a request may have one line, of every kind that
// the server signs, judges or acts on. Content-Length is not among them: two of it are
// no request at all.
var singleHeaders = []string{
	"Access-Control-Request-Method", "Authorization", "Content-Disposition", "Content-MD5", "Content-Range", "Content-Type", "Date",
	"Expires", "If-Modified-Since", "If-Range", "If-Unmodified-Since", "Origin", "Range", "Referer", "User-Agent",
	"x-amz-acl", "x-amz-checksum-algorithm", "x-amz-checksum-crc32", "x-amz-checksum-mode", "x-amz-content-sha256", "x-amz-copy-source",
	"x-amz-copy-source-if-match", "x-amz-copy-source-range", "x-amz-date", "x-amz-decoded-content-length", "x-amz-expected-bucket-owner",
	"x-amz-metadata-directive", "x-amz-object-ownership", "x-amz-sdk-checksum-algorithm", "x-amz-security-token", "x-amz-server-side-encryption",
	"x-amz-storage-class", "x-amz-tagging", "x-amz-tagging-directive", "x-amz-trailer", "x-amz-nobody-knows",
}

// listHeaders are headers that RFC 9110 or Amazon define as lists: several lines mean
// what one with commas means.
var listHeaders = []string{
	"Accept", "Access-Control-Request-Headers", "Cache-Control", "Content-Encoding", "Content-Language", "If-Match", "If-None-Match",
	"x-amz-grant-read", "x-amz-meta-a", "x-amz-object-attributes", "x-amz-optional-object-attributes",
}

// leftAlone are headers that the server neither signs by itself nor judges nor acts on.
var leftAlone = []string{"x-forwarded-for"}

// isSingle reports whether a header, in lower case, may come in one line only.
func isSingle(name string) bool {
	isName := func(s string) bool { return strings.EqualFold(s, name) }
	return !slices.ContainsFunc(listHeaders, isName) && !slices.Contains(leftAlone, name) &&
		!strings.HasPrefix(name, "x-amz-meta-") && !strings.HasPrefix(name, "x-amz-grant-")
}

// inTwoLines returns the cells that send one header of this one's request in two lines:
// each header doubled, and each split at each comma of its value.
func (c *cell) inTwoLines() (cells []*cell) {
	add := func(name string, h header, at int) {
		second, value, same := h.value, h.value+","+h.value, false
		if at >= 0 {
			first, rest := h.value[:at], h.value[at+1:]
			second, value = rest, strings.TrimRight(first, " ")+","+strings.TrimLeft(rest, " ")
			same = value == h.value
		}
		cells = append(cells, &cell{c.operation, c.carrier, c.kind, c.mode, &change{
			name: name, what: secondLine, fits: always, header: strings.ToLower(h.name), value: value, same: same,
			tamper: func(_ *cell, m *message, _ *strings.Replacer) {
				i := slices.IndexFunc(m.headers, func(other header) bool { return strings.EqualFold(other.name, h.name) })
				if at >= 0 { // where the comma is depends on what was filled in
					first := nthComma(m.headers[i].value, strings.Count(h.value[:at], ","))
					second = m.headers[i].value[first+1:]
					m.headers[i].value = m.headers[i].value[:first]
				} else {
					second = m.headers[i].value
				}
				m.headers = slices.Insert(m.headers, i+1, header{h.name, second})
			},
		}})
	}
	for _, h := range c.message(strings.NewReplacer()).headers {
		add(h.name+" doubled", h, -1)
		for at := range len(h.value) {
			if h.value[at] == ',' {
				add(fmt.Sprintf("%s split at comma %d", h.name, strings.Count(h.value[:at], ",")+1), h, at)
			}
		}
	}
	return cells
}

// nthComma returns where the comma stands that has n others before it.
func nthComma(s string, n int) int {
	at := strings.IndexByte(s, ',')
	for ; n > 0; n-- {
		at += 1 + strings.IndexByte(s[at+1:], ',')
	}
	return at
}

func TestEachHeaderIsDoubledAndSplitAtEachComma(t *testing.T) {
	c := &cell{
		operation: &operation{name: "PutObject", method: "PUT", target: "/{bucket}/k", body: "new", isObject: true, headers: []header{{"x-amz-meta-a", "{bucket},b, c"}}},
		carrier:   byQuery, kind: v4, mode: modes()[0], change: changes()[0],
	}
	fill := strings.NewReplacer("{bucket}", "wire-1")
	var got []string
	for _, two := range c.inTwoLines() {
		m := two.message(fill)
		for _, h := range m.headers {
			if strings.EqualFold(h.name, two.change.header) {
				got = append(got, fmt.Sprintf("%s: %q", h.name, h.value))
			}
		}
		got = append(got, fmt.Sprintf("%s means %q, as signed: %v, single: %v", two.change.name, two.change.value, two.change.same, isSingle(two.change.header)))
	}
	want := []string{
		`Content-Type: "text/plain"`, `Content-Type: "text/plain"`, `Content-Type doubled means "text/plain,text/plain", as signed: false, single: true`,
		`x-amz-meta-a: "wire-1,b, c"`, `x-amz-meta-a: "wire-1,b, c"`, `x-amz-meta-a doubled means "{bucket},b, c,{bucket},b, c", as signed: false, single: false`,
		`x-amz-meta-a: "wire-1"`, `x-amz-meta-a: "b, c"`, `x-amz-meta-a split at comma 1 means "{bucket},b, c", as signed: true, single: false`,
		`x-amz-meta-a: "wire-1,b"`, `x-amz-meta-a: " c"`, `x-amz-meta-a split at comma 2 means "{bucket},b,c", as signed: false, single: false`,
		`x-amz-content-sha256: "UNSIGNED-PAYLOAD"`, `x-amz-content-sha256: "UNSIGNED-PAYLOAD"`,
		`x-amz-content-sha256 doubled means "UNSIGNED-PAYLOAD,UNSIGNED-PAYLOAD", as signed: false, single: true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// plainCells returns a good request of an operation with each carrier and scheme.
func (x *matrix) plainCells(o *operation) (cells []*cell) {
	seen := map[string]bool{}
	for _, c := range x.cells(o) {
		id := fmt.Sprint(c.carrier, c.kind)
		if c.change.what == nothing && !c.mode.stream && c.kind != unknown && !seen[id] {
			seen[id] = true
			cells = append(cells, c)
		}
	}
	return cells
}

// TestASecondLineOfAHeaderIsRefused sends two lines of each header that is no list, by
// every carrier and operation, signed or not: what the signature covers, a policy
// judges and a handler does would not be the same.
func TestASecondLineOfAHeaderIsRefused(t *testing.T) {
	x := &matrix{peer: newBucket(t)}
	mustDo(t, "PUT", "/"+x.peer+"/k", "peer")
	var sent atomic.Int64
	t.Run("operations", func(t *testing.T) {
		for _, o := range operations() {
			t.Run(o.name, func(t *testing.T) {
				t.Parallel()
				p := newPlace(t, o, x.peer)
				before := p.holding(t)
				pairs := 0
				for _, c := range x.plainCells(o) {
					for _, name := range singleHeaders {
						for _, values := range [][2]string{{"a", "b"}, {"a", "a"}, {"", "b"}, {"a", ""}} {
							if pairs++; testing.Short() && pairs%shortly != 0 {
								continue
							}
							m := c.message(p.fill)
							if m.has(name) {
								values[0] = m.get(name) // the good one, and another
							} else {
								m.headers = append(m.headers, header{name, values[0]})
							}
							m.headers = append(m.headers, header{name, values[1]})
							a, err := m.sendOnLine()
							sent.Add(1)
							if err != nil {
								t.Fatalf("%v with two lines of %s: %v", c, name, err)
							}
							if a.status != 400 || m.method != "HEAD" && !strings.Contains(string(a.body), "<Code>InvalidArgument</Code>") {
								t.Fatalf("%v with %s: %q: %d\n%.600s", c, name, values, a.status, a.body)
							}
						}
					}
				}
				if after := p.holding(t); !slices.Equal(before, after) {
					checkHolding(t, before, after, nil)
				}
			})
		}
	})
	t.Logf("%d requests", sent.Load())
}

// TestSeveralLinesOfAListAreOne sends lists in two lines and in one, to operations that
// change nothing, and compares the answers.
func TestSeveralLinesOfAListAreOne(t *testing.T) {
	x := &matrix{peer: newBucket(t)}
	mustDo(t, "PUT", "/"+x.peer+"/k", "peer")
	for _, o := range operations() {
		if o.changes() || o.status == 501 {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, o, x.peer)
			for _, c := range x.plainCells(o) {
				for _, name := range listHeaders {
					var answers [2]string
					for i, lines := range [][]string{{`"a"`, "*"}, {`"a",*`}} {
						m := c.message(p.fill)
						m.headers = slices.DeleteFunc(m.headers, func(h header) bool { return strings.EqualFold(h.name, name) })
						for _, line := range lines {
							m.headers = append(m.headers, header{name, line})
						}
						a, err := m.sendOnLine()
						if err != nil {
							t.Fatalf("%v with %s: %v", c, name, err)
						}
						answers[i] = fmt.Sprintf("%d %s", a.status, between(string(a.body), "<Code>", "</Code>"))
					}
					if answers[0] != answers[1] {
						t.Errorf("%v with %s in two lines: %s, in one: %s", c, name, answers[0], answers[1])
					}
				}
			}
		})
	}
}

// between returns what stands in s between before and after, "" if nothing does.
func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, found := strings.Cut(s, after)
	if !found {
		return ""
	}
	return s
}
