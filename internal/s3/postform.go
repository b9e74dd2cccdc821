package s3

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"os"
	"strings"

	"github.com/signet-store/signet/internal/auth"
)

const (
	// maxFormFields bounds the fields before the file, maxFormSize their bytes
	// with all framing.
	maxFormFields = 100
	maxFormSize   = 64 << 10
)

// form is a POST upload: the fields up to its file, and the file.
type form struct {
	auth.Form
	file io.Reader
	// filename is the last element of the name that the file has; named says that
	// it came with one.
	filename string
	named    bool
}

// readForm reads a form's fields. The file is not read, nor what comes after it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
func readForm(contentType string, body io.Reader) (*form, error) {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != "multipart/form-data" || params["boundary"] == "" {
		return nil, errFormNotMultipart
	}
	preamble := &preambleReader{body: body, left: maxFormSize}
	parts := multipart.NewReader(preamble, params["boundary"])
	f := new(form)
	for {
		part, err := parts.NextRawPart()
		switch {
		case err == io.EOF:
			return nil, invalidArgument("POST requires exactly one file upload per request.", "file", "0")
		case preamble.exceeded():
			return nil, errFormTooLarge
		case err != nil:
			return nil, formError(err)
		}
		name := part.FormName()
		if strings.EqualFold(name, "file") {
			f.file = &formFile{part}
			f.filename, f.named = baseName(part)
			preamble.left = -1
			return f, nil
		}
		if len(f.Fields) == maxFormFields {
			return nil, errFormTooLarge
		}
		value, err := io.ReadAll(part)
		if preamble.exceeded() {
			return nil, errFormTooLarge
		}
		if err != nil {
			return nil, formError(err)
		}
		f.Fields = append(f.Fields, auth.Field{Name: name, Value: string(value)})
	}
}

// formError tells a form that ended early from one that is malformed.
func formError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return auth.BodyError(err) // the sender's time is over
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errFormIncomplete
	}
	return &failure{reason: errFormMalformed, err: err}
}

// baseName is the last element of the name that the sender's file has, if any.
func baseName(part *multipart.Part) (name string, ok bool) {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return "", false
	}
	name, ok = params["filename"]
	name = strings.ReplaceAll(name, `\`, "/")
	return name[strings.LastIndexByte(name, '/')+1:], ok
}

// get returns the value of the first field of that name, whatever its case.
func (f *form) get(name string) string {
	for _, field := range f.Fields {
		if strings.EqualFold(field.Name, name) {
			return field.Value
		}
	}
	return ""
}

// key is the key that the form names, with the file's name filled in where it has
// one.
func (f *form) key() string {
	if !f.named {
		return f.get("key")
	}
	return strings.ReplaceAll(f.get("key"), "${filename}", f.filename)
}

// formFile is the file of a form. It ends where the part ends, and nowhere else.
type formFile struct{ part *multipart.Part }

// Read implements io.Reader.
func (f *formFile) Read(p []byte) (int, error) {
	n, err := f.part.Read(p)
	if err == io.ErrUnexpectedEOF {
		err = errFormIncomplete
	}
	return n, err
}

// preambleReader bounds what is read before the file is found.
type preambleReader struct {
	body io.Reader
	left int // bytes; negative for no bound
}

// Read implements io.Reader.
func (r *preambleReader) Read(p []byte) (int, error) {
	if r.left < 0 {
		return r.body.Read(p)
	}
	if r.left == 0 {
		return 0, errFormTooLarge
	}
	n, err := r.body.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// exceeded reports whether the bound was reached.
func (r *preambleReader) exceeded() bool { return r.left == 0 }
