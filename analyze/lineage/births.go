package lineage

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Birth is what is known of one goroutine's creation.
type Birth struct {
	ID, Parent uint64
	// Created is the go statement, zero when it is not known; Entry the function it began in.
	Created, Entry goroutine.Frame
	// Stack is where its parent was found when it was first seen, a moment after
	// its birth, innermost first; nil when nobody looked or the parent was gone.
	Stack []goroutine.Frame
}

// Schema names the form of Write.
const Schema = "logcap.births/1"

// document is births as JSON. Frames and stacks are written once and numbered
// from 1; 0 is none. A frame is [function, file, line, line of its start], a
// birth [id, parent, frame of the go statement, frame of the entry, stack].
type document struct {
	Schema  string      `json:"schema"`
	LeftOut int         `json:"left_out,omitempty"`
	Frames  []frame     `json:"frames"`
	Stacks  [][]int     `json:"stacks"`
	Births  [][5]uint64 `json:"births"`
}

type frame goroutine.Frame

func (f frame) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{f.Func, f.File, f.Line, f.Start})
}

func (f *frame) UnmarshalJSON(b []byte) error {
	var v [4]json.RawMessage
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	for i, to := range []any{&f.Func, &f.File, &f.Line, &f.Start} {
		if err := json.Unmarshal(v[i], to); err != nil {
			return err
		}
	}
	return nil
}

// Write writes births as recordings keep them. leftOut is how many more there
// were.
func Write(w io.Writer, births []Birth, leftOut int) error {
	n := numberer{frames: map[goroutine.Frame]int{}, stacks: map[string]int{}}
	n.doc = document{Schema: Schema, LeftOut: leftOut, Frames: []frame{}, Stacks: [][]int{}, Births: make([][5]uint64, 0, len(births))}
	for _, b := range births {
		n.doc.Births = append(n.doc.Births, [5]uint64{b.ID, b.Parent, uint64(n.frame(b.Created)), uint64(n.frame(b.Entry)), uint64(n.stack(b.Stack))})
	}
	return json.NewEncoder(w).Encode(n.doc)
}

type numberer struct {
	doc    document
	frames map[goroutine.Frame]int
	stacks map[string]int
}

func (n *numberer) frame(f goroutine.Frame) int {
	if f.Func == "" {
		return 0
	}
	at, ok := n.frames[f]
	if !ok {
		n.doc.Frames = append(n.doc.Frames, frame(f))
		at = len(n.doc.Frames)
		n.frames[f] = at
	}
	return at
}

func (n *numberer) stack(frames []goroutine.Frame) int {
	if len(frames) == 0 {
		return 0
	}
	key := stackKey(frames)
	at, ok := n.stacks[key]
	if !ok {
		numbers := make([]int, len(frames))
		for i, f := range frames {
			numbers[i] = n.frame(f)
		}
		n.doc.Stacks = append(n.doc.Stacks, numbers)
		at = len(n.doc.Stacks)
		n.stacks[key] = at
	}
	return at
}

// stackKey is the same for equal stacks. No name holds a zero byte.
func stackKey(frames []goroutine.Frame) string {
	var b []byte
	for _, f := range frames {
		b = append(append(b, f.Func...), 0)
		b = append(append(b, f.File...), 0)
		b = append(strconv.AppendInt(b, int64(f.Line), 10), 0)
	}
	return string(b)
}

// Read reads what Write wrote, and how many were left out.
func Read(r io.Reader) ([]Birth, int, error) {
	var doc document
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return nil, 0, fmt.Errorf("read births: %w", err)
	}
	if doc.Schema != Schema {
		return nil, 0, fmt.Errorf("read births: their form is %q, not %s", doc.Schema, Schema)
	}
	stacks := make([][]goroutine.Frame, len(doc.Stacks))
	for i, numbers := range doc.Stacks {
		for _, n := range numbers {
			f, err := doc.frame(uint64(max(n, 0)))
			if err != nil {
				return nil, 0, err
			}
			stacks[i] = append(stacks[i], f)
		}
	}
	births := make([]Birth, 0, len(doc.Births))
	for _, row := range doc.Births {
		b := Birth{ID: row[0], Parent: row[1]}
		var err error
		if b.Created, err = doc.frame(row[2]); err != nil {
			return nil, 0, err
		}
		if b.Entry, err = doc.frame(row[3]); err != nil {
			return nil, 0, err
		}
		if row[4] > uint64(len(stacks)) {
			return nil, 0, fmt.Errorf("read births: stack %d of %d", row[4], len(stacks))
		}
		if row[4] > 0 {
			b.Stack = stacks[row[4]-1]
		}
		births = append(births, b)
	}
	return births, doc.LeftOut, nil
}

// frame gives the frame with a number, the zero frame for 0.
func (d *document) frame(n uint64) (goroutine.Frame, error) {
	switch {
	case n == 0:
		return goroutine.Frame{}, nil
	case n > uint64(len(d.Frames)):
		return goroutine.Frame{}, fmt.Errorf("read births: frame %d of %d", n, len(d.Frames))
	}
	return goroutine.Frame(d.Frames[n-1]), nil
}
