// Package crash kills the program under load, again and again, and sees that
// nothing that it acknowledged is lost, nothing half-written is to be seen, and
// nothing is left of what was deleted.
//
//	go test ./test/crash -for 1h
package crash

import (
	"context"
	"flag"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var (
	lasting = flag.Duration("for", 20*time.Second, "how long to go on killing the program")
	seed    = flag.Uint64("seed", 0, "of the moments and requests; 0 takes the time")
)

const (
	workers = 5
	racers  = 3
)

func TestNothingAcknowledgedIsLostHoweverOftenTheProgramIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("to kill the program again and again takes half a minute; -short leaves it to CI")
	}
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", *seed)
	random := rand.New(rand.NewPCG(*seed, 0))
	data := filepath.Join(t.TempDir(), "data")
	all := make([]*worker, workers)
	for i := range all {
		all[i] = newWorker(i + 1)
		all[i].random = rand.New(rand.NewPCG(*seed, uint64(i+1)))
	}
	races := &race{winners: make(map[string][]body), maybe: make(map[string][]body)}

	p, client := start(t, data)
	for _, name := range []string{plain, versioned} {
		_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name})
		mustNotFail(t, "create a bucket", err)
	}
	_, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: aws.String(versioned), VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	mustNotFail(t, "enable versions", err)

	kills := 0
	for end := time.Now().Add(*lasting); time.Now().Before(end) && !t.Failed(); {
		load(t, p, client, all, races, random, uint64(kills))
		kills++
		if random.IntN(4) == 0 {
			// Once more, while it recovers.
			again := launch(t, data)
			time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
			_ = again.cmd.Process.Kill()
			<-again.ended
			_ = again.cmd.Wait()
			kills++
		}
		if kills%4 == 0 {
			mustBeClean(t, data, "--quick")
		}
		p, client = start(t, data)
		var verifying sync.WaitGroup
		for _, w := range all {
			verifying.Go(func() { w.verify(t, client) })
		}
		verifying.Wait()
		races.verify(t, all[0])
	}
	acks := 0
	for _, w := range all {
		acks += w.acks
	}
	t.Logf("killed %d times; %d changes were acknowledged, %d races won", kills, acks, len(races.winners))
	if acks == 0 || len(races.winners) == 0 {
		t.Error("nothing was acknowledged, so that nothing was tested")
	}

	p.kill(t)
	mustBeClean(t, data)
	leavesNothing(t, data)
}

// load sends requests until the program is killed, at some moment.
func load(t *testing.T, p *process, client *s3.Client, all []*worker, races *race, random *rand.Rand, round uint64) {
	t.Helper()
	// What is cut off by the kill fails at once; the bound is for what is not.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var running sync.WaitGroup
	for _, w := range all {
		running.Go(func() {
			if err := w.work(ctx, client); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range uint64(racers) {
		own := rand.New(rand.NewPCG(*seed^round, i))
		running.Go(func() {
			if err := races.run(ctx, client, own, round<<4+i+1); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(time.Duration(50+random.IntN(900)) * time.Millisecond)
	p.kill(t)
	running.Wait()
}

// leavesNothing deletes everything and sees that its space is free again.
func leavesNothing(t *testing.T, data string) {
	p, client := start(t, data)
	ctx := t.Context()
	for _, bucket := range []string{plain, versioned} {
		uploads, err := client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket})
		mustNotFail(t, "list uploads", err)
		for _, u := range uploads.Uploads {
			_, err := client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: u.Key, UploadId: u.UploadId})
			mustNotFail(t, "abort", err)
		}
		for {
			page, err := client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
			if err != nil {
				t.Fatal(err)
			}
			var ids []types.ObjectIdentifier
			for _, v := range page.Versions {
				ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
			}
			for _, v := range page.DeleteMarkers {
				ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
			}
			if len(ids) == 0 {
				break
			}
			out, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: ids}})
			if err != nil || len(out.Errors) > 0 {
				t.Fatalf("delete: %v, %v", err, out.Errors)
			}
		}
		_, err = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
		mustNotFail(t, "delete a bucket", err)
	}
	eventually(t, "no file is left of what was deleted", func() bool { return blobFiles(t, data) == 0 })
	p.stop(t)
	mustBeClean(t, data)
	if out, err := exec.Command(program, "check", "--data", data).Output(); err == nil {
		t.Logf("%s", out)
	}
}
