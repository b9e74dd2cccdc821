package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v3"
)

func cpCommand() *cli.Command {
	return &cli.Command{
		Name:      "cp",
		Usage:     "copy a file to S3, or an object to a file",
		ArgsUsage: "SOURCE DESTINATION",
		Description: "One of the two is an s3:// address, the other a file; - stands for standard input or output.\n" +
			"Where the destination is a bucket, ends in a slash or is a folder, the name stays the same.\n" +
			"A file is replaced only when all of the object has arrived.\n\n" +
			"    signet cp report.pdf s3://papers/2026/report.pdf\n" +
			"    signet cp report.pdf s3://papers\n" +
			"    signet cp s3://papers/report.pdf .\n" +
			"    tar cz photos | signet cp - s3://backup/photos.tgz\n\n" + connectionHelp,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "content-type", Local: true, Usage: "store the object as of this `TYPE` (default: by the file's extension)"},
			quietFlag(),
		}, connectionFlags()...),
		Action: interruptible(cp),
	}
}

func quietFlag() cli.Flag {
	return &switchFlag{Name: "quiet", Aliases: []string{"q"}, Local: true, Usage: "show no progress"}
}

func cp(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Len() != 2 {
		return usageErrorf(cmd, "expected a source and a destination")
	}
	source, destination := cmd.Args().Get(0), cmd.Args().Get(1)
	switch {
	case isS3URI(source) && isS3URI(destination):
		return usageErrorf(cmd, "one of the two must be a file: copies between objects are not here yet")
	case isS3URI(destination):
		target, err := parseS3URI(destination)
		if err != nil {
			return usageErrorf(cmd, "%w", err)
		}
		return cpUpload(ctx, cmd, source, target)
	case isS3URI(source):
		target, err := parseObjectURI(source)
		if err != nil {
			return usageErrorf(cmd, "%w", err)
		}
		if cmd.IsSet("content-type") {
			return usageErrorf(cmd, "--content-type is for uploads")
		}
		return cpDownload(ctx, cmd, target, destination)
	}
	return usageErrorf(cmd, "one of the two must be an s3:// address")
}

func cpUpload(ctx context.Context, cmd *cli.Command, source string, target s3URI) error {
	if target.key == "" || strings.HasSuffix(target.key, "/") {
		if source == "-" {
			return usageErrorf(cmd, "standard input has no name: say it, as in %s/NAME", strings.TrimSuffix(target.String(), "/"))
		}
		target.key += filepath.Base(source)
	}
	if !utf8.ValidString(target.key) {
		return fmt.Errorf("%q is not UTF-8, as keys must be: name the object in the destination", target.key)
	}
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return err
	}
	var file *os.File
	if source == "-" {
		file, err = spool(cmd.Root().Reader)
	} else {
		file, err = openUpload(source)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	contentType := cmd.String("content-type")
	if contentType == "" {
		contentType = contentTypeOf(path.Base(target.key))
	}
	header := http.Header{"Content-Type": {contentType}}
	return newStore(conn, time.Now).upload(ctx, file, target, header, progressWriter(cmd))
}

// progressWriter is where cmd shows its progress, nil for nowhere.
func progressWriter(cmd *cli.Command) io.Writer {
	if cmd.Bool("quiet") {
		return nil
	}
	return cmd.Root().ErrWriter
}

// openUpload opens a file that can be sent in one request.
func openUpload(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: name the files in it, or an archive of it", name)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file with a size of its own", name)
	}
	if err := checkSize(name, info.Size()); err != nil {
		return nil, err
	}
	return os.Open(name)
}

func checkSize(name string, size int64) error {
	if size > maxPut {
		return fmt.Errorf("%s has %s; S3 takes at most 5 GiB in one upload", name, formatSize(size))
	}
	return nil
}

// spool keeps what r holds in a file without a name: S3 wants to know an
// object's length before its bytes.
func spool(r io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "signet-cp-*")
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(file, io.LimitReader(r, maxPut+1))
	// Its bytes stay for as long as it is open.
	err = errors.Join(err, os.Remove(file.Name()))
	if err == nil {
		err = checkSize("standard input", n)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("keeping standard input until it ends: %w", err)
	}
	return file, nil
}

// upload stores all of file under target, with header's metadata.
func (s *store) upload(ctx context.Context, file *os.File, target s3URI, header http.Header, terminal io.Writer) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	r := request{method: http.MethodPut, target: target, header: header, length: info.Size()}
	if !s.conn.encrypted() {
		// Nothing but the signature then tells that the bytes arrived as they were sent.
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(file, 0, r.length)); err != nil {
			return err
		}
		r.sha256 = hex.EncodeToString(sum.Sum(nil))
	}
	bar := newProgress(terminal, s.now, path.Base(target.key), r.length)
	defer bar.finish()
	r.body = bar.reader(io.NewSectionReader(file, 0, r.length))
	return s.succeed(ctx, r)
}

// contentTypeOf returns the media type that name's extension stands for.
func contentTypeOf(name string) string {
	if t := mime.TypeByExtension(strings.ToLower(path.Ext(name))); t != "" {
		return t
	}
	return "application/octet-stream"
}

func cpDownload(ctx context.Context, cmd *cli.Command, source s3URI, destination string) error {
	if info, err := os.Stat(destination); (err == nil && info.IsDir()) || strings.HasSuffix(destination, string(filepath.Separator)) {
		name := source.key[strings.LastIndexByte(source.key, '/')+1:]
		if !filepath.IsLocal(name) || name == "." || strings.ContainsAny(name, "\\\x00") {
			return usageErrorf(cmd, "%q does not end in a file's name: name the file, as in %s", source.key, filepath.Join(destination, "NAME"))
		}
		destination = filepath.Join(destination, name)
	}
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return err
	}
	s := newStore(conn, time.Now)
	response, err := s.do(ctx, request{method: http.MethodGet, target: source})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if destination == "-" {
		_, err := io.Copy(cmd.Root().Writer, response.Body)
		return err
	}
	bar := newProgress(progressWriter(cmd), s.now, path.Base(source.key), response.ContentLength)
	defer bar.finish()
	return replaceFile(destination, bar.reader(response.Body))
}

// replaceFile makes name a file with all that r holds, or leaves it alone.
func replaceFile(name string, r io.Reader) (err error) {
	// What is no file, such as /dev/null, is written to and not replaced.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return writeInto(name, r)
	}
	if resolved, err := filepath.EvalSymlinks(name); err == nil {
		name = resolved
	}
	// Not CreateTemp: a new file gets the permissions that its owner gives to all.
	file, err := os.OpenFile(filepath.Join(filepath.Dir(name), ".signet-cp-"+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
		}
	}()
	if _, err := io.Copy(file, r); err != nil {
		return fmt.Errorf("downloading: %w", err)
	}
	if info, err := os.Stat(name); err == nil {
		if err := file.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}

func writeInto(name string, r io.Reader) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r)
	return errors.Join(err, file.Close())
}
