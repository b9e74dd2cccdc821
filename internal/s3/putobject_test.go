package s3

import (
	"net/http"
	"testing"

	"github.com/signet-store/signet"
)

func TestAPartWithoutItsUploadReplacesNoObject(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "old", "source": "new"})
	want := badArgument("This operation does not accept partNumber without uploadId", "partNumber", "1")
	expectRefusals(t, h, []refused{
		{"a part", to("PUT", "bucket", "k", "partNumber=1"), "new", want},
		{"a part that is copied", saying(to("PUT", "bucket", "k", "partNumber=1"), "X-Amz-Copy-Source", "/bucket/source"), "", want},
	})
	res := send(t, h, signet.Request{Method: "GET", Bucket: "bucket", Key: "k"}, "")
	if got := text(t, res); res.StatusCode != http.StatusOK || got != "old" {
		t.Errorf("the object became %q", got)
	}
}
