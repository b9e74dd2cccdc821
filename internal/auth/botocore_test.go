package auth

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestWhatBotocoreSignsIsVerifiedAndNothingElse has botocore's signers sign random
// requests and forms, in both schemes and by each carrier.
func TestWhatBotocoreSignsIsVerifiedAndNothingElse(t *testing.T) {
	each := "60"
	if testing.Short() {
		each = "10"
	}
	counts, kinds := newTally(), map[string]int{}
	rng := rand.New(rand.NewPCG(1, 2))
	v := newVerifier()
	d := json.NewDecoder(strings.NewReader(botocoreSigned(t, "2", each)))
	for {
		row := new(recorded)
		if err := d.Decode(row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		kinds[row.Name]++
		if row.is("s3v4") && row.is("header") && rng.IntN(2) == 0 {
			respell(rng, row)
		}
		checkSigned(t, v, rng, row, counts)
	}
	if len(kinds) != 6 {
		t.Errorf("signed were %v", kinds)
	}
	if !testing.Short() {
		counts.check(t, 10)
	}
}

// botocoreSigned runs testdata/sign.py.
func botocoreSigned(t *testing.T, arguments ...string) string {
	t.Helper()
	cmd := exec.Command("python3", append([]string{"testdata/sign.py"}, arguments...)...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if out, err := exec.Command("python3", "-c", "import botocore.auth").CombinedOutput(); err != nil {
		reason := "python3 with botocore is missing: " + err.Error() + " " + string(out)
		if os.Getenv("SIGNET_REQUIRE_CLIENTS") != "" {
			t.Fatalf("SIGNET_REQUIRE_CLIENTS is set: %s", reason)
		}
		t.Skip(reason)
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("sign.py: %v\n%s", err, &complaint)
	}
	return string(out)
}
