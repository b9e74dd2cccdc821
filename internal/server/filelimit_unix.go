//go:build unix

package server

import "syscall"

// mostConnections returns how many connections leave half of the files that
// this process may open to everything else.
func mostConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur/2 > DefaultMaxConnections {
		return DefaultMaxConnections
	}
	return max(1, int(limit.Cur/2))
}
