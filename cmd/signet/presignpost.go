package main

import (
	"context"
	"html/template"
	"strings"
	"time"

	"github.com/signet-store/signet"
	"github.com/urfave/cli/v3"
)

func presignPostCommand() *cli.Command {
	return &cli.Command{
		Name:      "post",
		Usage:     "print a form with which a browser uploads a file",
		ArgsUsage: "s3://BUCKET/KEY",
		Description: "Prints the form's address and fields as JSON, as boto3's generate_presigned_post returns them, or with\n" +
			"--html a page that works as it is. A KEY that ends in a slash, or in ${filename}, lets whoever fills\n" +
			"in the form choose the file's name below it.\n\n" +
			"    signet presign post s3://inbox/photo.jpg --max-size 10MiB\n" +
			"    signet presign post 's3://inbox/${filename}' --html > upload.html\n" +
			"    signet presign post s3://inbox/photos/ --content-type 'image/*'\n\n" + connectionHelp,
		Flags: append([]cli.Flag{
			expiresFlag("1h"),
			&sizeFlag{Name: "min-size", Local: true, Usage: "refuse files of less than `SIZE`, such as 1MiB"},
			&sizeFlag{Name: "max-size", Local: true, Usage: "refuse files of more than `SIZE`"},
			&cli.StringFlag{Name: "content-type", Local: true, Usage: "store the file as of this `TYPE`; image/* lets the form say which image"},
			&cli.StringSliceFlag{Name: "field", Local: true, Usage: "add the field `NAME=VALUE`, such as x-amz-meta-who=Ada; repeatable"},
			&cli.IntFlag{Name: "success-status", Local: true, Usage: "answer an upload with `STATUS` 200, 201 or 204"},
			&cli.StringFlag{Name: "success-redirect", Local: true, Usage: "send the browser to `URL` after an upload"},
			&switchFlag{Name: "html", Local: true, Usage: "print a page with the form"},
		}, connectionFlags()...),
		Action: presignPost,
	}
}

func presignPost(ctx context.Context, cmd *cli.Command) error {
	target, lifetime, err := presignArguments(cmd, parseObjectURI)
	if err != nil {
		return err
	}
	policy := signet.PostPolicy{
		Bucket:          target.bucket,
		Expires:         lifetime,
		Time:            time.Now(),
		MinSize:         sizeOf(cmd, "min-size"),
		MaxSize:         sizeOf(cmd, "max-size"),
		SuccessStatus:   cmd.Int("success-status"),
		SuccessRedirect: cmd.String("success-redirect"),
	}
	if policy.Key, policy.KeyPrefix, err = formKey(cmd, target.key); err != nil {
		return err
	}
	if prefix, found := strings.CutSuffix(cmd.String("content-type"), "*"); found {
		policy.ContentTypePrefix = prefix
		if prefix == "" {
			policy.StartsWith = append(policy.StartsWith, signet.Field{Name: "Content-Type"})
		}
	} else {
		policy.ContentType = prefix
	}
	for _, field := range cmd.StringSlice("field") {
		name, value, found := strings.Cut(field, "=")
		if !found || name == "" {
			return usageErrorf(cmd, "--field: %q is not NAME=VALUE", field)
		}
		policy.Fields = append(policy.Fields, signet.Field{Name: name, Value: value})
	}
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return err
	}
	presigner, err := conn.presigner()
	if err != nil {
		return err
	}
	form, err := presigner.Post(policy)
	if err != nil {
		return inOneVoice(err)
	}
	warn(cmd, conn.warnings(policy.Time, lifetime))
	if cmd.Bool("html") {
		return formPage.Execute(cmd.Root().Writer, formPageData{form, cmd.String("content-type")})
	}
	fields := map[string]string{}
	for _, field := range form.Fields {
		fields[field.Name] = field.Value
	}
	return printJSON(cmd, formJSON{form.URL, fields, expiry(policy.Time, lifetime)})
}

// formKey returns what a form for key is for: that key alone, or all below a
// prefix.
func formKey(cmd *cli.Command, key string) (exact, prefix string, err error) {
	const filename = "${filename}"
	before, after, found := strings.Cut(key, filename)
	switch {
	case found && after == "":
		return "", before, nil
	case found && before == "":
		return "", "", usageErrorf(cmd, "what follows %s can only be signed if something is before it", filename)
	case found:
		return key, before, nil
	case strings.HasSuffix(key, "/"):
		return "", key, nil
	}
	return key, "", nil
}

// formJSON is what is printed of a form.
type formJSON struct {
	URL     string            `json:"url"`
	Fields  map[string]string `json:"fields"`
	Expires time.Time         `json:"expires"`
}

type formPageData struct {
	Form        signet.Form
	ContentType string
}

// ChoosesType says whether the form's user must say what type the file has.
func (d formPageData) ChoosesType() bool { return strings.HasSuffix(d.ContentType, "*") }

// formPage is a page with a form. The file comes last: S3 ignores what follows it.
var formPage = template.Must(template.New("form").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>Upload</title>
<form action="{{.Form.URL}}" method="post" enctype="multipart/form-data">
{{- range .Form.Fields}}
  <input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{- end}}
{{- if .ChoosesType}}
  <label>Type <input name="Content-Type" placeholder="{{.ContentType}}" required></label>
{{- end}}
  <label>File <input type="file" name="file" required></label>
  <button>Upload</button>
</form>
</html>
`))
