//go:build !linux

package admin

import "syscall"

// private does nothing: these systems take no mode for a socket without a name.
func private(string, string, syscall.RawConn) error { return nil }
