package accesslog

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// openTestFile opens a file of lines that begins anew after most bytes, in a
// folder of its own.
func openTestFile(t *testing.T, name string, most int64) (*rotatingFile, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	f, err := openRotatingFile(name, most, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, &log
}

func writeLines(t *testing.T, f *rotatingFile, lines string) {
	t.Helper()
	if n, err := f.Write([]byte(lines)); n != len(lines) || err != nil {
		t.Fatalf("%q: %d bytes were written (%v)", lines, n, err)
	}
}

// files returns the content of each file in a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if e.Type().IsRegular() {
			content, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all[e.Name()] = string(content)
		}
	}
	return all
}

func TestFilesBeginAnewBetweenLines(t *testing.T) {
	for _, c := range []struct {
		name   string
		most   int64
		writes []string
		want   map[string]string
	}{
		{"what fits", 4, []string{"1\n", "2\n"}, map[string]string{"f": "1\n2\n"}},
		{"one line more", 4, []string{"1\n", "2\n", "3\n"}, map[string]string{"f.1": "1\n2\n", "f": "3\n"}},
		{"many at once", 4, []string{"1\n2\n3\n4\n5\n"}, map[string]string{"f.2": "1\n2\n", "f.1": "3\n4\n", "f": "5\n"}},
		{"filled up first", 5, []string{"1\n", "2\n3\n4\n"}, map[string]string{"f.1": "1\n2\n", "f": "3\n4\n"}},
		{"a line larger than a file", 4, []string{"1\n", "22222\n3\n4\n"}, map[string]string{"f.2": "1\n", "f.1": "22222\n", "f": "3\n4\n"}},
		{"the oldest go", 1, []string{"1\n2\n3\n4\n5\n6\n7\n8\n"},
			map[string]string{"f": "8\n", "f.1": "7\n", "f.2": "6\n", "f.3": "5\n", "f.4": "4\n", "f.5": "3\n"}},
		{"without end", 0, []string{"1\n2\n", "3\n"}, map[string]string{"f": "1\n2\n3\n"}},
		{"a rest goes with its beginning", 4, []string{"1\n2", "22\n", "3\n"}, map[string]string{"f.1": "1\n222\n", "f": "3\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			f, log := openTestFile(t, filepath.Join(dir, "f"), c.most)
			for _, lines := range c.writes {
				writeLines(t, f, lines)
			}
			if diff := cmp.Diff(c.want, files(t, dir)); diff != "" || log.Len() > 0 {
				t.Errorf("%s\nlog: %s", diff, log)
			}
		})
	}
}

func TestAFileThatIsThereGoesOnWithALineOfItsOwn(t *testing.T) {
	for _, c := range []struct{ before, want string }{
		{"old\n", "old\nnew\n"},
		{"begun", "begun\nnew\n"},
		{"", "new\n"},
	} {
		dir := t.TempDir()
		name := filepath.Join(dir, "f")
		if err := os.WriteFile(name, []byte(c.before), 0o640); err != nil {
			t.Fatal(err)
		}
		f, _ := openTestFile(t, name, 100)
		writeLines(t, f, "new\n")
		if diff := cmp.Diff(map[string]string{"f": c.want}, files(t, dir)); diff != "" {
			t.Errorf("%q: %s", c.before, diff)
		}
	}
}

func TestAFileIsForItsOwnerUnlessToldOtherwise(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	f, _ := openTestFile(t, name, 4)
	mode := func() os.FileMode {
		t.Helper()
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if mode() != 0o600 {
		t.Errorf("a file is made with the mode %v", mode())
	}
	if err := os.Chmod(name, 0o640); err != nil {
		t.Fatal(err)
	}
	writeLines(t, f, "1111\n2\n")
	if mode() != 0o640 {
		t.Errorf("the next file has the mode %v", mode())
	}
	if err := os.Rename(name, name+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := f.reopen(); err != nil {
		t.Fatal(err)
	}
	if mode() != 0o640 {
		t.Errorf("after it was opened again it has the mode %v", mode())
	}
}

func TestAFileIsOpenedAgainUnderItsName(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	f, _ := openTestFile(t, name, 0)
	writeLines(t, f, "1\n")
	if err := os.Rename(name, name+".moved"); err != nil {
		t.Fatal(err)
	}
	writeLines(t, f, "2\n")
	if err := f.reopen(); err != nil {
		t.Fatal(err)
	}
	writeLines(t, f, "3\n")
	if diff := cmp.Diff(map[string]string{"f.moved": "1\n2\n", "f": "3\n"}, files(t, dir)); diff != "" {
		t.Error(diff)
	}
	// What cannot be opened again goes on where it was.
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.reopen(); err == nil {
		t.Error("a folder was opened")
	}
	writeLines(t, f, "4\n")
}

func TestAFileThatCannotBeginAnewGrows(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	// A folder that isn't empty: no file can take its name.
	if err := os.MkdirAll(filepath.Join(name+".5", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".4", []byte("0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, log := openTestFile(t, name, 4)
	writeLines(t, f, "1\n2\n3\n")
	writeLines(t, f, "4\n")
	if diff := cmp.Diff(map[string]string{"f.4": "0\n", "f": "1\n2\n3\n4\n"}, files(t, dir)); diff != "" {
		t.Error(diff)
	}
	if n := strings.Count(log.String(), "no new file could be begun"); n != 1 {
		t.Errorf("told %d times: %s", n, log)
	}
	// Later it can.
	if err := os.RemoveAll(name + ".5"); err != nil {
		t.Fatal(err)
	}
	writeLines(t, f, "5\n6\n")
	if diff := cmp.Diff(map[string]string{"f.5": "0\n", "f.1": "1\n2\n3\n4\n", "f": "5\n6\n"}, files(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{dir, filepath.Join(dir, "missing", "f"), ""} {
		if f, err := openRotatingFile(name, 0, slog.New(slog.DiscardHandler)); err == nil {
			f.Close()
			t.Errorf("%q was opened", name)
		}
	}
}

func FuzzRotatingFile(f *testing.F) {
	f.Add(int64(4), []byte{1, 102, 3, 100, 9})
	f.Add(int64(1), []byte{0, 0, 0})
	f.Add(int64(100), bytes.Repeat([]byte{30}, keepFiles))
	f.Fuzz(func(t *testing.T, most int64, lengths []byte) {
		if most < 0 || most > 1<<20 || len(lengths) > keepFiles {
			t.Skip()
		}
		name := filepath.Join(t.TempDir(), "f")
		file, _ := openTestFile(t, name, most)
		var want, together string
		for i, n := range lengths {
			together += strconv.Itoa(i) + strings.Repeat("x", int(n%100)) + "\n"
			if n >= 100 { // else it is written with the next one
				writeLines(t, file, together)
				want, together = want+together, ""
			}
		}
		writeLines(t, file, together)
		want += together
		var got string
		for i := keepFiles; i >= 0; i-- {
			content, err := os.ReadFile(file.numbered(i))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if len(content) > 0 && content[len(content)-1] != '\n' {
				t.Errorf("file %d ends within a line", i)
			}
			if most > 0 && int64(len(content)) > most && bytes.Count(content, []byte{'\n'}) > 1 {
				t.Errorf("file %d has %d bytes", i, len(content))
			}
			got += string(content)
		}
		if got != want {
			t.Errorf("%q was kept of %q", got, want)
		}
	})
}
