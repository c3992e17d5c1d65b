// Package importer imports batches in the background.
package importer

import (
	"sync"
	"sync/atomic"
)

// Job is a batch.
type Job interface {
	// Import returns the number of records.
	Import() int
}

// Importer counts what comes in.
type Importer struct {
	bulk    sync.WaitGroup
	records atomic.Int64
}

// Start imports j.
func (im *Importer) Start(j Job) {
	go func() { // leak:func
		n := j.Import()
		im.records.Add(int64(n))
	}()
}

// part is a batch that adds to another.
type part struct {
	Job
	total *atomic.Int64
}

func (p part) add() { p.total.Add(int64(p.Import())) }

// StartPart imports j as a part of something larger.
func (im *Importer) StartPart(j Job) {
	p := part{j, &im.records}
	go p.add() // leak:method
}

// StartBulk imports j without its records' checks.
func (im *Importer) StartBulk(j Job) {
	im.bulk.Go(part{j, &im.records}.add) // leak:wg
}
