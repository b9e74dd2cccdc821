package abuse

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
)

func TestAThousandUploadsAbortedMidwayLeaveNothing(t *testing.T) {
	s := start(t, nil)
	some := strings.Repeat("a", 48<<10)
	s.survives(func() {
		gate := make(chan struct{}, 100)
		each(1000, func(i int) {
			gate <- struct{}{}
			defer func() { <-gate }()
			conn := s.dial()
			defer conn.Close()
			switch i % 4 {
			case 0:
				io.WriteString(conn, s.head(http.MethodPut, fmt.Sprintf("/%s/aborted-%d", bucket, i), unsigned, 256<<10, nil)+some)
			case 1: // no length, and no last chunk
				io.WriteString(conn, s.head(http.MethodPut, fmt.Sprintf("/%s/aborted-%d", bucket, i), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", -1, map[string]string{
					"X-Amz-Decoded-Content-Length": "262144", "X-Amz-Trailer": "x-amz-checksum-crc32", "Content-Encoding": "aws-chunked",
				})+fmt.Sprintf("10000\r\n40000\r\n%s", some))
			case 2: // all but the last byte
				io.WriteString(conn, s.head(http.MethodPut, fmt.Sprintf("/%s/aborted-%d", bucket, i), unsigned, int64(len(some))+1, nil)+some)
			default: // a hash that is another's
				io.WriteString(conn, s.head(http.MethodPut, fmt.Sprintf("/%s/aborted-%d", bucket, i), strings.Repeat("0", 64), int64(len(some)), nil)+some)
			}
			if i%2 == 0 {
				conn.SetLinger(0) // gone without a word
			}
		})
	})
	s.empties()
}

var uploadID = regexp.MustCompile(`<UploadId>([^<]+)</UploadId>`)

// begin begins a multipart upload.
func (s *target) begin(key string) (id string) {
	s.t.Helper()
	found := uploadID.FindStringSubmatch(s.do(http.MethodPost, "/"+bucket+"/"+key+"?uploads=", "", http.StatusOK))
	if found == nil {
		s.t.Fatal("no upload ID")
	}
	return found[1]
}

func TestUploadsInPartsGiveTheirSpaceBack(t *testing.T) {
	s := start(t, nil)
	s.survives(func() {
		gate := make(chan struct{}, 16)
		each(100, func(i int) {
			gate <- struct{}{}
			defer func() { <-gate }()
			id := s.begin(fmt.Sprintf("parts-%d", i))
			at := fmt.Sprintf("/%s/parts-%d?partNumber=%%d&uploadId=%s", bucket, i, id)
			s.do(http.MethodPut, fmt.Sprintf(at, 1), strings.Repeat("a", 64<<10), http.StatusOK)
			s.do(http.MethodPut, fmt.Sprintf(at, 1), strings.Repeat("b", 64<<10), http.StatusOK) // in its place
			s.do(http.MethodPut, fmt.Sprintf(at, 10000), "", http.StatusOK)
			conn := s.dial()
			io.WriteString(conn, s.head(http.MethodPut, fmt.Sprintf(at, 2), unsigned, 1<<20, nil)+strings.Repeat("c", 50<<10))
			conn.Close()
			s.do(http.MethodDelete, fmt.Sprintf("/%s/parts-%d?uploadId=%s", bucket, i, id), "", http.StatusNoContent)
		})
	})
	s.empties()
}

func TestPartsTooLargeAndTooSmallAreRefused(t *testing.T) {
	s := start(t, hurried)
	id := s.begin("sizes")
	at := "/" + bucket + "/sizes?partNumber=%s&uploadId=" + id
	s.survives(func() {
		const tooLarge = 5<<30 + 1
		for _, c := range []struct {
			path   string
			length int64
			status int
		}{
			{fmt.Sprintf(at, "1"), tooLarge, 400},
			{"/" + bucket + "/sizes", tooLarge, 400},
			{"/" + bucket + "/sizes", 1<<63 - 1, 400},
			{fmt.Sprintf(at, "0"), 1, 400},
			{fmt.Sprintf(at, "10001"), 1, 400},
			{fmt.Sprintf(at, "99999999999999999999"), 1, 400},
			{fmt.Sprintf(at, "-1"), 1, 400},
			{fmt.Sprintf(at, "1e1"), 1, 400},
		} {
			// Nothing of the body is sent: it is refused before it is read. The drain
			// ends with the stall.
			if status, answer := s.send(s.head(http.MethodPut, c.path, unsigned, c.length, nil)); status != c.status {
				t.Errorf("%s of %d bytes: %d %.300s", c.path, c.length, status, answer)
			}
		}
		var complete strings.Builder
		for part := 1; part <= 40; part++ {
			s.do(http.MethodPut, fmt.Sprintf(at, fmt.Sprint(part)), "a", http.StatusOK)
			fmt.Fprintf(&complete, "<Part><PartNumber>%d</PartNumber><ETag>0cc175b9c0f1b6a831c399e269772661</ETag></Part>", part)
		}
		answer := s.do(http.MethodPost, "/"+bucket+"/sizes?uploadId="+id,
			"<CompleteMultipartUpload>"+complete.String()+"</CompleteMultipartUpload>", http.StatusBadRequest)
		if !strings.Contains(answer, "EntityTooSmall") {
			t.Errorf("tiny parts are completed: %s", answer)
		}
		s.do(http.MethodDelete, "/"+bucket+"/sizes?uploadId="+id, "", http.StatusNoContent)
	})
}

// TestAHugePartPassesThrough holds what an upload takes of memory to what one of
// any size may.
func TestAHugePartPassesThrough(t *testing.T) {
	const size = 256 << 20
	s := start(t, nil)
	id := s.begin("huge")
	before := measure(t)
	var worst uint64
	s.survives(func() {
		conn := s.dial()
		defer conn.Close()
		io.WriteString(conn, s.head(http.MethodPut, "/"+bucket+"/huge?partNumber=1&uploadId="+id, unsigned, size, nil))
		piece := make([]byte, 1<<20)
		for i := range size / len(piece) {
			if _, err := conn.Write(piece); err != nil {
				t.Fatal(err)
			}
			if i%32 == 16 {
				worst = max(worst, measure(t).heap)
			}
		}
		if status, answer := s.answer(newReader(conn)); status != http.StatusOK {
			t.Errorf("%d %s", status, answer)
		}
	})
	if worst > before.heap+16<<20 {
		t.Errorf("%d KiB before, %d KiB during an upload of %d KiB", before.heap>>10, worst>>10, size>>10)
	}
}

func TestKeysOfManySlashes(t *testing.T) {
	s := start(t, nil)
	s.survives(func() {
		keys := []string{
			strings.Repeat("/", 500), strings.Repeat("/", 1024), strings.Repeat("a/", 500), strings.Repeat("../", 300), strings.Repeat("./", 500),
		}
		for _, key := range keys {
			s.do(http.MethodPut, "/"+bucket+"/"+key, key, http.StatusOK)
		}
		for _, key := range keys {
			if got := s.do(http.MethodGet, "/"+bucket+"/"+key, "", http.StatusOK); got != key {
				t.Errorf("%.20s... of %d bytes holds %.20s...", key, len(key), got)
			}
		}
		for depth := range 100 {
			prefix := strings.Repeat("%2F", depth*5)
			s.do(http.MethodGet, "/"+bucket+"?delimiter=%2F&list-type=2&prefix="+prefix, "", http.StatusOK)
		}
		s.do(http.MethodPut, "/"+bucket+"/"+strings.Repeat("/", 1025), "a", http.StatusBadRequest)
		var gone sync.WaitGroup
		for _, key := range keys {
			gone.Go(func() { s.do(http.MethodDelete, "/"+bucket+"/"+key, "", http.StatusNoContent) })
		}
		gone.Wait()
	})
	s.empties()
}
