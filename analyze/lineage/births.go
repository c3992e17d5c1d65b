package lineage

import (
	"cmp"
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

// Look is where a goroutine that had several children was at some moment.
type Look struct {
	ID    uint64
	Stack []goroutine.Frame // innermost first
}

// News is what became known since it was asked for last.
type News struct {
	Births []Birth
	// Looks are at goroutines that start others again and again, one for each different stack.
	Looks []Look
	// LeftOut is how many births were too many; they come later.
	LeftOut int
}

// Empty says that nothing became known.
func (n *News) Empty() bool { return len(n.Births) == 0 && len(n.Looks) == 0 }

// Schema names the form of Write.
const Schema = "logcap.births/1"

// document is births as JSON. Frames and stacks are written once and numbered
// from 1; 0 is none. A frame is [function, file, line, line of its start], a
// birth [id, parent, frame of the go statement, frame of the entry, stack], a look
// [id, stack].
type document struct {
	Schema  string      `json:"schema"`
	LeftOut int         `json:"left_out,omitempty"`
	Frames  []frame     `json:"frames"`
	Stacks  [][]int     `json:"stacks"`
	Births  [][5]uint64 `json:"births"`
	Looks   [][2]uint64 `json:"looks,omitempty"`
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

// Write writes news as recordings keep them.
func Write(w io.Writer, news News) error {
	n := numberer{frames: map[goroutine.Frame]int{}, stacks: map[string]int{}}
	n.doc = document{Schema: Schema, LeftOut: news.LeftOut, Frames: []frame{}, Stacks: [][]int{}, Births: make([][5]uint64, 0, len(news.Births))}
	for _, b := range news.Births {
		n.doc.Births = append(n.doc.Births, [5]uint64{b.ID, b.Parent, uint64(n.frame(b.Created)), uint64(n.frame(b.Entry)), uint64(n.stack(b.Stack))})
	}
	for _, l := range news.Looks {
		n.doc.Looks = append(n.doc.Looks, [2]uint64{l.ID, uint64(n.stack(l.Stack))})
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

// Read reads what Write wrote.
func Read(r io.Reader) (News, error) {
	var doc document
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return News{}, fmt.Errorf("read births: %w", err)
	}
	if doc.Schema != Schema {
		return News{}, fmt.Errorf("read births: their form is %q, not %s", doc.Schema, Schema)
	}
	stacks, err := doc.stacks()
	if err != nil {
		return News{}, err
	}
	news := News{Births: make([]Birth, 0, len(doc.Births)), LeftOut: doc.LeftOut}
	for _, row := range doc.Births {
		b := Birth{ID: row[0], Parent: row[1]}
		var errs [3]error
		b.Created, errs[0] = doc.frame(row[2])
		b.Entry, errs[1] = doc.frame(row[3])
		b.Stack, errs[2] = numbered(stacks, row[4])
		if err := cmp.Or(errs[:]...); err != nil {
			return News{}, err
		}
		news.Births = append(news.Births, b)
	}
	for _, row := range doc.Looks {
		stack, err := numbered(stacks, row[1])
		if err != nil {
			return News{}, err
		}
		news.Looks = append(news.Looks, Look{ID: row[0], Stack: stack})
	}
	return news, nil
}

func (d *document) stacks() ([][]goroutine.Frame, error) {
	stacks := make([][]goroutine.Frame, len(d.Stacks))
	for i, numbers := range d.Stacks {
		for _, n := range numbers {
			f, err := d.frame(uint64(max(n, 0)))
			if err != nil {
				return nil, err
			}
			stacks[i] = append(stacks[i], f)
		}
	}
	return stacks, nil
}

// numbered gives the stack with a number, nil for 0.
func numbered(stacks [][]goroutine.Frame, n uint64) ([]goroutine.Frame, error) {
	switch {
	case n == 0:
		return nil, nil
	case n > uint64(len(stacks)):
		return nil, fmt.Errorf("read births: stack %d of %d", n, len(stacks))
	}
	return stacks[n-1], nil
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
