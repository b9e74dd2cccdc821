package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADirectoryIsMadeAndOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "data")
	for range 2 {
		d, err := openDirectory(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(path, "FORMAT"))
	if err != nil || string(text) != fmt.Sprintf("signet data format %d\n", Format) {
		t.Errorf("FORMAT is %q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the directory: %v, %v; want 0700", info.Mode(), err)
	}
}

func TestASecondServerIsRefused(t *testing.T) {
	parent := t.TempDir()
	path := filepath.Join(parent, "data")
	d, err := openDirectory(path)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(parent, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{path, link, path + "/."} {
		if _, err := openDirectory(other); err == nil || !strings.Contains(err.Error(), "another signet is using "+other) {
			t.Errorf("second server on %s: %v", other, err)
		}
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	if d, err = openDirectory(link); err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	d.close()
}

func TestADirectoryOfSomebodyElseIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"files of somebody else":   {map[string]string{"thesis.tex": "x"}, "has files in it and is not a data directory"},
		"records without a FORMAT": {map[string]string{"LOCK": "", "kv": "x"}, "has files in it and is not a data directory"},
		"a newer format":           {map[string]string{"FORMAT": "signet data format 2\n"}, "newer signet (data format 2, this one knows up to 1)"},
		"a much newer format":      {map[string]string{"FORMAT": "signet data format 999999999\n"}, "newer signet"},
		"an empty FORMAT":          {map[string]string{"FORMAT": ""}, "damaged"},
		"a FORMAT of another kind": {map[string]string{"FORMAT": "1\n"}, "damaged"},
		"more than one line":       {map[string]string{"FORMAT": "signet data format 1\n\n"}, "damaged"},
		"format 0":                 {map[string]string{"FORMAT": "signet data format 0\n"}, "damaged"},
		"a number beyond all":      {map[string]string{"FORMAT": "signet data format 99999999999999999999\n"}, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			for file, text := range c.files {
				if err := os.WriteFile(filepath.Join(path, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := openDirectory(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want %q and the path", err, c.want)
			}
			if entries, _ := os.ReadDir(path); len(entries) != len(c.files) {
				t.Errorf("the directory holds %v now", entries)
			}
		})
	}
}

func TestADirectoryIsTakenOverWhereNobodyUsedIt(t *testing.T) {
	for name, files := range map[string][]string{
		"empty":                {},
		"a fresh file system":  {"lost+found"},
		"an interrupted start": {"LOCK", "FORMAT.new"},
		"a key file":           {"seal.key"},
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			for _, file := range files {
				if err := os.WriteFile(filepath.Join(path, file), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			d, err := openDirectory(path)
			if err != nil {
				t.Fatal(err)
			}
			d.close()
			if err := checkFormat(path); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAFileInPlaceOfTheDirectoryIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openDirectory(path); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("error %v", err)
	}
}

func TestTheDefaultReserveIsSmallOnSmallDisks(t *testing.T) {
	if got := defaultReserve(10 << 30); got != (10<<30)/100 {
		t.Errorf("10 GiB: %d", got)
	}
	if got := defaultReserve(10 << 40); got != 1<<30 {
		t.Errorf("10 TiB: %d", got)
	}
}

func FuzzParseFormat(f *testing.F) {
	f.Add("signet data format 1\n")
	f.Add("signet data format 12\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := parseFormat(text); err == nil && text != fmt.Sprintf("signet data format %d\n", n) {
			t.Errorf("%q was read as %d", text, n)
		}
	})
}
