package clients

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// backupFiles fills a folder with what sync and backup programs get to see:
// empty, small and large files, odd names, folders in folders.
func backupFiles(t *testing.T, dir string, large int) {
	t.Helper()
	for name, content := range map[string][]byte{
		"empty":                 {},
		"a.txt":                 []byte("a"),
		"sub/b.txt":             []byte("bb"),
		"sub/sub/ü +%?#&=.txt":  []byte("odd"),
		"two words/grüße 😀.bin": randomBytes(100_000),
		"large.bin":             randomBytes(large),
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, dir, name, content)
	}
}

func TestRcloneSyncsAndChecks(t *testing.T) {
	t.Parallel()
	need(t, "rclone")
	need(t, "diff")
	s := startServer(t)
	for name, v2 := range map[string]string{"v4": "false", "v2": "true"} {
		t.Run(name, func(t *testing.T) { testRclone(t, s, "rclone-"+name, v2) })
	}
}

func testRclone(t *testing.T, s *server, bucket, v2 string) {
	dir := t.TempDir()
	env := s.env(t,
		"RCLONE_CONFIG_SIGNET_TYPE=s3", "RCLONE_CONFIG_SIGNET_PROVIDER=Other",
		// Its older signatures don't use what AWS_* variables say.
		"RCLONE_CONFIG_SIGNET_ACCESS_KEY_ID="+accessKeyID, "RCLONE_CONFIG_SIGNET_SECRET_ACCESS_KEY="+secretAccessKey,
		"RCLONE_CONFIG_SIGNET_ENDPOINT="+s.endpoint, "RCLONE_CONFIG_SIGNET_REGION=us-east-1",
		"RCLONE_CONFIG_SIGNET_V2_AUTH="+v2,
		// Uploads in parts, and copies too.
		"RCLONE_CONFIG_SIGNET_UPLOAD_CUTOFF=8Mi", "RCLONE_CONFIG_SIGNET_CHUNK_SIZE=5Mi", "RCLONE_CONFIG_SIGNET_COPY_CUTOFF=8Mi",
		"RCLONE_CONFIG="+filepath.Join(dir, "none.conf"), "RCLONE_RETRIES=1", "RCLONE_LOW_LEVEL_RETRIES=1",
	)
	rclone := func(args ...string) string {
		t.Helper()
		return client(t, dir, env, "rclone", args...)
	}
	files, remote := filepath.Join(dir, "files"), "signet:"+bucket
	backupFiles(t, files, 12<<20)
	rclone("mkdir", remote)
	rclone("sync", files, remote+"/copy")
	rclone("check", files, remote+"/copy")
	rclone("check", "--download", files, remote+"/copy")
	rclone("sync", remote+"/copy", filepath.Join(dir, "back"))
	client(t, dir, env, "diff", "-r", "files", "back")

	var listed []struct {
		Path    string
		Size    int64
		ModTime string
	}
	if err := json.Unmarshal([]byte(rclone("lsjson", "-R", "--files-only", remote+"/copy")), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != 6 {
		t.Errorf("listed are %v", listed)
	}
	for _, file := range listed {
		info, err := os.Stat(filepath.Join(files, file.Path))
		if err != nil {
			t.Fatal(err)
		}
		// rclone keeps the time in x-amz-meta-mtime.
		if want := info.ModTime().UTC().Format("2006-01-02T15:04:05"); info.Size() != file.Size || !strings.HasPrefix(file.ModTime, want) {
			t.Errorf("%s is listed with %d bytes of %s, not %d of %s", file.Path, file.Size, file.ModTime, info.Size(), want)
		}
	}

	// What changed moves, what is gone goes, and nothing else happens.
	if err := os.Remove(filepath.Join(files, "a.txt")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, files, "sub/b.txt", []byte("changed"))
	rclone("sync", files, remote+"/copy")
	rclone("check", files, remote+"/copy")
	if listed := rclone("lsf", remote+"/copy"); listed != "empty\nlarge.bin\nsub/\ntwo words/\n" {
		t.Errorf("after removing a.txt, rclone lsf prints %q", listed)
	}
	if got := rclone("cat", remote+"/copy/sub/b.txt"); got != "changed" {
		t.Errorf("the changed file is %q", got)
	}

	// On the server's side: both are copies, the large one in parts.
	rclone("copy", remote+"/copy", remote+"/again")
	rclone("check", "--download", files, remote+"/again")
	rclone("moveto", remote+"/again/large.bin", remote+"/moved.bin")
	rclone("copyto", remote+"/moved.bin", filepath.Join(dir, "moved.bin"))
	if !bytes.Equal(readFile(t, dir, "moved.bin"), readFile(t, files, "large.bin")) {
		t.Error("the moved file came back changed")
	}
	// The time of an object changes by a copy onto itself.
	rclone("touch", "--timestamp", "2020-01-02T03:04:05", remote+"/moved.bin")
	if out := rclone("lsl", remote+"/moved.bin"); !strings.Contains(out, "12582912 2020-01-02 03:04:05") {
		t.Errorf("after touch, rclone lsl prints %q", out)
	}
	streamed := strings.Repeat("streamed ", 2_000_000)
	writeFile(t, dir, "stream", []byte(streamed))
	client(t, dir, env, "sh", "-c", `rclone rcat "$0" < stream`, remote+"/stream")
	if got := rclone("cat", remote+"/stream"); got != streamed {
		t.Errorf("what was streamed came back with %d bytes", len(got))
	}
	if v2 == "false" {
		// rclone doesn't presign with the older signatures.
		response, err := http.Get(strings.TrimSpace(rclone("link", "--expire", "1h", remote+"/copy/two words/grüße 😀.bin")))
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, response.Body); response.StatusCode != 200 || !bytes.Equal(got, readFile(t, files, "two words/grüße 😀.bin")) {
			t.Errorf("the link answers %s with %d bytes", response.Status, len(got))
		}
	}
	rclone("purge", remote)
	if out := rclone("lsd", "signet:"); strings.Contains(out, bucket) {
		t.Errorf("after purge, there are %q", out)
	}
}
