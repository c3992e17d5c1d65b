// Command n-cast reads keys from replicas. An uncached key is asked of three at once and the first answer is taken: the other two
// goroutines wait for ever to give theirs.
package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type reader struct {
	replicas []replica
	asked    sync.WaitGroup
}

type replica struct{ delay time.Duration }

func run(ctx context.Context, s *service.Service) error {
	rd := &reader{}
	for range 3 {
		rd.replicas = append(rd.replicas, replica{delay: time.Duration(5+s.Rand.IntN(40)) * time.Millisecond})
	}
	read := service.Pick(s.Style, rd.readInline, rd.readMethod, rd.readGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		replicas := rd.replicas
		if !r.Leaks {
			replicas = replicas[:1] // the owner of the key is known
		}
		requests.Go(func() { read(r, replicas) })
	})
}

// get asks one replica.
func (rp replica) get(r service.Request) string {
	time.Sleep(rp.delay + r.Work/10)
	return fmt.Sprintf("value %d", r.ID)
}

func (rd *reader) readInline(r service.Request, replicas []replica) string {
	answers := make(chan string)
	for _, rp := range replicas {
		go func() { // leak:func
			answers <- rp.get(r)
		}()
	}
	return <-answers
}

func (rd *reader) readMethod(r service.Request, replicas []replica) string {
	answers := make(chan string)
	for _, rp := range replicas {
		go rp.send(r, answers) // leak:method
	}
	return <-answers
}

func (rp replica) send(r service.Request, answers chan<- string) {
	answers <- rp.get(r)
}

func (rd *reader) readGroup(r service.Request, replicas []replica) string {
	answers := make(chan string)
	for _, rp := range replicas {
		rd.asked.Go(func() { // leak:wg
			answers <- rp.get(r)
		})
	}
	return <-answers
}
