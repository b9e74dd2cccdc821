package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/space"
)

// Format is the version of what is on disk that this program writes and reads.
const Format = 1

// directory is a data directory that this process has to itself:
//
//	DATA/FORMAT     the version of everything below
//	DATA/LOCK       held while a server runs
//	DATA/kv         records
//	DATA/blobs      the bytes of larger objects, and a directory mark-... that tells
//	                whose they are
//	DATA/root.env   the root user's access key, if the server made it
//	DATA/seal.key   what stored secrets are sealed with, unless that is elsewhere
type directory struct {
	path string // as it was given, for messages
	lock io.Closer
	// fresh says that it was not a data directory before.
	fresh bool
}

func (d *directory) kv() string      { return filepath.Join(d.path, "kv") }
func (d *directory) blobs() string   { return filepath.Join(d.path, "blobs") }
func (d *directory) sealKey() string { return filepath.Join(d.path, "seal.key") }
func (d *directory) rootEnv() string { return filepath.Join(d.path, "root.env") }

// openDirectory opens the data directory at path, or makes it. It refuses one
// that another server uses, one that a newer Signet wrote, and one with files of
// somebody else in it.
func openDirectory(path string) (*directory, error) {
	if err := makeDirectory(path); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	// Before the lock, so that a foreign directory is left as it is.
	if err := checkFormat(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	d := &directory{path: path}
	if err := d.acquire(); err != nil {
		return nil, err
	}
	err := checkFormat(path)
	if errors.Is(err, fs.ErrNotExist) {
		d.fresh = true
		err = writeDurably(filepath.Join(path, "FORMAT"), fmt.Appendf(nil, "signet data format %d\n", Format), 0o644)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// acquire takes the lock. The operating system gives it back when the process
// ends, however it ends.
func (d *directory) acquire() error {
	// The lock is per process and per name: one name for each directory.
	path, err := filepath.EvalSymlinks(d.path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	d.lock, err = vfs.Default.Lock(filepath.Join(path, "LOCK"))
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return fmt.Errorf("data directory: %w", err)
	}
	if err != nil {
		return fmt.Errorf("another signet is using %s: stop it, or choose another directory with --data", d.path)
	}
	return nil
}

func (d *directory) close() error { return d.lock.Close() }

// checkFormat returns nil if this program can use the data directory at path,
// and fs.ErrNotExist if nobody has used it yet.
func checkFormat(path string) error {
	// Names before FORMAT: another server that is just making the directory
	// writes FORMAT first.
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(path, "FORMAT"))
	if errors.Is(err, fs.ErrNotExist) {
		for _, e := range entries {
			if !beforeFormat(e.Name()) {
				return fmt.Errorf("%s has files in it and is not a data directory of signet (no FORMAT file): choose a new or empty directory with --data", path)
			}
		}
		return fs.ErrNotExist
	}
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	version, err := parseFormat(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(path, "FORMAT"), err)
	}
	if version > Format {
		return fmt.Errorf("%s was written by a newer signet (data format %d, this one knows up to %d): use a newer signet", path, version, Format)
	}
	return nil
}

// beforeFormat reports whether a data directory may hold name before FORMAT is
// written: what an interrupted start leaves, a key file that was made before, and
// what a file system has of its own.
func beforeFormat(name string) bool {
	return name == "LOCK" || name == "FORMAT.new" || name == "seal.key" || name == "lost+found"
}

// parseFormat reads the text of a FORMAT file.
func parseFormat(text string) (int, error) {
	m := regexp.MustCompile(`^signet data format ([1-9][0-9]{0,8})\n$`).FindStringSubmatch(text)
	if m == nil {
		return 0, errors.New("not a format that signet writes; the file is damaged or somebody else's")
	}
	return strconv.Atoi(m[1])
}

// space tells how much of the disk is free and how large it is, in bytes. Errors:
// space.ErrUnknown.
func (d *directory) space() (free, total int64, err error) {
	usage, err := vfs.Default.GetDiskUsage(d.path)
	if errors.Is(err, vfs.ErrUnsupported) {
		return 0, 0, space.ErrUnknown
	}
	if err != nil {
		return 0, 0, fmt.Errorf("free space of %s: %w", d.path, err)
	}
	return int64(usage.AvailBytes), int64(usage.TotalBytes), nil
}

// defaultReserve returns what new data leaves free where nothing was configured.
func defaultReserve(total int64) int64 { return min(1<<30, total/100) }
