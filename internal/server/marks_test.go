package server

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/object"
)

// fixtureBlobs is how many larger objects, of 40,000 bytes, the fixture has.
const fixtureBlobs = 25

// unmarkedDirectory returns a data directory that signet wrote before there were
// marks: the bucket photos with blob01 to blob25, and small.
func unmarkedDirectory(t *testing.T) string {
	t.Helper()
	return unpacked(t, "unmarked")
}

// unpacked returns a copy of a data directory in testdata.
func unpacked(t *testing.T, directory string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", directory+".tar.gz"))
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	parent := t.TempDir()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return filepath.Join(parent, directory)
		}
		must(t, err)
		name := filepath.Join(parent, filepath.FromSlash(h.Name))
		if h.FileInfo().IsDir() {
			must(t, os.MkdirAll(name, 0o700))
			continue
		}
		data, err := io.ReadAll(r)
		must(t, err)
		must(t, os.WriteFile(name, data, 0o600))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// readFixture returns how many of the fixture's larger objects are read as they
// were written, and the error of the first that is not.
func readFixture(s *Server) (whole int, first error) {
	for i := range fixtureBlobs {
		if err := readObject(s, fmt.Sprintf("blob%02d", i+1), bytes.Repeat([]byte{byte('A' + i)}, 40_000)); err == nil {
			whole++
		} else if first == nil {
			first = err
		}
	}
	return whole, first
}

func readObject(s *Server, key string, want []byte) error {
	ctx := context.Background()
	_, o, err := s.stores.objects.Object(ctx, "photos", key, "")
	if err == nil && o == nil {
		err = object.ErrNoSuchKey
	}
	if err != nil {
		return err
	}
	r, err := s.stores.objects.Open(ctx, o, 0, o.Size)
	if err != nil {
		return err
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err == nil && !bytes.Equal(got, want) {
		err = errors.New("other bytes than those written")
	}
	return err
}

func mustRead(t *testing.T, s *Server, want int) {
	t.Helper()
	if whole, err := readFixture(s); whole != want {
		t.Errorf("%d larger objects are whole, want %d: %v", whole, want, err)
	}
	must(t, readObject(s, "small", []byte("small\n")))
}

func putObject(s *Server, key string, size int) error {
	ctx := context.Background()
	b, err := s.stores.objects.Bucket(ctx, "photos")
	if err != nil {
		return err
	}
	_, err = s.stores.objects.Put(ctx, object.PutInput{
		Bucket: b, Key: key, Body: strings.NewReader(strings.Repeat("n", size)), Size: int64(size), MinSize: -1, MaxSize: -1,
	})
	return err
}

func TestADirectoryFromBeforeMarksIsMarkedAndServed(t *testing.T) {
	dir := unmarkedDirectory(t)
	var mark string
	for range 2 {
		s, stop := startServer(t, Config{DataDir: dir})
		mustRead(t, s, fixtureBlobs)
		must(t, stop())
		now := markOf(t, dir)
		if mark != "" && mark != now {
			t.Errorf("marked as %s, then as %s", mark, now)
		}
		mark = now
	}
}

// markOf returns the name of the directory that is the mark.
func markOf(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "blobs", "mark-*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("marks %q, %v", names, err)
	}
	return names[0]
}

func TestADirectoryFromBeforeMarksThatLostABlobIsServedWithoutIt(t *testing.T) {
	dir := unmarkedDirectory(t)
	files, err := filepath.Glob(filepath.Join(dir, "blobs", "*", "*", "*"))
	must(t, err)
	for _, name := range files[:fixtureBlobs-10] {
		must(t, os.Remove(name))
	}
	s, _ := startServer(t, Config{DataDir: dir})
	mustRead(t, s, 10)
	must(t, putObject(s, "new", 40_000))
	if status, body := fetch(t, oneShot(), s.Endpoint()+"/-/readyz"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}

// wrongBlobs are ways to put something else in the place of a directory of blobs.
var wrongBlobs = map[string]func(t *testing.T, dir string){
	"an empty directory": func(t *testing.T, dir string) { must(t, os.Mkdir(filepath.Join(dir, "blobs"), 0o700)) },
	"no directory":       func(*testing.T, string) {},
	"a file":             func(t *testing.T, dir string) { must(t, os.WriteFile(filepath.Join(dir, "blobs"), nil, 0o600)) },
	"the blobs of another server": func(t *testing.T, dir string) {
		other := unmarkedDirectory(t)
		_, stop := startServer(t, Config{DataDir: other})
		must(t, stop())
		must(t, os.Rename(filepath.Join(other, "blobs"), filepath.Join(dir, "blobs")))
	},
}

func TestBlobsThatGoAwayComeBackWhole(t *testing.T) {
	for name, replace := range wrongBlobs {
		t.Run(name, func(t *testing.T) {
			dir := unmarkedDirectory(t)
			// The scrub notices even where the other server has blobs of the same numbers.
			s, stop := startServer(t, Config{DataDir: dir, ScrubInterval: time.Millisecond})
			must(t, putObject(s, "deleted", 40_000))
			must(t, os.Rename(filepath.Join(dir, "blobs"), filepath.Join(dir, "away")))
			replace(t, dir)

			mustBeOut(t, s)
			b, err := s.stores.objects.Bucket(t.Context(), "photos")
			must(t, err)
			_, err = s.stores.objects.Delete(t.Context(), object.DeleteInput{Bucket: b, Key: "deleted"})
			must(t, err)
			must(t, stop())
			if name != "a file" { // with one in its place the server does not start
				s, stop = startServer(t, Config{DataDir: dir})
				mustBeOut(t, s)
			} else {
				_, err := Open(t.Context(), Config{DataDir: dir, Listen: "127.0.0.1:0"})
				if err == nil {
					t.Error("a file is a directory of blobs")
				}
			}

			must(t, os.RemoveAll(filepath.Join(dir, "blobs")))
			must(t, os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, "blobs")))
			if name == "a file" {
				s, stop = startServer(t, Config{DataDir: dir})
			}
			mustRead(t, s, fixtureBlobs)
			must(t, putObject(s, "new", 40_000))
			if status, body := fetch(t, oneShot(), s.Endpoint()+"/-/readyz"); status != http.StatusOK {
				t.Errorf("%d %s", status, body)
			}
			must(t, stop())
		})
	}
}

// mustBeOut sees that the blobs are known to be out of reach.
func mustBeOut(t *testing.T, s *Server) {
	t.Helper()
	whole, err := readFixture(s)
	if whole > 0 || !errors.Is(err, object.ErrUnavailable) {
		t.Errorf("%d larger objects are read, %v", whole, err)
	}
	must(t, readObject(s, "small", []byte("small\n")))
	must(t, putObject(s, "small too", 10))
	if err := putObject(s, "large", 40_000); !errors.Is(err, object.ErrUnavailable) {
		t.Errorf("a larger object is written: %v", err)
	}
	status, body := fetch(t, oneShot(), s.Endpoint()+"/-/readyz")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "blobs are out of reach: ") || strings.Contains(body, s.config.DataDir) {
		t.Errorf("readiness: %d %s", status, body)
	}
	if _, page := fetch(t, oneShot(), s.MetricsURL()); !strings.Contains(page, "\nsignet_blobs_reachable 0\n") {
		t.Errorf("the metrics say:\n%s", page)
	}
}

func TestRecordsThatWereLostAreNotBegunAnew(t *testing.T) {
	for name, marked := range map[string]bool{"marked": true, "from before marks": false} {
		t.Run(name, func(t *testing.T) {
			dir := unmarkedDirectory(t)
			if marked {
				_, stop := startServer(t, Config{DataDir: dir})
				must(t, stop())
			}
			must(t, os.Rename(filepath.Join(dir, "kv"), filepath.Join(dir, "away")))
			for range 2 {
				_, err := Open(t.Context(), Config{DataDir: dir, Listen: "127.0.0.1:0"})
				if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "kv")+" from a backup") {
					t.Fatalf("started without records: %v", err)
				}
			}
			for _, c := range []CheckConfig{{Repair: true}, {RemoveDamaged: true}, {RemoveDamaged: true, AllMissing: true}} {
				if _, err := check(dir, c); err == nil || !strings.Contains(err.Error(), "Nothing was changed") {
					t.Errorf("check %+v: %v", c, err)
				}
			}
			must(t, os.RemoveAll(filepath.Join(dir, "kv")))
			must(t, os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, "kv")))
			s, _ := startServer(t, Config{DataDir: dir})
			mustRead(t, s, fixtureBlobs)
		})
	}
}

// check checks a directory and returns the findings.
func check(dir string, c CheckConfig) (found []Finding, err error) {
	c.DataDir = dir
	c.Report = func(f Finding) error {
		found = append(found, f)
		return nil
	}
	_, err = Check(context.Background(), c)
	return found, err
}

func TestACheckWithoutItsBlobsChangesNothing(t *testing.T) {
	for name, replace := range wrongBlobs {
		for _, marked := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, marked %v", name, marked), func(t *testing.T) {
				dir := unmarkedDirectory(t)
				if marked {
					_, stop := startServer(t, Config{DataDir: dir})
					must(t, stop())
				}
				must(t, os.Rename(filepath.Join(dir, "blobs"), filepath.Join(dir, "away")))
				replace(t, dir)
				if name == "the blobs of another server" {
					// Those of the same numbers would prove that they are ours.
					emptyBlobs(t, dir)
				}
				for _, c := range []CheckConfig{
					{}, {Lengths: true}, {Repair: true}, {RemoveDamaged: true}, {RemoveDamaged: true, Lengths: true},
				} {
					found, err := check(dir, c)
					if err == nil && (c.Repair || c.RemoveDamaged || len(found) != 1 || found[0].Kind != "damaged") {
						t.Errorf("check %+v: %v", c, found)
					}
				}
				must(t, os.RemoveAll(filepath.Join(dir, "blobs")))
				must(t, os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, "blobs")))
				s, _ := startServer(t, Config{DataDir: dir})
				mustRead(t, s, fixtureBlobs)
			})
		}
	}
}

func emptyBlobs(t *testing.T, dir string) {
	t.Helper()
	for _, name := range blobFiles(t, dir) {
		must(t, os.Remove(name))
	}
}

func blobFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "blobs", "*", "*", "*"))
	must(t, err)
	return files
}

func TestWhatIsMissingForGoodCanBeRemoved(t *testing.T) {
	for name, marked := range map[string]bool{"marked": true, "from before marks": false} {
		t.Run(name, func(t *testing.T) {
			dir := unmarkedDirectory(t)
			if marked {
				_, stop := startServer(t, Config{DataDir: dir})
				must(t, stop())
			}
			must(t, os.RemoveAll(filepath.Join(dir, "blobs")))
			must(t, os.Mkdir(filepath.Join(dir, "blobs"), 0o700))
			if found, err := check(dir, CheckConfig{RemoveDamaged: true}); err == nil {
				t.Fatalf("removed without a word: %v", found)
			}
			found, err := check(dir, CheckConfig{RemoveDamaged: true, AllMissing: true})
			if err != nil || len(found) != fixtureBlobs {
				t.Fatalf("%d findings, %v", len(found), err)
			}
			if found, err := check(dir, CheckConfig{}); err != nil || len(found) > 0 {
				t.Errorf("afterwards: %v, %v", found, err)
			}
			s, _ := startServer(t, Config{DataDir: dir})
			mustRead(t, s, 0)
			must(t, putObject(s, "new", 40_000))
		})
	}
}

func TestOneLostBlobIsOneLostObject(t *testing.T) {
	dir := unmarkedDirectory(t)
	_, stop := startServer(t, Config{DataDir: dir})
	must(t, stop())
	must(t, os.Remove(blobFiles(t, dir)[3]))
	s, stop := startServer(t, Config{DataDir: dir})
	mustRead(t, s, fixtureBlobs-1)
	if status, body := fetch(t, oneShot(), s.Endpoint()+"/-/readyz"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	must(t, stop())
	found, err := check(dir, CheckConfig{RemoveDamaged: true})
	if err != nil || len(found) != 1 || found[0].Action != "removed" {
		t.Errorf("%v, %v", found, err)
	}
	s, _ = startServer(t, Config{DataDir: dir})
	mustRead(t, s, fixtureBlobs-1)
}

func TestALostMarkIsMendedWhereTheBlobsAreThere(t *testing.T) {
	dir := unmarkedDirectory(t)
	_, stop := startServer(t, Config{DataDir: dir})
	must(t, stop())
	must(t, os.Remove(markOf(t, dir)))
	s, stop := startServer(t, Config{DataDir: dir})
	mustBeOut(t, s)
	must(t, stop())
	for _, want := range []struct {
		config CheckConfig
		action string
	}{{CheckConfig{}, ""}, {CheckConfig{Repair: true}, "repaired"}} {
		found, err := check(dir, want.config)
		if err != nil || len(found) != 1 || found[0].Kind != "inconsistent" || found[0].Action != want.action {
			t.Errorf("%v, %v", found, err)
		}
	}
	s, _ = startServer(t, Config{DataDir: dir})
	mustRead(t, s, fixtureBlobs)
}

func TestSoMuchIsMissingThatADiskSeemsToBe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, stop := startServer(t, Config{DataDir: dir})
	_, err := s.stores.objects.CreateBucket(t.Context(), "photos", object.Owner{AccountID: "123456789012", CanonicalID: "c"}, nil)
	must(t, err)
	const objects = 210
	for i := range objects {
		must(t, putObject(s, fmt.Sprint(i), 33_000))
	}
	must(t, stop())
	files := blobFiles(t, dir)
	must(t, os.Mkdir(filepath.Join(dir, "away"), 0o700))
	for i, name := range files[:101] {
		must(t, os.Rename(name, filepath.Join(dir, "away", fmt.Sprint(i))))
	}
	found, err := check(dir, CheckConfig{RemoveDamaged: true, Lengths: true})
	if err == nil || !strings.Contains(err.Error(), "101 of 210 blobs are missing") || len(found) != 101 || found[0].Action != "" {
		t.Errorf("%d findings, %v", len(found), err)
	}
	must(t, os.Rename(filepath.Join(dir, "away", "0"), files[0]))
	found, err = check(dir, CheckConfig{RemoveDamaged: true, Lengths: true})
	if err != nil || len(found) != 100 || found[0].Action != "removed" {
		t.Errorf("%d findings, %v", len(found), err)
	}
}
