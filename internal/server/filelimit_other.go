//go:build !unix

package server

// mostConnections returns how many connections this process may have open.
func mostConnections() int { return DefaultMaxConnections }
