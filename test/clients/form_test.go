package clients

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"testing"
)

// postForm sends a form as a browser does, the file last, and returns the
// status and the answer.
func postForm(t *testing.T, url string, fields map[string]string, filename string, content []byte) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("file", filename)
	if err != nil {
		t.Fatal(err)
	}
	file.Write(content)
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url, form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(readAll(t, response.Body))
}
