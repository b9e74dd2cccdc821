package clients

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

func TestBoto3RunsTheTutorial(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3", "requests")
	s := startServer(t)
	runPython(t, s.env(t), "tutorial.py")
}

func TestBoto3UsesPresignedURLs(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startServer(t)
	runPython(t, s.env(t, "AWS_ENDPOINT_URL="+s.localhost()), "presigned.py")
}

func TestBoto3UsesPresignedURLsOverTLS(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startTLSServer(t)
	runPython(t, s.env(t), "presigned.py")
}

func TestBoto3KeepsObjects(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startServer(t)
	runPython(t, s.env(t), "objects.py")
}

func TestBoto3KeepsObjectsOverTLS(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startTLSServer(t)
	runPython(t, s.env(t), "objects.py")
}

func TestBoto3SignsForms(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3", "requests")
	need(t, "curl")
	s := startServer(t)
	runPython(t, s.env(t), "forms.py")
}

func TestBoto3SignsFormsOverTLS(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3", "requests")
	need(t, "curl")
	s := startTLSServer(t)
	runPython(t, s.env(t, "REQUESTS_CA_BUNDLE="+s.caBundle), "forms.py")
}

func TestBoto3UploadsInParts(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startServer(t)
	runPython(t, s.env(t), "multipart.py")
}

func TestBoto3UploadsInPartsOverTLS(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startTLSServer(t)
	runPython(t, s.env(t), "multipart.py")
}

func TestBoto3CopiesAndSetsConditions(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startServer(t)
	runPython(t, s.env(t), "copies.py")
}

func TestBoto3KeepsVersions(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startServer(t)
	runPython(t, s.env(t, "AWS_ENDPOINT_URL="+s.localhost()), "versions.py")
}

func TestBoto3TagsDescribesAndOpensToOrigins(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startServer(t)
	runPython(t, s.env(t), "attributes.py")
}

// runPython runs a script of testdata and reports each of its cases.
func runPython(t *testing.T, env []string, script string) {
	t.Helper()
	runCases(t, "testdata", env, "python3", script)
}

// runCases runs a script in dir that prints what became of each of its cases, in
// JSON, a line per case.
func runCases(t *testing.T, dir string, env []string, interpreter, script string) {
	t.Helper()
	cmd := exec.Command(interpreter, script)
	cmd.Dir, cmd.Env = dir, env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cases := 0
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var result struct{ Case, Failure string }
		if err := json.Unmarshal(lines.Bytes(), &result); err != nil {
			t.Errorf("%s printed %q", script, lines.Text())
			continue
		}
		cases++
		t.Run(result.Case, func(t *testing.T) {
			if result.Failure != "" {
				t.Error(result.Failure)
			}
		})
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", script, err, stderr.String())
	}
	if cases == 0 {
		t.Errorf("%s ran no case\n%s", script, stderr.String())
	}
}

func TestAURLMayDoWhatItsMakerMay(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := startServer(t)
	runPython(t, s.env(t), "maker.py")
}
