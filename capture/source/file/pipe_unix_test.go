//go:build unix

package file_test

import "syscall"

func (b *bench) pipe(name string) { b.Helper(); b.check(syscall.Mkfifo(b.path(name), 0o644)) }
