package auth

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// newServiceVerifier returns a Verifier of IAM in eu-west-3.
func newServiceVerifier() *Verifier {
	return New(Options{
		Keys: testKeys{testID: testSecret}, Region: "eu-west-3", OtherRegions: []string{"us-east-1"}, Service: "iam",
		Now: func() time.Time { return testNow },
	})
}

func serviceRequest(body string) *arrival {
	r := plainRequest(http.MethodPost, body)
	r.Path, r.Bucket, r.Key = "/", "", ""
	return r
}

func signService(t *testing.T, s v4, body string) *arrival {
	t.Helper()
	s.service, s.payload = "iam", hexSHA256(body)
	return s.inHeader(t, serviceRequest(body))
}

const listUsers = "Action=ListUsers&Version=2010-05-08"

func TestOtherServicesSignTheHashOfWhatArrives(t *testing.T) {
	for _, region := range []string{"eu-west-3", "us-east-1"} {
		res, body, err := verifyAll(newServiceVerifier(), signService(t, v4{region: region}, listUsers))
		if err != nil || res.KeyID != testID || string(body) != listUsers {
			t.Errorf("%s: %q, %v", region, body, err)
		}
	}
	r := signService(t, v4{region: "us-east-1"}, listUsers)
	r.Body = strings.NewReader(strings.Replace(listUsers, "List", "Make", 1))
	if _, _, err := verifyAll(newServiceVerifier(), r); !errors.Is(err, ErrSignatureMismatch) {
		t.Errorf("another body: %v", err)
	}
	// What S3 lets the signer declare is no way around it.
	r = v4{region: "us-east-1", service: "iam", payload: "UNSIGNED-PAYLOAD"}.inHeader(t, serviceRequest(listUsers))
	r.Header.Set(contentSHA256, "UNSIGNED-PAYLOAD")
	if _, _, err := verifyAll(newServiceVerifier(), r); err == nil {
		t.Error("an unsigned body was accepted")
	}
	r = signService(t, v4{region: "us-east-1"}, listUsers)
	r.Body = io.MultiReader(strings.NewReader("Action"), failingBody{})
	if _, _, err := verifyAll(newServiceVerifier(), r); !errors.Is(err, ErrBodyLost) {
		t.Errorf("a body that fails: %v", err)
	}
}

type failingBody struct{}

func (failingBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestCredentialsAreForOneServiceAndItsRegions(t *testing.T) {
	if _, _, err := verifyAll(newServiceVerifier(), signService(t, v4{region: "ap-south-1"}, listUsers)); !errors.Is(err, ErrHeaderMalformed) {
		t.Errorf("another region: %v", err)
	}
	r := v4{region: "us-east-1", payload: hexSHA256(listUsers)}.inHeader(t, serviceRequest(listUsers))
	if _, _, err := verifyAll(newServiceVerifier(), r); !errors.Is(err, ErrHeaderMalformed) {
		t.Errorf("credentials for S3: %v", err)
	}
	r = v4{region: "us-east-1", service: "iam"}.inHeader(t, plainRequest(http.MethodGet, ""))
	if _, _, err := verifyAll(newVerifier(), r); !errors.Is(err, ErrHeaderMalformed) {
		t.Errorf("credentials for IAM at S3: %v", err)
	}
}
