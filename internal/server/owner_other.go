//go:build !unix

package server

import "os"

// keepOwner does nothing where files have no owner that Go knows.
func keepOwner(*os.File, os.FileInfo) error { return nil }
