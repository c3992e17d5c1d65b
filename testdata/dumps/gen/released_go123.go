//go:build go1.23 && !go1.25

package main

func released() { pulled() }
