package clients

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// curl uses what the program itself presigns.
func TestCurlUsesWhatSignetPresigns(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	s := startServer(t)
	dir, env := t.TempDir(), s.env(t)
	signet := func(args ...string) string {
		t.Helper()
		return strings.TrimSuffix(client(t, dir, env, program, args...), "\n")
	}
	curl := func(args ...string) string {
		t.Helper()
		return client(t, dir, env, "curl", append([]string{"-sS"}, args...)...)
	}
	signet("mb", "s3://web")
	content := randomBytes(3 << 20)
	writeFile(t, dir, "up.bin", content)
	for _, key := range []string{"plain.bin", "a//../two words+%ü?#&=.bin", "%41", "folder/"} {
		address := "s3://web/" + key
		// Not -T: that adds the file's name to a URL that ends in a slash.
		if status := curl("-w", "%{http_code}", "--path-as-is", "-X", "PUT", "-H", "Content-Type:", "--data-binary", "@up.bin",
			signet("presign", "put", address)); status != "200" {
			t.Fatalf("PUT of %q answered %s", key, status)
		}
		curl("--path-as-is", "-f", "-o", "down.bin", signet("presign", "get", address))
		if !bytes.Equal(readFile(t, dir, "down.bin"), content) {
			t.Errorf("%q came back changed", key)
		}
		if part := curl("--path-as-is", "-f", "-r", "10-19", signet("presign", "get", address)); part != string(content[10:20]) {
			t.Errorf("the range of %q came as %q", key, part)
		}
		head := strings.ToLower(curl("--path-as-is", "-f", "--head", signet("presign", "head", address)))
		if !strings.Contains(head, "\r\ncontent-length: 3145728\r\n") || !strings.Contains(head, "\r\naccept-ranges: bytes\r\n") {
			t.Errorf("HEAD of %q answered %s", key, head)
		}
		if status := curl("-w", "%{http_code}", "--path-as-is", "-X", "DELETE", signet("presign", "delete", address)); status != "204" {
			t.Errorf("DELETE of %q answered %s", key, status)
		}
		if answer := curl("-w", "%{http_code}", "--path-as-is", signet("presign", "get", address)); !strings.Contains(answer, "<Code>NoSuchKey</Code>") || !strings.HasSuffix(answer, "404") {
			t.Errorf("GET of the deleted %q answered %s", key, answer)
		}
	}

	typed := signet("presign", "put", "s3://web/typed", "--content-type", "text/x-test", "--header", "x-amz-meta-who: Ada")
	if answer := curl("-T", "up.bin", typed); !strings.Contains(answer, "<Code>") {
		t.Errorf("an upload without its signed headers answered %q", answer)
	}
	curl("-f", "-T", "up.bin", "-H", "Content-Type: text/x-test", "-H", "x-amz-meta-who: Ada", typed)
	head := strings.ToLower(curl("-f", "--head", signet("presign", "head", "s3://web/typed")))
	if !strings.Contains(head, "\r\ncontent-type: text/x-test\r\n") || !strings.Contains(head, "\r\nx-amz-meta-who: ada\r\n") {
		t.Errorf("HEAD answered %s", head)
	}
	head = strings.ToLower(curl("-f", "-D", "-", "-o", "down.bin", signet("presign", "get", "s3://web/typed", "--download-as", "für Ada.txt")))
	if !strings.Contains(head, `content-disposition: attachment; filename="f_r ada.txt"; filename*=utf-8''f%c3%bcr%20ada.txt`) {
		t.Errorf("GET answered %s", head)
	}
}

func TestCurlFillsInSignetsForms(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	s := startServer(t)
	dir, env := t.TempDir(), s.env(t)
	client(t, dir, env, program, "mb", "s3://inbox")
	content := randomBytes(100_000)
	writeFile(t, dir, "my photo.jpg", content)
	var form struct {
		URL    string
		Fields map[string]string
	}
	out := client(t, dir, env, program, "presign", "post", "s3://inbox/from-ada/", "--content-type", "image/*",
		"--max-size", "100000", "--field", "x-amz-meta-who=Ada", "--success-status", "201")
	if err := json.Unmarshal([]byte(out), &form); err != nil {
		t.Fatal(err)
	}
	args := []string{"-sS", "-w", "%{http_code}", form.URL}
	for name, value := range form.Fields {
		args = append(args, "--form-string", name+"="+value)
	}
	args = append(args, "-F", "Content-Type=image/jpeg", "-F", "file=@my photo.jpg")
	answer := client(t, dir, env, "curl", args...)
	if !strings.HasSuffix(answer, "201") || !strings.Contains(answer, "<Key>from-ada/my photo.jpg</Key>") {
		t.Fatalf("the form answered %s", answer)
	}
	client(t, dir, env, program, "cp", "s3://inbox/from-ada/my photo.jpg", "back.jpg")
	if !bytes.Equal(readFile(t, dir, "back.jpg"), content) {
		t.Error("the file came back changed")
	}
	writeFile(t, dir, "my photo.jpg", append(content, 'x'))
	if answer := client(t, dir, env, "curl", args...); !strings.Contains(answer, "<Code>EntityTooLarge</Code>") {
		t.Errorf("a file that is too large answered %s", answer)
	}
}

// curl signs by itself with --aws-sigv4.
func TestCurlSignsItsHeaders(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	s := startServer(t)
	dir, env := t.TempDir(), s.env(t)
	curl := func(args ...string) string {
		t.Helper()
		return client(t, dir, env, "curl", append([]string{"-sS", "-w", "%{http_code}", "--aws-sigv4", "aws:amz:us-east-1:s3",
			"--user", accessKeyID + ":" + secretAccessKey,
			// Older versions don't send it by themselves.
			"-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"}, args...)...)
	}
	writeFile(t, dir, "body", []byte("signed by curl"))
	if answer := curl("-X", "PUT", s.endpoint+"/curled"); answer != "200" {
		t.Fatalf("making a bucket answered %s", answer)
	}
	if answer := curl("-T", "body", "-H", "x-amz-meta-who: Ada", s.endpoint+"/curled/dir/file.txt"); answer != "200" {
		t.Fatalf("the upload answered %s", answer)
	}
	if answer := curl(s.endpoint + "/curled/dir/file.txt"); answer != "signed by curl200" {
		t.Errorf("the download answered %s", answer)
	}
	if answer := curl(s.endpoint + "/curled?list-type=2&prefix=dir%2F"); !strings.Contains(answer, "<Key>dir/file.txt</Key>") {
		t.Errorf("the listing answered %s", answer)
	}
	if answer := curl("-X", "DELETE", s.endpoint+"/curled/dir/file.txt"); answer != "204" {
		t.Errorf("the removal answered %s", answer)
	}
	if answer := curl("--user", accessKeyID+":wrong", s.endpoint+"/"); !strings.Contains(answer, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("a wrong secret answered %s", answer)
	}
	anonymous := client(t, dir, env, "curl", "-sS", "-w", "%{http_code}", s.endpoint+"/curled/dir/file.txt")
	if !strings.Contains(anonymous, "<Code>AccessDenied</Code>") || !strings.HasSuffix(anonymous, "403") {
		t.Errorf("a stranger was answered %s", anonymous)
	}
}
