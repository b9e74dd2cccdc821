package main

import (
	"bytes"
	"mime"
	"testing"
)

func TestSharedFilesNeverTakeAnothersPlace(t *testing.T) {
	if got, want := shareKey(bytes.NewReader([]byte{1, 2, 3, 0xab, 0xcd}), "report.pdf"), "010203abcd/report.pdf"; got != want {
		t.Errorf("the key is %q, want %q", got, want)
	}
	if got, want := shareKey(bytes.NewReader(make([]byte, 5)), "bad\xffname"), "0000000000/bad_name"; got != want {
		t.Errorf("the key is %q, want %q", got, want)
	}
}

func TestContentDispositionNamesAnyFile(t *testing.T) {
	for name, want := range map[string]string{
		"report.pdf":     `attachment; filename="report.pdf"`,
		"two words.pdf":  `attachment; filename="two words.pdf"`,
		`quo"te\.pdf`:    `attachment; filename="quo_te_.pdf"; filename*=UTF-8''quo%22te%5C.pdf`,
		"100%.pdf":       `attachment; filename="100_.pdf"; filename*=UTF-8''100%25.pdf`,
		"Bericht für Ü":  `attachment; filename="Bericht f_r _"; filename*=UTF-8''Bericht%20f%C3%BCr%20%C3%9C`,
		"line\r\nbreak":  `attachment; filename="line__break"; filename*=UTF-8''line%0D%0Abreak`,
		"not\xffUTF-8":   `attachment; filename="not_UTF-8"`,
		"😀 'quoted'.txt": `attachment; filename="_ 'quoted'.txt"; filename*=UTF-8''%F0%9F%98%80%20%27quoted%27.txt`,
	} {
		if got := contentDisposition("attachment", name); got != want {
			t.Errorf("contentDisposition(%q) is\n%s, want\n%s", name, got, want)
		}
	}
}

func FuzzContentDisposition(f *testing.F) {
	for _, name := range []string{"report.pdf", `a"b\c`, "für Ü", "100%", "\r\nX: y", "😀"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		value := contentDisposition("inline", name)
		for _, c := range []byte(value) {
			if c < ' ' || c > '~' {
				t.Fatalf("%q is not fit for a header", value)
			}
		}
		kind, parameters, err := mime.ParseMediaType(value)
		if err != nil || kind != "inline" {
			t.Fatalf("%q does not parse: %v", value, err)
		}
		if _, found := parameters["filename"]; !found {
			t.Errorf("%q names no file", value)
		}
	})
}
