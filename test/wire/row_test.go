package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// row is one request and what must become of it. In all of its text, {bucket} is a
// bucket made for the row, {vhost} the host that names that bucket, {host} the
// server's own, whose port is {port}, and {md5} in a header the body's Content-MD5.
// What steps answered is named as step says.
type row struct {
	name string
	// ours says that the row is about Signet's own addresses or fields.
	ours bool
	// given are the objects in the bucket before; nil is one, "k", of "hello".
	given map[string]string
	// before are the requests that are made before.
	before []step

	method string
	// target is exactly what goes into the request line, but for the parameters that
	// a signer adds.
	target  string
	host    string // {host} if empty
	headers []header
	body    string
	// chunks and trailers ("name:value") are the payload in a streaming mode.
	chunks, trailers []string
	form             *form

	sign sign
	// tamper changes the request after it was signed.
	tamper []tamper

	want want
	// after are the objects in the bucket after; nil is what there was before.
	after map[string]string
	// store is all that the bucket holds after, in the lines of held; nil is what it
	// held before, its objects excepted where after says those.
	store []string
}

// want is what the answer must be.
type want struct {
	status int
	// code and message are those of S3's error document. A message that ends in
	// "..." is only the beginning.
	code, message string
	// elements are further ones of the document; "*" is any text but none.
	elements map[string]string
	// headers are those of the answer; "*" is any value, "" says that it must not
	// be there.
	headers map[string]string
	body    *string
	// contains are pieces of the body, lacks what must not be in it.
	contains, lacks []string
	// plain says that the answer need not be S3's: net/http gave it.
	plain bool
}

// refused is a status of 400 or 403, where S3's documentation leaves open which.
const refused = -1

func text(s string) *string { return &s }

type header struct{ name, value string }

var bucketNumber atomic.Int64

// run runs rows, each with a bucket of its own.
func run(t *testing.T, rows []row) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.name] {
			t.Fatalf("two rows are named %q", r.name)
		}
		seen[r.name] = true
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			runRow(t, r)
		})
	}
}

func runRow(t *testing.T, r row) {
	if r.ours {
		needsSignet(t)
	}
	bucket := newBucket(t)
	if r.given == nil {
		r.given = map[string]string{"k": "hello"}
	}
	for key, content := range r.given {
		mustDo(t, "PUT", "/"+bucket+"/"+escapePath(key), content)
	}

	fill := takeSteps(t, bucket, r.before)
	was := &held{current: r.given}
	if len(r.before) > 0 && r.store == nil {
		was = whatIsHeld(t, bucket)
	}
	m := r.message(fill)
	a, err := m.send()
	if err != nil {
		t.Fatalf("%v\nrequest:\n%s", err, m.bytes())
	}
	r.want.check(t, fill, m, a)

	r.checkStore(t, bucket, fill, was)
	if t.Failed() {
		t.Logf("request:\n%.2000q\nanswer: %d %v\n%.2000s", m.bytes(), a.status, a.header, a.body)
	}
}

// checkStore compares what the bucket holds with what it should.
func (r *row) checkStore(t *testing.T, bucket string, fill *strings.Replacer, was *held) {
	t.Helper()
	after := r.after
	if after == nil {
		after = was.current
	}
	if len(r.before) == 0 && r.store == nil {
		checkNothingElse(t, bucket)
		checkBucket(t, bucket, after)
		return
	}
	now := whatIsHeld(t, bucket)
	switch {
	case r.store != nil:
		want := make([]string, len(r.store))
		for i, line := range r.store {
			want[i] = fill.Replace(line)
		}
		checkLines(t, now.lines, want)
		if r.after == nil {
			after = now.current
		}
	case r.after != nil:
		checkLines(t, now.unlessObject(), was.unlessObject())
	default:
		checkLines(t, now.lines, was.lines)
	}
	compareObjects(t, now.current, after)
	if keys, current := listKeys(t, bucket), slices.Sorted(maps.Keys(now.current)); !slices.Equal(keys, current) {
		t.Errorf("the list of objects has %q, that of versions %q", keys, current)
	}
}

// checkNothingElse sees that a bucket without versions has none, and no uploads.
func checkNothingElse(t *testing.T, bucket string) {
	t.Helper()
	for list, entries := range map[string][]string{"versions": {"<DeleteMarker>", "<IsLatest>false"}, "uploads": {"<Upload>"}} {
		a := mustDo(t, "GET", "/"+bucket+"?"+list, "")
		for _, entry := range entries {
			if bytes.Contains(a.body, []byte(entry)) {
				t.Errorf("the bucket has %s:\n%s", list, a.body)
			}
		}
	}
}

// newBucket makes an empty bucket.
func newBucket(t *testing.T) string {
	t.Helper()
	bucket := fmt.Sprintf("wire-%d-%d", bucketNumber.Add(1), time.Now().UnixNano()%1e9)
	mustDo(t, "PUT", "/"+bucket, "")
	return bucket
}

// message returns the signed and changed request.
func (r *row) message(fill *strings.Replacer) *message {
	m := &message{method: r.method, target: fill.Replace(r.target), host: r.host, body: []byte(fill.Replace(r.body))}
	if m.host == "" {
		m.host = "{host}"
	}
	m.host = fill.Replace(m.host)
	for _, h := range r.headers {
		value := strings.ReplaceAll(fill.Replace(h.value), "{md5}", checksumOf("MD5", string(m.body)))
		m.headers = append(m.headers, header{h.name, value})
	}
	if r.form != nil {
		r.form.write(m, fill)
	}
	s := r.sign
	s.path = fill.Replace(s.path)
	s.chunks, s.trailers = r.chunks, r.trailers
	s.sign(m)
	for _, change := range r.tamper {
		change(m, fill)
	}
	m.finish()
	return m
}

// errorDocument is any document of elements that hold text.
type errorDocument struct {
	XMLName  xml.Name
	Elements []struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	} `xml:",any"`
}

func (w *want) check(t *testing.T, fill *strings.Replacer, m *message, a *answer) {
	t.Helper()
	if w.status == refused {
		if a.status != 400 && a.status != 403 {
			t.Errorf("status %d, want 400 or 403", a.status)
		}
	} else if a.status != w.status {
		t.Errorf("status %d, want %d", a.status, w.status)
	}
	for name, value := range w.headers {
		got, there := a.header[http.CanonicalHeaderKey(name)]
		joined := strings.Join(got, ", ")
		switch {
		case value == "" && there:
			t.Errorf("header %s is %q and must not be there", name, joined)
		case value == "*" && joined == "":
			t.Errorf("header %s is not there", name)
		case value != "" && value != "*" && joined != fill.Replace(value):
			t.Errorf("header %s is %q, want %q", name, joined, fill.Replace(value))
		}
	}
	if w.body != nil && string(a.body) != fill.Replace(*w.body) {
		t.Errorf("body %.200q, want %.200q", a.body, fill.Replace(*w.body))
	}
	for _, piece := range w.contains {
		if !bytes.Contains(a.body, []byte(fill.Replace(piece))) {
			t.Errorf("body %.2000q has no %q", a.body, fill.Replace(piece))
		}
	}
	for _, piece := range w.lacks {
		if bytes.Contains(a.body, []byte(fill.Replace(piece))) {
			t.Errorf("body %.2000q has %q", a.body, fill.Replace(piece))
		}
	}
	if bytes.Contains(a.body, []byte(target.secret)) {
		t.Error("the answer holds the secret")
	}
	if m.method == "HEAD" && len(a.body) > 0 {
		t.Errorf("an answer to HEAD has a body of %d bytes", len(a.body))
	}
	if w.plain {
		return
	}
	for _, name := range []string{"X-Amz-Request-Id", "X-Amz-Id-2"} {
		if a.header.Get(name) == "" {
			t.Errorf("no header %s", name)
		}
	}
	if (w.code != "" || w.status == refused) && m.method != "HEAD" {
		w.checkDocument(t, fill, a)
	}
}

func (w *want) checkDocument(t *testing.T, fill *strings.Replacer, a *answer) {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/xml" {
		t.Errorf("the error is %q", got)
	}
	var d errorDocument
	if err := xml.Unmarshal(a.body, &d); err != nil {
		t.Errorf("the error document: %v", err)
		return
	}
	if d.XMLName.Local != "Error" || d.XMLName.Space != "" {
		t.Errorf("the error document is <%s xmlns=%q>", d.XMLName.Local, d.XMLName.Space)
	}
	elements := map[string]string{}
	for _, e := range d.Elements {
		if _, twice := elements[e.XMLName.Local]; twice {
			t.Errorf("element %s is there twice", e.XMLName.Local)
		}
		elements[e.XMLName.Local] = e.Text
	}
	if w.code != "" && elements["Code"] != w.code || elements["Code"] == "" {
		t.Errorf("code %q (%s), want %q", elements["Code"], elements["Message"], w.code)
	}
	message := fill.Replace(w.message)
	if beginning, ok := strings.CutSuffix(message, "..."); ok {
		if !strings.HasPrefix(elements["Message"], beginning) {
			t.Errorf("message %q, want %q...", elements["Message"], beginning)
		}
	} else if message != "" && elements["Message"] != message {
		t.Errorf("message %q, want %q", elements["Message"], message)
	}
	if elements["Message"] == "" {
		t.Error("no message")
	}
	if elements["RequestId"] != a.header.Get("X-Amz-Request-Id") || elements["HostId"] != a.header.Get("X-Amz-Id-2") {
		t.Errorf("RequestId %q and HostId %q are not those of the headers", elements["RequestId"], elements["HostId"])
	}
	for name, value := range w.elements {
		got, there := elements[name]
		if !there || value == "*" && got == "" || value != "*" && got != fill.Replace(value) {
			t.Errorf("element %s is %q (there: %v), want %q", name, got, there, fill.Replace(value))
		}
	}
}

// checkBucket compares all objects of a bucket with what they should be.
func checkBucket(t *testing.T, bucket string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, key := range listKeys(t, bucket) {
		got[key] = string(mustDo(t, "GET", "/"+bucket+"/"+escapePath(key), "").body)
	}
	compareObjects(t, got, want)
}

func compareObjects(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			t.Errorf("there is an object %q of %.100q", key, got[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if content, ok := got[key]; !ok {
			t.Errorf("there is no object %q", key)
		} else if content != want[key] {
			t.Errorf("object %q is %.100q, want %.100q", key, content, want[key])
		}
	}
}

func listKeys(t *testing.T, bucket string) []string {
	t.Helper()
	var list struct {
		Contents []struct{ Key string }
	}
	a := mustDo(t, "GET", "/"+bucket+"?list-type=2&encoding-type=url", "")
	if err := xml.Unmarshal(a.body, &list); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, c := range list.Contents {
		keys = append(keys, decode(c.Key, true))
	}
	return keys
}

// mustDo sends a request that has to succeed, signed in its headers.
func mustDo(t *testing.T, method, path, body string) *answer {
	t.Helper()
	a := mustSend(t, &message{method: method, target: path, host: target.host, body: []byte(body)})
	if a.status/100 != 2 {
		t.Fatalf("%s %s: %d\n%s", method, path, a.status, a.body)
	}
	return a
}
