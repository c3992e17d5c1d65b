// Command double-send verifies uploads. A bad checksum is reported, and then, for want of a return, the verdict is sent as well;
// the caller receives once.
package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

var errChecksum = errors.New("checksum differs")

type verifier struct {
	group errgroup.Group
}

func run(ctx context.Context, s *service.Service) error {
	v := &verifier{}
	verify := service.Pick(s.Style, v.verifyInline, v.verifyMethod, v.verifyGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		requests.Go(func() { verify(r) })
	})
}

// checksum reads the upload.
func checksum(r service.Request) error {
	time.Sleep(r.Work)
	if r.Leaks {
		return errChecksum
	}
	return nil
}

func (v *verifier) verifyInline(r service.Request) error {
	verdict := make(chan error)
	go func() { // leak:func
		err := checksum(r)
		if err != nil {
			verdict <- err
		}
		verdict <- nil
	}()
	return <-verdict
}

func (v *verifier) verifyMethod(r service.Request) error {
	u := &upload{request: r, verdict: make(chan error)}
	go u.verify() // leak:method
	return <-u.verdict
}

func (v *verifier) verifyGroup(r service.Request) error {
	u := &upload{request: r, verdict: make(chan error)}
	v.group.Go(u.verify) // leak:wg
	return <-u.verdict
}

// upload is one file that came in.
type upload struct {
	request service.Request
	verdict chan error
}

func (u *upload) verify() error {
	err := checksum(u.request)
	if err != nil {
		u.verdict <- err
	}
	u.verdict <- nil
	return err
}
