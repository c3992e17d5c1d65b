// Package table reads rows of a big table.
package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"logcap.test/programs/unseen/lost-cancel-rows/rpc"
)

// Row is one row.
type Row struct {
	Key   string
	Value int
}

// Table can be read.
type Table struct {
	Name string
	Rows int
	Pace time.Duration
}

// reading is one scan.
type reading struct {
	table  *Table
	stream *rpc.Stream
	cancel context.CancelFunc
}

// Read calls f for every row, until f says that it has enough.
func (t *Table) Read(ctx context.Context, f func(Row) (more bool)) error {
	r := t.begin(ctx)
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", t.Name, err)
		}
		if !f(row) {
			return r.abandon()
		}
	}
}

func (t *Table) begin(ctx context.Context) *reading {
	ctx, cancel := context.WithCancel(ctx) // cause
	stream := rpc.Open(ctx, rpc.Method{Name: "ReadRows", Answers: t.Rows, Pace: t.Pace})
	return &reading{table: t, stream: stream, cancel: cancel}
}

func (r *reading) next() (Row, error) {
	n, err := r.stream.Recv()
	if err != nil {
		return Row{}, err
	}
	return Row{Key: fmt.Sprintf("%s#%03d", r.table.Name, n), Value: n * n}, nil
}

// abandon gives up the rest of the rows.
func (r *reading) abandon() error {
	r.cancel()
	for {
		if _, err := r.stream.Recv(); errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
