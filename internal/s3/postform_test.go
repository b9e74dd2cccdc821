package s3

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/signet-store/signet/internal/auth"
)

const formType = "multipart/form-data; boundary=xx"

// formBody writes a form with the given fields and then a file.
func formBody(fields [][2]string, filename, file string) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "--xx\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", f[0], f[1])
	}
	fmt.Fprintf(&b, "--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=%q\r\nContent-Type: text/plain\r\n\r\n%s\r\n", filename, file)
	b.WriteString("--xx\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nlater\r\n--xx--\r\n")
	return b.String()
}

func TestFormsAreReadUpToTheirFile(t *testing.T) {
	body := formBody([][2]string{{"Key", "up/${filename}"}, {"acl", "private"}}, `C:\dir\a b.txt`, "bytes\r\n--x")
	f, err := readForm(formType, iotest.OneByteReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	if f.get("key") != "up/a b.txt" || f.get("ACL") != "private" || len(f.Fields) != 2 {
		t.Errorf("fields %v", f.Fields)
	}
	got, err := io.ReadAll(f.file)
	if err != nil || string(got) != "bytes\r\n--x" {
		t.Errorf("file %q, %v", got, err)
	}
}

func TestTheNameOfTheFileIsFilledIn(t *testing.T) {
	const disposition = "Content-Disposition: form-data; name=\"file\""
	for _, tt := range []struct{ header, want string }{
		{`; filename="a.txt"`, "a.txt"},
		{`; filename=a.txt`, "a.txt"},
		{`; filename="up/to/a.txt"`, "a.txt"},
		{`; filename="../../etc/passwd"`, "passwd"},
		{`; filename="C:\Program Files\directory1\file.txt"`, "file.txt"},
		{`; filename="C:\\dir\\file.txt"`, "file.txt"},
		{`; filename="C:\dir\(1) [x] @a.txt"`, "(1) [x] @a.txt"},
		{`; filename="\\host\share\a.txt"`, "a.txt"},
		{`; filename="a\"b.txt"`, `a"b.txt`},
		{`; filename="a%22b.txt"`, "a%22b.txt"}, // as browsers escape quotation marks
		{`; filename="grüße.txt"`, "grüße.txt"},
		{`; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt`, "grüße.txt"},
		{`; filename="${filename}"`, "${filename}"},
		{`; filename="${filename}/${filename}"`, "${filename}"},
		{`; filename="$&$1\1"`, "1"},
		// As Amazon documents it, what has no name is called nothing.
		{`; filename="dir/"`, ""},
		{`; filename=""`, ""},
		{``, ""},
	} {
		body := "--xx\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nin/${filename}/${filename}\r\n" +
			"--xx\r\n" + disposition + tt.header + "\r\n\r\nbytes\r\n--xx--\r\n"
		f, err := readForm(formType, strings.NewReader(body))
		if err != nil {
			t.Errorf("%s: %v", tt.header, err)
			continue
		}
		if got, want := f.get("key"), "in/"+tt.want+"/"+tt.want; got != want {
			t.Errorf("%s: %q, want %q", tt.header, got, want)
		}
	}
}

func TestTheNameOfTheFileIsFilledIntoEveryFieldButThoseOfAuthentication(t *testing.T) {
	for name, want := range map[string]string{
		"key": "a.txt", "KEY": "a.txt", "Content-Type": "a.txt", "Content-Disposition": "a.txt", "x-amz-meta-name": "a.txt",
		"X-Amz-Meta-Policy": "a.txt", "success_action_redirect": "a.txt", "tagging": "a.txt", "acl": "a.txt", "x-ignore-me": "a.txt",
		"policy": "${filename}", "Policy": "${filename}", "signature": "${filename}", "Signature": "${filename}",
		"AWSAccessKeyId": "${filename}", "awsaccesskeyid": "${filename}", "X-Amz-Signature": "${filename}",
		"X-Amz-Credential": "${filename}", "x-amz-date": "${filename}", "X-Amz-Algorithm": "${filename}",
		"x-amz-security-token": "${filename}",
	} {
		f, err := readForm(formType, strings.NewReader(formBody([][2]string{{name, "${filename}"}}, "a.txt", "")))
		if err != nil || f.get(name) != want {
			t.Errorf("%s: %q, %v, want %q", name, f.get(name), err, want)
		}
	}
}

// Many variables and a long name would make a small form a large one.
func TestAFormThatTheNameOfItsFileMakesTooLargeIsRefused(t *testing.T) {
	body := formBody([][2]string{{"key", strings.Repeat("${filename}", 2000)}}, strings.Repeat("a", 2000), "")
	if _, err := readForm(formType, strings.NewReader(body)); !errors.Is(err, errFormTooLarge) {
		t.Error(err)
	}
}

func TestAFileThatDoesNotEndIsIncomplete(t *testing.T) {
	body := formBody(nil, "a", strings.Repeat("b", 100))
	for _, cut := range []int{strings.Index(body, "bbb") + 10, strings.Index(body, "\r\n--xx\r\nContent-Disposition: form-data; name=\"key\"")} {
		f, err := readForm(formType, strings.NewReader(body[:cut]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(f.file); !errors.Is(err, errFormIncomplete) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func TestFormsThatCannotBeReadAreRefused(t *testing.T) {
	many := make([][2]string, maxFormFields+1)
	for i := range many {
		many[i] = [2]string{fmt.Sprint("f", i), "v"}
	}
	for name, c := range map[string]struct {
		contentType, body string
		want              error
	}{
		"urlencoded":         {"application/x-www-form-urlencoded", "a=b", errFormNotMultipart},
		"no boundary":        {"multipart/form-data", "", errFormNotMultipart},
		"empty":              {formType, "", errFormIncomplete},
		"no file":            {formType, "--xx\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--xx--\r\n", errInvalidArgument},
		"large field":        {formType, formBody([][2]string{{"a", strings.Repeat("x", maxFormSize)}}, "f", "x"), errFormTooLarge},
		"many fields":        {formType, formBody(many, "f", "x"), errFormTooLarge},
		"long part header":   {formType, "--xx\r\nA: " + strings.Repeat("x", maxFormSize) + "\r\n\r\n", errFormTooLarge},
		"long preamble":      {formType, strings.Repeat("x\n", maxFormSize), errFormTooLarge},
		"long line":          {formType, strings.Repeat("x", 2*maxFormSize), errFormMalformed},
		"cut inside a field": {formType, "--xx\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk", errFormIncomplete},
	} {
		_, err := readForm(c.contentType, strings.NewReader(c.body))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzForm(f *testing.F) {
	f.Add(formType, formBody([][2]string{{"key", "k"}}, "f", "x"))
	f.Fuzz(func(t *testing.T, contentType, body string) {
		form, err := readForm(contentType, strings.NewReader(body))
		if err != nil {
			return
		}
		if len(form.Fields) > maxFormFields {
			t.Errorf("%d fields", len(form.Fields))
		}
		_, _ = io.Copy(io.Discard, form.file)
	})
}

func TestASlowFormIsToldThatItsTimeIsOver(t *testing.T) {
	body := io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nva"), late{})
	_, err := readForm("multipart/form-data; boundary=b", body)
	if a, _ := answerTo(err, subject{}); !errors.Is(err, auth.ErrBodyTimeout) || a.code != "RequestTimeout" {
		t.Errorf("%v, answered with %s", err, a.code)
	}
}

// late is the body of who did not send it in time.
type late struct{}

func (late) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }
