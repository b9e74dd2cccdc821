package clients

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestResticBacksUpAndRestores(t *testing.T) {
	t.Parallel()
	need(t, "restic")
	need(t, "diff")
	s := startServer(t)
	dir := t.TempDir()
	env := s.env(t, "RESTIC_REPOSITORY=s3:"+s.endpoint+"/backups/repository", "RESTIC_PASSWORD=clients test",
		"RESTIC_CACHE_DIR="+filepath.Join(dir, "cache"), "RESTIC_PROGRESS_FPS=0")
	restic := func(args ...string) string {
		t.Helper()
		return client(t, dir, env, "restic", args...)
	}
	files := filepath.Join(dir, "files")
	backupFiles(t, files, 40<<20)
	restic("init")
	restic("backup", "files")
	restic("check", "--read-data")
	if err := os.Rename(files, filepath.Join(dir, "first")); err != nil {
		t.Fatal(err)
	}
	backupFiles(t, files, 10<<20)
	restic("backup", "files")
	var snapshots []struct{ ID string }
	if err := json.Unmarshal([]byte(restic("snapshots", "--json")), &snapshots); err != nil {
		t.Fatal(err)
	}
	if len(snapshots) != 2 {
		t.Fatalf("there are %d snapshots", len(snapshots))
	}
	for snapshot, want := range map[string]string{snapshots[0].ID: "first", "latest": "files"} {
		target := "restored-" + want
		restic("restore", snapshot, "--target", target)
		client(t, dir, env, "diff", "-r", want, filepath.Join(target, "files"))
	}
	before := s.bytesIn(t, "backups")
	restic("forget", "--keep-last", "1", "--prune", "--max-unused", "0")
	if left := s.bytesIn(t, "backups"); left > before-30<<20 {
		t.Errorf("after prune, the bucket holds %d bytes of %d", left, before)
	}
	restic("check", "--read-data")
	restic("restore", "latest", "--target", "after-prune")
	client(t, dir, env, "diff", "-r", "files", "after-prune/files")
	if out := restic("list", "locks"); strings.TrimSpace(out) != "" {
		t.Errorf("there are locks left: %s", out)
	}
}

// bytesIn returns how many bytes the objects of a bucket have.
func (s *server) bytesIn(t *testing.T, bucket string) int64 {
	t.Helper()
	var total int64
	pages := s3.NewListObjectsV2Paginator(awsClient(t, s.endpoint, s.caBundle), &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range page.Contents {
			total += *object.Size
		}
	}
	return total
}
