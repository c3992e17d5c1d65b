//go:build !go1.25

package main

func (g *group) start(f func()) {
	g.Add(1)
	go func() {
		defer g.Done()
		f()
	}()
}
