package clients

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestS3cmdSyncsCopiesAndSigns(t *testing.T) {
	t.Parallel()
	need(t, "s3cmd")
	need(t, "diff")
	s := startServer(t)
	for name, flags := range map[string][]string{"v4": nil, "v2": {"--signature-v2"}} {
		t.Run(name, func(t *testing.T) { testS3cmd(t, s, "s3cmd-"+name, flags) })
	}
}

func testS3cmd(t *testing.T, s *server, bucket string, flags []string) {
	dir, env := t.TempDir(), s.env(t)
	host := strings.TrimPrefix(s.endpoint, "http://")
	writeFile(t, dir, "s3cfg", nil)
	s3cmd := func(args ...string) string {
		t.Helper()
		args = append(append([]string{"--config=s3cfg", "--host=" + host, "--host-bucket=" + host, "--no-ssl", "--no-progress",
			"--access_key=" + accessKeyID, "--secret_key=" + secretAccessKey, "--region=us-east-1"}, flags...), args...)
		return client(t, dir, env, "s3cmd", args...)
	}
	files, remote := filepath.Join(dir, "files"), "s3://"+bucket
	backupFiles(t, files, 12<<20)
	s3cmd("mb", remote)
	s3cmd("--multipart-chunk-size-mb=5", "sync", "files/", remote+"/copy/")
	if err := os.Mkdir(filepath.Join(dir, "back"), 0o700); err != nil {
		t.Fatal(err)
	}
	s3cmd("sync", remote+"/copy/", "back/")
	client(t, dir, env, "diff", "-r", "files", "back")

	listed := s3cmd("ls", "--recursive", remote)
	if lines := strings.Count(listed, "\n"); lines != 6 || !strings.Contains(listed, "12582912  "+remote+"/copy/large.bin") {
		t.Errorf("s3cmd ls printed %q", listed)
	}
	if err := os.Remove(filepath.Join(files, "a.txt")); err != nil {
		t.Fatal(err)
	}
	s3cmd("--delete-removed", "sync", "files/", remote+"/copy/")
	if listed := s3cmd("ls", remote+"/copy/a.txt"); listed != "" {
		t.Errorf("the removed file is listed as %q", listed)
	}

	s3cmd("put", "--mime-type=text/x-test", "--add-header=x-amz-meta-who:Ada", "--add-header=Cache-Control:no-cache", "files/sub/b.txt", remote+"/b.txt")
	info := s3cmd("info", remote+"/b.txt")
	for _, want := range []string{"File size: 2\n", "MIME type: text/x-test\n", "MD5 sum:   21ad0bd836b90d08f4cf640b4c298e7c\n", "x-amz-meta-who: Ada\n"} {
		if !strings.Contains(info, want) {
			t.Errorf("s3cmd info does not print %q but %q", want, info)
		}
	}
	s3cmd("cp", remote+"/b.txt", remote+"/copied.txt")
	s3cmd("mv", remote+"/copy/large.bin", remote+"/moved.bin")
	s3cmd("modify", "--add-header=x-amz-meta-who:Bob", remote+"/copied.txt")
	if info := s3cmd("info", remote+"/copied.txt"); !strings.Contains(info, "x-amz-meta-who: Bob\n") || !strings.Contains(info, "MIME type: text/x-test\n") {
		t.Errorf("after modify, s3cmd info prints %q", info)
	}
	s3cmd("get", remote+"/moved.bin", "moved.bin")
	if !bytes.Equal(readFile(t, dir, "moved.bin"), readFile(t, files, "large.bin")) {
		t.Error("the moved file came back changed")
	}
	s3cmd("get", remote+"/copied.txt", "copied.txt")
	if got := readFile(t, dir, "copied.txt"); string(got) != "bb" {
		t.Errorf("the copied file is %q", got)
	}
	response, err := http.Get(strings.TrimSpace(s3cmd("signurl", remote+"/copied.txt", "+600")))
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, response.Body); response.StatusCode != 200 || string(got) != "bb" {
		t.Errorf("the signed URL answers %s and %.300q", response.Status, got)
	}
	if out := s3cmd("multipart", remote); strings.Contains(out, "moved.bin") || strings.Contains(out, "large.bin") {
		t.Errorf("there are unfinished uploads: %s", out)
	}
	s3cmd("del", "--recursive", "--force", remote)
	s3cmd("rb", remote)
	if out := s3cmd("ls"); strings.Contains(out, bucket) {
		t.Errorf("after rb, s3cmd ls prints %q", out)
	}
}
