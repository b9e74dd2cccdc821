//go:build unix

package server

import (
	"os"
	"syscall"
)

// keepOwner gives f the owner and the group of another file.
func keepOwner(f *os.File, of os.FileInfo) error {
	have, err := f.Stat()
	if err != nil {
		return err
	}
	uid, gid := ownerOf(of)
	if haveUID, haveGID := ownerOf(have); uid == haveUID && gid == haveGID {
		return nil
	}
	return f.Chown(uid, gid)
}

func ownerOf(info os.FileInfo) (uid, gid int) {
	stat := info.Sys().(*syscall.Stat_t) // what the os package has there
	return int(stat.Uid), int(stat.Gid)
}
