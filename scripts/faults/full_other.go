//go:build !linux

package main

// fullDisks are none: a small disk is mounted on Linux only.
func fullDisks() []oneCase { return nil }
