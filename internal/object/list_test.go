package object

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// entries shows a page as one list in byte order, as S3 counts it.
func entries(p Page) []string {
	var all []string
	for _, o := range p.Objects {
		all = append(all, o.Key)
	}
	for _, prefix := range p.Prefixes {
		all = append(all, prefix+"*")
	}
	slices.Sort(all)
	return all
}

func TestList(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	other := s.createBucket("other", alice)
	for _, key := range []string{
		"a", "a/", "a/1", "a/2/x", "a/2/y", "b", "c//d", "c/e", "d\x00", "d\x00\x00", "é/ü", "ключ::one::two", "z",
	} {
		s.put(b, key, key)
		s.put(other, key, key)
	}
	for _, tt := range []struct {
		name      string
		in        ListInput
		want      []string
		truncated bool
		next      string
	}{
		{"all", ListInput{Max: 1000}, []string{
			"a", "a/", "a/1", "a/2/x", "a/2/y", "b", "c//d", "c/e", "d\x00", "d\x00\x00", "z", "é/ü", "ключ::one::two",
		}, false, ""},
		{"none", ListInput{Max: 0}, nil, false, ""},
		{"fewer than none", ListInput{Max: -1}, nil, false, ""},
		{"folders", ListInput{Delimiter: "/", Max: 1000}, []string{
			"a", "a/*", "b", "c/*", "d\x00", "d\x00\x00", "z", "é/*", "ключ::one::two",
		}, false, ""},
		{"the first folder", ListInput{Delimiter: "/", Max: 2}, []string{"a", "a/*"}, true, "a/"},
		{"after a folder", ListInput{Delimiter: "/", After: "a/", Max: 2}, []string{"b", "c/*"}, true, "c/"},
		{"after a key in a folder", ListInput{Delimiter: "/", After: "a/1", Max: 2}, []string{"b", "c/*"}, true, "c/"},
		{"after what is before a folder", ListInput{Delimiter: "/", After: "a.", Max: 1}, []string{"a/*"}, true, "a/"},
		{"after a folder, without folders", ListInput{After: "a/", Max: 2}, []string{"a/1", "a/2/x"}, true, "a/2/x"},
		{"in a folder", ListInput{Prefix: "a/", Delimiter: "/", Max: 1000}, []string{"a/", "a/1", "a/2/*"}, false, ""},
		{"in a folder after its own marker", ListInput{Prefix: "a/", Delimiter: "/", After: "a/", Max: 1000}, []string{"a/1", "a/2/*"}, false, ""},
		{"in a folder after a folder", ListInput{Prefix: "a/", Delimiter: "/", After: "a/2/", Max: 1000}, nil, false, ""},
		{"in a folder after what is behind it", ListInput{Prefix: "a/", Delimiter: "/", After: "b", Max: 1000}, nil, false, ""},
		{"in a folder after what is before it", ListInput{Prefix: "a/", Delimiter: "/", After: "A", Max: 1000}, []string{"a/", "a/1", "a/2/*"}, false, ""},
		{"a prefix that ends in a name", ListInput{Prefix: "a", Delimiter: "/", Max: 1000}, []string{"a", "a/*"}, false, ""},
		{"a prefix with nothing", ListInput{Prefix: "a/3", Max: 1000}, nil, false, ""},
		{"a delimiter twice", ListInput{Prefix: "c/", Delimiter: "/", Max: 1000}, []string{"c//*", "c/e"}, false, ""},
		{"a delimiter of two characters", ListInput{Prefix: "к", Delimiter: "::", Max: 1000}, []string{"ключ::*"}, false, ""},
		{"behind a delimiter of two characters", ListInput{Prefix: "ключ::", Delimiter: "::", Max: 1000}, []string{"ключ::one::*"}, false, ""},
		{"between the characters of a delimiter", ListInput{Prefix: "ключ:", Delimiter: "::", Max: 1000}, []string{"ключ:" + ":one::*"}, false, ""},
		{"a delimiter that is a letter", ListInput{Delimiter: "ю", Prefix: "ключ", Max: 1000}, []string{"ключ::one::two"}, false, ""},
		{"a delimiter of more bytes than any key", ListInput{Delimiter: strings.Repeat("/", 2000), Prefix: "a/2", Max: 1000}, []string{"a/2/x", "a/2/y"}, false, ""},
		{"NUL as delimiter", ListInput{Delimiter: "\x00", Prefix: "d", Max: 1000}, []string{"d\x00*"}, false, ""},
		{"after NUL", ListInput{After: "d\x00", Max: 1}, []string{"d\x00\x00"}, true, "d\x00\x00"},
		{"exactly a page", ListInput{Prefix: "a/", Max: 4}, []string{"a/", "a/1", "a/2/x", "a/2/y"}, false, ""},
		{"a page less one", ListInput{Prefix: "a/", Max: 3}, []string{"a/", "a/1", "a/2/x"}, true, "a/2/x"},
		{"a page that ends before a folder's last key", ListInput{Delimiter: "/", After: "z", Max: 1}, []string{"é/*"}, true, "é/"},
		{"after a key longer than any", ListInput{After: "b" + strings.Repeat("\xff", 5000), Max: 1}, []string{"c//d"}, true, "c//d"},
		{"after the last", ListInput{After: "ключ::one::two", Max: 1}, nil, false, ""},
		{"after bytes above all", ListInput{After: "\xff\xff\xff", Max: 1}, nil, false, ""},
		{"a prefix of bytes above all", ListInput{Prefix: "\xff\xff\xff", Max: 1}, nil, false, ""},
		{"a prefix longer than any key", ListInput{Prefix: strings.Repeat("a", 5000), Max: 1}, nil, false, ""},
	} {
		tt.in.Bucket = b
		page := s.list(tt.in)
		if diff := cmp.Diff(tt.want, entries(page)); diff != "" || page.Truncated != tt.truncated || page.Next != tt.next {
			t.Errorf("%s: truncated %t, next %q, want %t, %q; %s", tt.name, page.Truncated, page.Next, tt.truncated, tt.next, diff)
		}
	}
}

func TestListShowsObjectsAsTheyAre(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	in := putInput(b, "k", "hello")
	in.Owner = bob
	in.Attributes = Attributes{
		Headers: map[string]string{"Content-Type": "text/plain"}, Metadata: map[string]string{"who": "me"}, StorageClass: "GLACIER",
	}
	want, err := s.Put(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want.Headers, want.Metadata = nil, nil
	if diff := cmp.Diff(Page{Objects: []Object{want}}, s.list(ListInput{Bucket: b, Max: 1}), compareUnexported); diff != "" {
		t.Error(diff)
	}
}

func TestListReturnsAtMostAPage(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.fill(b, MaxPage+1, func(i int) string { return fmt.Sprintf("%06d", i) })
	page := s.list(ListInput{Bucket: b, Max: 1 << 30})
	if len(page.Objects) != MaxPage || !page.Truncated || page.Next != "000999" {
		t.Errorf("%d objects, truncated %t, next %q", len(page.Objects), page.Truncated, page.Next)
	}
}

// fill writes records of n empty objects, without their contents' help.
func (s *store) fill(b Bucket, n int, key func(int) string) {
	s.t.Helper()
	o := Object{ETag: "d41d8cd98f00b204e9800998ecf8427e", Modified: s.clock.now(), Owner: b.Owner}
	for i := 0; i < n; {
		err := s.records.Update(s.t.Context(), func(txn kv.Txn) error {
			for end := min(i+kv.MaxTxnWrites, n); i < end; i++ {
				if err := record.Set(txn, objectKey(b.id, key(i)), newObjectRecord(b, &o)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// listModel lists sorted keys as S3 describes it, one key after the other.
func listModel(keys []string, in ListInput) Page {
	var page Page
	var all []string
	for _, key := range keys {
		if !strings.HasPrefix(key, in.Prefix) {
			continue
		}
		entry, folder := key, false
		if in.Delimiter != "" {
			if i := strings.Index(key[len(in.Prefix):], in.Delimiter); i >= 0 {
				entry, folder = key[:len(in.Prefix)+i+len(in.Delimiter)], true
			}
		}
		if entry <= in.After || folder && len(page.Prefixes) > 0 && page.Prefixes[len(page.Prefixes)-1] == entry {
			continue
		}
		if len(all) == in.Max {
			page.Truncated, page.Next = in.Max > 0, ""
			break
		}
		all = append(all, entry)
		if folder {
			page.Prefixes = append(page.Prefixes, entry)
		} else {
			page.Objects = append(page.Objects, Object{Key: key})
		}
	}
	if page.Truncated {
		page.Next = all[len(all)-1]
	}
	return page
}

// words are what random keys, prefixes and delimiters are made of: bytes next
// to both ends of a byte's range, parts of one another, and long runes.
var words = []string{
	"a", "b", "/", "//", "\x00", "\x01", "\x7f", "é", "è", "\u07ff", "\u0800", "\uffff", "\U0010ffff", "\U0010fffe", "::", ":", "a/",
}

func randomText(r *rand.Rand, most int) string {
	var text strings.Builder
	for range r.IntN(most + 1) {
		text.WriteString(words[r.IntN(len(words))])
	}
	return text.String()
}

func TestRandomHistoriesMatchAModel(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			s := newStore(t, storeOptions{inline: 8})
			buckets := []Bucket{s.createBucket("first", alice), s.createBucket("second", alice)}
			models := []map[string]string{{}, {}}
			for step := range 600 {
				i := r.IntN(2)
				b, model := buckets[i], models[i]
				switch key := randomText(r, 4); r.IntN(6) {
				case 0, 1, 2:
					body := strings.Repeat(fmt.Sprint(step), r.IntN(6))
					if key == "" {
						key = "k"
					}
					s.put(b, key, body)
					model[key] = body
				case 3:
					if key != "" {
						s.delete(b, key)
						delete(model, key)
					}
				case 4:
					if key != "" {
						got, ok := s.get(b, key)
						if want, there := model[key]; got != want || ok != there {
							t.Fatalf("step %d: %q is %q, %t, want %q, %t", step, key, got, ok, want, there)
						}
					}
				case 5:
					checkList(t, s, b, model, r)
				}
			}
			for i, b := range buckets {
				for range 200 {
					checkList(t, s, b, models[i], r)
				}
			}
		})
	}
}

func checkList(t *testing.T, s *store, b Bucket, model map[string]string, r *rand.Rand) {
	t.Helper()
	keys := make([]string, 0, len(model))
	for key := range model {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	in := ListInput{Bucket: b, Prefix: randomText(r, 2), Max: r.IntN(8)}
	if r.IntN(3) > 0 {
		in.Delimiter = randomText(r, 2)
	}
	switch r.IntN(4) {
	case 0:
		in.After = randomText(r, 4)
	case 1:
		in.After = in.Prefix + randomText(r, 3)
	}
	if r.IntN(4) == 0 {
		in.Delimiter = string([]byte{words[11][r.IntN(3)]}) // a part of a rune
	}
	// Pages follow one another until the last.
	for range 10 {
		want, got := listModel(keys, in), s.list(in)
		for i, o := range got.Objects {
			if o.Size != int64(len(model[o.Key])) {
				t.Errorf("%q has %d bytes, want %d", o.Key, o.Size, len(model[o.Key]))
			}
			got.Objects[i] = Object{Key: o.Key}
		}
		if diff := cmp.Diff(want, got, compareUnexported); diff != "" {
			t.Fatalf("prefix %q, delimiter %q, after %q, max %d: %s", in.Prefix, in.Delimiter, in.After, in.Max, diff)
		}
		if !got.Truncated {
			return
		}
		in.After = got.Next
	}
}

func FuzzList(f *testing.F) {
	keys := []string{
		"\x00", "\x00\x00", "a", "a/", "a//b", "a/b", "a/b/c", "a0", "b::c::d", "é/è", "é/é", "\uffff", "\U0010ffff",
		"\U0010ffff/", strings.Repeat("k", 1024),
	}
	slices.Sort(keys)
	s := newStore(f, storeOptions{})
	b := s.createBucket("photos", alice)
	s.fill(b, len(keys), func(i int) string { return keys[i] })
	f.Add("", "/", "", 3)
	f.Add("a/", "/", "a/b/c", 1000)
	f.Add("é", "\xc3", "é/", 1)
	f.Add("a", "", "a\xff", -1)
	f.Add(strings.Repeat("k", 1025), "k", "\xff", 2)
	f.Fuzz(func(t *testing.T, prefix, delimiter, after string, most int) {
		in := ListInput{Bucket: b, Prefix: prefix, Delimiter: delimiter, After: after, Max: most}
		got, err := s.List(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range got.Objects {
			got.Objects[i] = Object{Key: o.Key}
		}
		in.Max = max(in.Max, 0)
		if diff := cmp.Diff(listModel(keys, in), got, compareUnexported); diff != "" {
			t.Error(diff)
		}
	})
}

// counting counts what is read and written.
type counting struct {
	kv.Store
	gets, moves, values int
	written             int // in bytes
	longest             int // bound of a Scan, in bytes
}

type countingReader struct {
	kv.Reader
	c *counting
}

type countingTxn struct {
	kv.Txn
	countingReader
}

type countingIterator struct {
	kv.Iterator
	c *counting
}

func (c *counting) wrap(s kv.Store) kv.Store { c.Store = s; return c }

func (c *counting) reset() { *c = counting{Store: c.Store} }

func (c *counting) View(ctx context.Context, fn func(kv.Reader) error) error {
	return c.Store.View(ctx, func(r kv.Reader) error { return fn(countingReader{r, c}) })
}

func (c *counting) Update(ctx context.Context, fn func(kv.Txn) error) error {
	return c.Store.Update(ctx, func(txn kv.Txn) error { return fn(countingTxn{txn, countingReader{txn, c}}) })
}

func (r countingReader) Get(key []byte) ([]byte, error) { r.c.gets++; return r.Reader.Get(key) }

func (r countingReader) Scan(lower, upper []byte) kv.Iterator {
	r.c.longest = max(r.c.longest, len(lower), len(upper))
	return countingIterator{r.Reader.Scan(lower, upper), r.c}
}

func (t countingTxn) Get(key []byte) ([]byte, error) { return t.countingReader.Get(key) }
func (t countingTxn) Scan(lower, upper []byte) kv.Iterator {
	return t.countingReader.Scan(lower, upper)
}
func (t countingTxn) ScanReverse(l, upper []byte) kv.Iterator { return t.Txn.ScanReverse(l, upper) }
func (t countingTxn) Set(key, value []byte) {
	t.c.written += len(key) + len(value)
	t.Txn.Set(key, value)
}

func (i countingIterator) Next() bool           { i.c.moves++; return i.Iterator.Next() }
func (i countingIterator) Seek(key []byte) bool { i.c.moves++; return i.Iterator.Seek(key) }
func (i countingIterator) Value() []byte        { i.c.values++; return i.Iterator.Value() }

func TestListCostsWhatItReturns(t *testing.T) {
	count := &counting{}
	s := newStore(t, storeOptions{wrap: count.wrap})
	b := s.createBucket("photos", alice)
	const folders, each = 10, 3000
	s.fill(b, folders*each, func(i int) string { return fmt.Sprintf("%02d/%06d", i/each, i%each) })
	s.put(b, "a", "")
	s.put(b, "b", "")
	for _, tt := range []struct {
		name          string
		in            ListInput
		moves, values int
	}{
		// One move for each entry, and one that finds the end.
		{"folders and keys", ListInput{Delimiter: "/", Max: 1000}, folders + 2 + 1, 2},
		{"a page of folders", ListInput{Delimiter: "/", Max: 4}, 4 + 1, 0},
		{"behind most", ListInput{Delimiter: "/", After: "08/", Max: 1000}, 3 + 1, 2},
		{"behind a key in a folder", ListInput{Delimiter: "/", After: "08/000001", Max: 1000}, 3 + 1, 2},
		{"keys of a folder", ListInput{Prefix: "05/", Delimiter: "/", Max: 10}, 10 + 1, 10},
		{"nothing", ListInput{Prefix: "05/x", Max: 10}, 1, 0},
		{"no room", ListInput{Delimiter: "/", Max: 0}, 0, 0},
	} {
		tt.in.Bucket = b
		count.reset()
		s.list(tt.in)
		if count.moves > tt.moves || count.values > tt.values {
			t.Errorf("%s: %d moves and %d values, want %d and %d", tt.name, count.moves, count.values, tt.moves, tt.values)
		}
	}
}

func TestListsScanWithinTheLengthOfKeys(t *testing.T) {
	count := &counting{}
	s := newStore(t, storeOptions{wrap: count.wrap})
	b := s.createBucket("photos", alice)
	long := strings.Repeat("k", 100_000)
	for _, delimiter := range []string{"", "kk", long} {
		s.list(ListInput{Bucket: b, Delimiter: delimiter, After: long, Max: 1})
		s.list(ListInput{Bucket: b, Delimiter: delimiter, Prefix: long, Max: 1})
		s.list(ListInput{Bucket: b, Delimiter: delimiter, Prefix: "k", After: long, Max: 1})
	}
	s.listBuckets(ListBucketsInput{AccountID: alice.AccountID, After: long})
	s.listBuckets(ListBucketsInput{AccountID: alice.AccountID, Prefix: long})
	s.listBuckets(ListBucketsInput{AccountID: long})
	if count.longest > kv.MaxKeySize {
		t.Errorf("scanned with a bound of %d bytes", count.longest)
	}
}

// broken iterators end early.
type broken struct{ kv.Store }
type brokenReader struct{ kv.Reader }
type brokenIterator struct {
	kv.Iterator
	left *int
}

var errBroken = errors.New("disk on fire")

func (b broken) View(ctx context.Context, fn func(kv.Reader) error) error {
	return b.Store.View(ctx, func(r kv.Reader) error { return fn(brokenReader{r}) })
}

func (r brokenReader) Scan(lower, upper []byte) kv.Iterator {
	left := 2
	return brokenIterator{r.Reader.Scan(lower, upper), &left}
}

func (i brokenIterator) Next() bool {
	*i.left--
	return *i.left >= 0 && i.Iterator.Next()
}
func (i brokenIterator) Err() error   { return errBroken }
func (i brokenIterator) Close() error { i.Iterator.Close(); return errBroken }

func TestListsThatCannotBeReadAreErrorsNotShort(t *testing.T) {
	s := newStore(t, storeOptions{wrap: func(s kv.Store) kv.Store { return broken{s} }})
	b := s.createBucket("photos", alice)
	s.createBucket("photos2", alice)
	s.createBucket("photos3", alice)
	for _, key := range []string{"1", "2", "3", "4/"} {
		s.put(b, key, "")
	}
	for _, delimiter := range []string{"", "/", "1"} {
		if page, err := s.List(t.Context(), ListInput{Bucket: b, Delimiter: delimiter, Max: 10}); !errors.Is(err, errBroken) {
			t.Errorf("delimiter %q: %v, %v", delimiter, page, err)
		}
	}
	if page, err := s.ListBuckets(t.Context(), ListBucketsInput{AccountID: alice.AccountID}); !errors.Is(err, errBroken) {
		t.Errorf("buckets: %v, %v", page, err)
	}
}
