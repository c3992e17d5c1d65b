// Package intake accepts what users send.
package intake

import (
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/leaky/double-send/upload"
)

// Desk accepts uploads, each after it was verified in the background.
type Desk struct {
	accepted, refused atomic.Int64
	verifiers         errgroup.Group
}

// Counts is how many uploads were accepted and refused.
func (d *Desk) Counts() (accepted, refused int64) {
	return d.accepted.Load(), d.refused.Load()
}

// AcceptInline accepts one upload.
func (d *Desk) AcceptInline(u *upload.Upload) error {
	verdict := make(chan error)
	go func() { // leak:func
		if err := u.Check(); err != nil {
			verdict <- fmt.Errorf("verify: %w", err) // cause:func
		}
		verdict <- nil
	}()
	return d.book(verdict)
}

// AcceptMethod accepts one upload.
func (d *Desk) AcceptMethod(u *upload.Upload) error {
	go u.Verify() // leak:method
	return d.book(u.Verdict)
}

// AcceptGroup accepts one upload.
func (d *Desk) AcceptGroup(u *upload.Upload) error {
	d.verifiers.Go(u.Verify) // leak:wg
	return d.book(u.Verdict)
}

// book waits for the verdict on an upload and counts it.
func (d *Desk) book(verdict <-chan error) error {
	if err := <-verdict; err != nil {
		d.refused.Add(1)
		return fmt.Errorf("accept upload: %w", err)
	}
	d.accepted.Add(1)
	return nil
}
