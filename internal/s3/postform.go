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
	// with all framing, and again once the file's name is filled in.
	maxFormFields = 100
	maxFormSize   = 64 << 10
)

// form is a POST upload: the fields up to its file, with its name filled in, and the
// file.
type form struct {
	auth.Form
	file io.Reader
}

// readForm reads a form's fields and fills in the file's name. The file is not read, nor
// what comes after it.
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
			preamble.left = -1
			return f, f.fillIn(baseName(part))
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

// baseName is what the sender's file is called: what stands after the last slash or
// backslash of its name, "" if it has none.
func baseName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(slashes(part.Header.Get("Content-Disposition")))
	if err != nil {
		return ""
	}
	name := strings.ReplaceAll(params["filename"], `\`, "/")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// slashes turns the backslashes of a path that a browser of Windows put into a header as
// it is into slashes: mime takes some of them for escapes. Those before a quotation mark
// or another backslash are escapes.
func slashes(header string) string {
	if strings.IndexByte(header, '\\') < 0 {
		return header
	}
	b := []byte(header)
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '\\':
		case i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\'):
			i++
		default:
			b[i] = '/'
		}
	}
	return string(b)
}

// fillIn puts the file's name in the place of ${filename} in every field but those of
// authentication, once: a file may be called ${filename} itself.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
func (f *form) fillIn(filename string) error {
	const variable = "${filename}"
	size := 0
	for i := range f.Fields {
		field := &f.Fields[i]
		n := strings.Count(field.Value, variable)
		if n > 0 && authenticates(field.Name) {
			n = 0
		}
		if size += len(field.Value) + n*(len(filename)-len(variable)); size > maxFormSize {
			return errFormTooLarge
		}
		if n > 0 {
			field.Value = strings.ReplaceAll(field.Value, variable, filename)
		}
	}
	return nil
}

// authenticates reports whether a form's field carries its authentication.
func authenticates(name string) bool {
	switch strings.ToLower(name) {
	case "policy", "awsaccesskeyid", "signature",
		"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token", "x-amz-signature":
		return true
	}
	return false
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
