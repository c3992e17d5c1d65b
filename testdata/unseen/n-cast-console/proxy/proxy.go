// Package proxy joins the streams of users and machines.
package proxy

import (
	"errors"
	"io"
)

// Direction is one way of a stream.
type Direction struct {
	From io.Reader
	To   io.Writer
}

// Join copies until one of the directions ends.
func Join(ways ...Direction) error {
	ended := make(chan error)
	for _, way := range ways {
		go way.pump(ended) // leak:func
	}
	err := <-ended // cause
	if errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return err
}

func (d Direction) pump(ended chan<- error) {
	_, err := io.Copy(d.To, d.From)
	ended <- err
}
