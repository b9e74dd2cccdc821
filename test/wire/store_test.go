package wire

import (
	"crypto/md5"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// held is what a bucket holds, a line for each thing in the order of the lists:
//
//	versioning STATE
//	object KEY VERSION CONTENT [HEADER=VALUE...]
//	marker KEY VERSION
//	upload KEY ID
//	part KEY ID NUMBER SIZE ETAG
//	tags KEY VERSION DOCUMENT
//	bucket cors DOCUMENT
//	bucket tagging DOCUMENT
//
// CONTENT is quoted, or where it is long as contentWord says. HEADER is one of those
// that a writer gives an object. No line says what is as in a new bucket.
type held struct {
	lines []string
	// current are the objects that are not hidden by a delete marker.
	current map[string]string
}

// contentWord is how a content stands in a line.
func contentWord(content string) string {
	if len(content) > 64 {
		return fmt.Sprintf("%d/%x", len(content), md5.Sum([]byte(content)))
	}
	return strings.ReplaceAll(fmt.Sprintf("%q", content), " ", "_")
}

// word is a text that spaces and the like must not take apart.
func word(s string) string { return strings.Join(strings.Fields(s), "_") }

// whatIsHeld asks for everything that a bucket holds.
func whatIsHeld(t *testing.T, bucket string) *held {
	t.Helper()
	h := &held{current: map[string]string{}}
	var versioning struct{ Status string }
	mustGetXML(t, "/"+bucket+"?versioning", &versioning)
	if versioning.Status != "" {
		h.add("versioning", versioning.Status)
	}
	h.addVersions(t, bucket)
	h.addUploads(t, bucket)
	for _, configuration := range []string{"cors", "tagging"} {
		m := &message{method: "GET", target: "/" + bucket + "?" + configuration, host: target.host}
		if a := mustSend(t, m); a.status == 200 {
			h.add("bucket", configuration, word(string(a.body)))
		} else if a.status != 404 {
			t.Fatalf("GET %s: %d\n%s", m.target, a.status, a.body)
		}
	}
	return h
}

func (h *held) add(words ...string) { h.lines = append(h.lines, strings.Join(words, " ")) }

// addVersions adds all versions, newest first, and their tags.
func (h *held) addVersions(t *testing.T, bucket string) {
	t.Helper()
	var list struct {
		Versions []struct {
			XMLName        xml.Name
			Key, VersionId string
			IsLatest       bool
		} `xml:",any"`
	}
	mustGetXML(t, "/"+bucket+"?versions&encoding-type=url", &list)
	for _, v := range list.Versions {
		key := decode(v.Key, true)
		switch v.XMLName.Local {
		case "DeleteMarker":
			h.add("marker", word(key), v.VersionId)
		case "Version":
			path := "/" + bucket + "/" + escapePath(key)
			a := mustDo(t, "GET", path+"?versionId="+escape(v.VersionId), "")
			h.add("object", word(key), v.VersionId, strings.Join(append([]string{contentWord(string(a.body))}, givenHeaders(a.header)...), " "))
			if a.header.Get("x-amz-tagging-count") != "" {
				tags := mustDo(t, "GET", path+"?tagging&versionId="+escape(v.VersionId), "")
				h.add("tags", word(key), v.VersionId, tagWord(t, tags.body))
			}
			if v.IsLatest {
				h.current[key] = string(a.body)
			}
		}
	}
}

// givenHeaders are the headers of an answer that a writer gave the object.
func givenHeaders(h http.Header) []string {
	var given []string
	for name, values := range h {
		value := strings.Join(values, ",")
		name = strings.ToLower(name)
		switch {
		case strings.HasPrefix(name, "x-amz-meta-"), name == "x-amz-storage-class",
			name == "content-type" && value != "binary/octet-stream", name == "cache-control", name == "content-language":
			given = append(given, word(name+"="+value))
		}
	}
	slices.Sort(given)
	return given
}

// tagWord writes tags as KEY=VALUE&KEY=VALUE.
func tagWord(t *testing.T, document []byte) string {
	t.Helper()
	var tagging struct {
		Tags []struct{ Key, Value string } `xml:"TagSet>Tag"`
	}
	if err := xml.Unmarshal(document, &tagging); err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, tag := range tagging.Tags {
		tags = append(tags, escape(tag.Key)+"="+escape(tag.Value))
	}
	slices.Sort(tags)
	return strings.Join(tags, "&")
}

// addUploads adds all uploads and their parts.
func (h *held) addUploads(t *testing.T, bucket string) {
	t.Helper()
	var list struct {
		Upload []struct{ Key, UploadId string }
	}
	mustGetXML(t, "/"+bucket+"?uploads&encoding-type=url", &list)
	for _, u := range list.Upload {
		key := decode(u.Key, true)
		h.add("upload", word(key), u.UploadId)
		var parts struct {
			Part []struct {
				PartNumber, Size, ETag string
			}
		}
		mustGetXML(t, "/"+bucket+"/"+escapePath(key)+"?uploadId="+escape(u.UploadId), &parts)
		for _, p := range parts.Part {
			h.add("part", word(key), u.UploadId, p.PartNumber, p.Size, strings.Trim(p.ETag, `"`))
		}
	}
}

// unlessObject returns the lines that are not about objects.
func (h *held) unlessObject() []string {
	return slices.DeleteFunc(slices.Clone(h.lines), func(line string) bool {
		return strings.HasPrefix(line, "object ") || strings.HasPrefix(line, "tags ")
	})
}

// checkLines compares lines with what they should be, where a word * is any word.
func checkLines(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("the store holds more: %s", got[i])
		case i >= len(got):
			t.Errorf("the store lacks: %s", want[i])
		case !sameWords(got[i], want[i]):
			t.Errorf("the store holds\n\t%s, want\n\t%s", got[i], want[i])
		}
	}
}

func sameWords(got, want string) bool {
	g, w := strings.Fields(got), strings.Fields(want)
	return slices.EqualFunc(g, w, func(got, want string) bool { return got == want || want == "*" })
}

func mustGetXML(t *testing.T, path string, document any) {
	t.Helper()
	if err := xml.Unmarshal(mustDo(t, "GET", path, "").body, document); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

// Rows prove something by what a bucket holds only if everything in it is seen.
func TestEverythingThatABucketHoldsIsSeen(t *testing.T) {
	bucket := newBucket(t)
	steps := []step{
		put("first", "a", "one", header{"x-amz-meta-m", "x y"}),
		versioning("Enabled"),
		put("second", "a", "two", header{"x-amz-tagging", "t=u"}, header{"Content-Type", "text/plain"}),
		put("gone", "b", "three"), remove("marker", "b"),
		createUpload("u", "c"), putPart("p", "c", "u", 3, "four"),
		configure("cors", corsOf("<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>")),
		configure("tagging", tagsOf("t", "u")),
	}
	if lines := whatIsHeld(t, bucket).lines; len(lines) > 0 {
		t.Errorf("a new bucket holds %q", lines)
	}
	fill := takeSteps(t, bucket, steps)
	h := whatIsHeld(t, bucket)
	var want []string
	for _, line := range []string{
		"versioning Enabled",
		`object a {second.version} "two" content-type=text/plain`,
		"tags a {second.version} t=u",
		`object a null "one" x-amz-meta-m=x_y`,
		"marker b {marker.version}",
		`object b {gone.version} "three"`,
		"upload c {u.upload}",
		"part c {u.upload} 3 4 {p.etag}",
		"bucket cors *",
		"bucket tagging *",
	} {
		want = append(want, fill.Replace(line))
	}
	checkLines(t, h.lines, want)
	if len(h.current) != 1 || h.current["a"] != "two" {
		t.Errorf("the current objects are %q", h.current)
	}
	if sameWords("a b", "a c") || sameWords("a b", "a") || sameWords("a", "a *") || !sameWords("a b", "* b") {
		t.Error("lines are not compared")
	}
}
