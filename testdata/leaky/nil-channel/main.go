// Command nil-channel imports records. Progress is reported on a channel that is only made for imports that show it; the
// others wait on a channel that is nil.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"receive", "send"}}) }

type importer struct {
	imports sync.WaitGroup
}

// batch is one import.
type batch struct {
	rows     int
	progress chan int // nil unless somebody looks
	sends    bool     // which end of progress the background goroutine has
}

func run(ctx context.Context, s *service.Service) error {
	im := &importer{}
	start := service.Pick(s.Style, im.startInline, im.startMethod, im.startGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		b := &batch{rows: r.ID, sends: s.Variant == "send"}
		if !r.Leaks {
			b.progress = make(chan int)
			requests.Go(func() { b.otherEnd(r.Work) })
		}
		start(b)
	})
}

// otherEnd is the display of an import that has one.
func (b *batch) otherEnd(after time.Duration) {
	time.Sleep(after)
	if b.sends {
		<-b.progress
		return
	}
	b.progress <- 1
}

func (b *batch) report() {
	if b.sends {
		b.progress <- b.rows
		return
	}
	b.rows += <-b.progress
}

func (im *importer) startInline(b *batch) {
	go func() { // leak:func
		if b.sends {
			b.progress <- b.rows
			return
		}
		b.rows += <-b.progress
	}()
}

func (im *importer) startMethod(b *batch) {
	go b.report() // leak:method
}

func (im *importer) startGroup(b *batch) {
	im.imports.Go(b.report) // leak:wg
}
