//go:build go1.25

package main

func (g *group) start(f func()) { g.Go(f) }
