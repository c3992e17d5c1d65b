package goroutine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ReadMemory reads what WriteMemory wrote. A line that cannot be read is left
// out with a warning; without its end the text is Truncated.
func ReadMemory(r io.Reader) (*Snapshot, error) {
	d := memoryReader{s: &Snapshot{Form: Memory, Profile: goroutineProfile}}
	in := newLines(r)
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if in.line == 1 && string(line) != memoryStart+memoryVersion {
			return nil, errMemoryVersion(line)
		}
		if in.cut {
			break // the last line has no end, so its numbers may have lost digits
		}
		if in.line == 1 {
			continue
		}
		if err := d.line(string(line)); err != nil {
			d.s.warn(in.line, err.Error()+": "+printable(line, 80))
		}
	}
	if !d.ended {
		d.s.Truncated = true
		d.s.warn(in.line, "the text ends before its end")
	}
	for i := range d.s.Stacks {
		d.s.Total += d.s.Stacks[i].Count
	}
	return d.s, nil
}

func errMemoryVersion(line []byte) error {
	return &FormatError{Problem: OtherProfile, What: "the input is of another version of logcap's own form: " + printable(line, 60),
		hint: "read it with the logcap that wrote it, or a newer one"}
}

type memoryReader struct {
	s      *Snapshot
	frames []Frame
	// inStack: g lines belong to the last stack; false after one that was left out.
	inStack, ended bool
}

func (d *memoryReader) line(line string) (err error) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "f":
		return d.frame(rest)
	case "s":
		d.inStack = false
		return d.stack(rest)
	case "g":
		return d.goroutine(rest)
	case "time":
		d.s.Time, err = time.Parse(time.RFC3339Nano, rest)
	case "total":
		d.s.Declared, err = natural(rest)
	case "sampled":
		d.s.Sampled, err = natural(rest)
	case "failed":
		d.s.Failed, err = natural(rest)
	case "end":
		d.ended = true
	default:
		return fmt.Errorf("unknown line")
	}
	return err
}

// frame adds one also when it is damaged: the next ones' numbers hang on it.
func (d *memoryReader) frame(rest string) error {
	var f Frame
	defer func() { d.frames = append(d.frames, f) }()
	fields := strings.Split(rest, "\t")
	if len(fields) != 4 {
		return fmt.Errorf("a frame with %d fields", len(fields))
	}
	var errs [4]error
	f.Func, errs[0] = unquoted(fields[0])
	f.File, errs[1] = unquoted(fields[1])
	f.Line, errs[2] = natural(fields[2])
	f.Start, errs[3] = natural(fields[3])
	return cmp.Or(errs[:]...)
}

func (d *memoryReader) stack(rest string) error {
	fields := strings.Split(rest, "\t")
	words := strings.Split(fields[0], " ")
	if len(fields) != 3 || len(words) != 4 {
		return fmt.Errorf("a stack with %d fields of %d words", len(fields), len(words))
	}
	n, err := natural(words[0])
	if err != nil {
		return err
	}
	st := Stack{Count: n}
	st.Range, st.Leaked, st.Locked = strings.Contains(words[1], "r"), strings.Contains(words[1], "l"), strings.Contains(words[1], "t")
	if words[2] != "0" {
		if st.Created, err = d.numbered(words[2]); err != nil {
			return err
		}
	}
	if words[3] != "-" {
		for n := range strings.SplitSeq(words[3], ",") {
			f, err := d.numbered(n)
			if err != nil {
				return err
			}
			st.Frames = append(st.Frames, f)
		}
	}
	state, err := unquoted(fields[1])
	if err != nil {
		return err
	}
	st.State = State(state)
	if fields[2] != "" {
		if err := json.Unmarshal([]byte(fields[2]), &st.Labels); err != nil {
			return err
		}
	}
	d.s.Stacks = append(d.s.Stacks, st)
	d.inStack = true
	return nil
}

func (d *memoryReader) numbered(word string) (Frame, error) {
	n, err := natural(word)
	if err != nil {
		return Frame{}, err
	}
	if n < 1 || n > len(d.frames) {
		return Frame{}, fmt.Errorf("frame %d of %d", n, len(d.frames))
	}
	return d.frames[n-1], nil
}

func (d *memoryReader) goroutine(rest string) error {
	words := strings.Split(rest, " ")
	if len(words) != 3 || !d.inStack {
		return fmt.Errorf("a goroutine with %d words", len(words))
	}
	id, err1 := strconv.ParseUint(words[0], 10, 64)
	parent, err2 := strconv.ParseUint(words[1], 10, 64)
	wait, err3 := strconv.ParseUint(words[2], 10, 32)
	if err := cmp.Or(err1, err2, err3); err != nil {
		return err
	}
	st := &d.s.Stacks[len(d.s.Stacks)-1]
	st.Goroutines = append(st.Goroutines, Goroutine{ID: id, Parent: parent, Wait: uint32(wait)})
	return nil
}

// natural reads a number that is not negative, of at most nine digits: counts
// and lines, whose sums then fit.
func natural(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 30)
	return int(n), err
}

func unquoted(s string) (string, error) {
	if !strings.HasPrefix(s, `"`) {
		return s, nil
	}
	return strconv.Unquote(s)
}
