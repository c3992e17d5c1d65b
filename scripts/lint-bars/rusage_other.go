//go:build !linux

package main

import "os"

// peak is known on Linux only.
func peak(*os.ProcessState) string { return "memory is not known" }
