// Command unclosed-range exports reports line by line. A report whose source breaks off leaves its channel open, and the writer
// that ranges over it waits for ever.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

var errSource = errors.New("the source broke off")

// exporter writes reports.
type exporter struct {
	writers sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	e := &exporter{}
	export := service.Pick(s.Style, e.exportInline, e.exportMethod, e.exportGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		lines := export(r)
		requests.Go(func() { produce(lines, r) })
	})
}

// produce sends the lines of a report. It forgets to close the channel when the source fails.
func produce(lines chan<- string, r service.Request) error {
	for i := range 5 {
		lines <- fmt.Sprintf("report %d line %d", r.ID, i)
		if r.Leaks && i == 3 {
			return errSource
		}
		time.Sleep(r.Work / 5)
	}
	close(lines)
	return nil
}

func (e *exporter) exportInline(r service.Request) chan<- string {
	lines := make(chan string, 4)
	go func() { // leak:func
		var file bytes.Buffer
		for line := range lines {
			file.WriteString(line)
		}
	}()
	return lines
}

func (e *exporter) exportMethod(r service.Request) chan<- string {
	lines := make(chan string, 4)
	go e.write(lines) // leak:method
	return lines
}

func (e *exporter) exportGroup(r service.Request) chan<- string {
	lines := make(chan string, 4)
	e.writers.Go(func() { // leak:wg
		e.write(lines)
	})
	return lines
}

// write appends the lines to the report's file until there are no more.
func (e *exporter) write(lines <-chan string) {
	var file bytes.Buffer
	for line := range lines {
		file.WriteString(line)
	}
}
