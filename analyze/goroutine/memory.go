package goroutine

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// memoryStart begins the text of the Memory form; the number is its version.
const (
	memoryStart   = "logcap goroutines "
	memoryVersion = "1"
)

// WriteMemory writes a snapshot as text, in the form that recordings keep of
// what was read from a process's memory. ids says whether every goroutine is
// listed, or only how many are on each stack.
//
//	logcap goroutines 1
//	time 2026-11-26T11:18:18.5Z     when it was read
//	total 3                         goroutines
//	sampled 2                       left out when every stack was read
//	failed 0                        goroutines that could not be read
//	f net.(*conn).Read	/src/net/net.go	196	189
//	s 2 - 0 1,2	IO wait	{"job":"poll"}
//	g 7 1 0
//	g 9 1 3
//	end
//
// An f line defines a frame, numbered from 1 in their order: function, file,
// line, line of the function's start, separated by tabs. An s line is a stack:
// count; flags (r range, l leaked, t locked to a thread, - none); the frame of
// the go statement, 0 unknown; its frames, innermost first, - none; then, after
// tabs, the state and the labels as JSON. The g lines below it are its
// goroutines: id, parent's id, minutes waited. A text that holds a control
// character or begins with a quotation mark is quoted as in Go.
func WriteMemory(w io.Writer, s *Snapshot, ids bool) error {
	m := memoryWriter{w: bufio.NewWriter(w), frames: map[Frame]int{}}
	fmt.Fprintf(m.w, "%s%s\ntime %s\ntotal %d\n", memoryStart, memoryVersion, s.Time.UTC().Format(time.RFC3339Nano), s.Total)
	if s.Sampled > 0 {
		fmt.Fprintf(m.w, "sampled %d\n", s.Sampled)
	}
	fmt.Fprintf(m.w, "failed %d\n", s.Failed)
	for i := range s.Stacks {
		m.stack(&s.Stacks[i], ids)
	}
	m.w.WriteString("end\n")
	return m.w.Flush()
}

type memoryWriter struct {
	w      *bufio.Writer
	frames map[Frame]int
	b      []byte
}

func (m *memoryWriter) stack(st *Stack, ids bool) {
	created := 0
	if st.Created.Func != "" {
		created = m.frame(st.Created)
	}
	at := make([]int, len(st.Frames))
	for i, f := range st.Frames {
		at[i] = m.frame(f)
	}
	b := append(m.b[:0], "s "...)
	b = strconv.AppendInt(b, int64(st.Count), 10)
	b = append(b, ' ')
	b = append(b, flagsOf(st)...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(created), 10)
	b = append(b, ' ')
	for i, n := range at {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	if len(at) == 0 {
		b = append(b, '-')
	}
	b = appendField(b, string(st.State))
	b = append(b, '\t')
	if len(st.Labels) > 0 {
		labels, _ := json.Marshal(st.Labels) // a map of strings has no way to fail
		b = append(b, labels...)
	}
	b = append(b, '\n')
	if ids {
		for _, g := range st.Goroutines {
			b = append(b, "g "...)
			b = strconv.AppendUint(b, g.ID, 10)
			b = append(b, ' ')
			b = strconv.AppendUint(b, g.Parent, 10)
			b = append(b, ' ')
			b = strconv.AppendUint(b, uint64(g.Wait), 10)
			b = append(b, '\n')
		}
	}
	m.w.Write(b)
	m.b = b
}

func flagsOf(st *Stack) string {
	flags := ""
	for _, f := range []struct {
		set  bool
		flag string
	}{{st.Range, "r"}, {st.Leaked, "l"}, {st.Locked, "t"}} {
		if f.set {
			flags += f.flag
		}
	}
	if flags == "" {
		return "-"
	}
	return flags
}

// frame gives a frame's number, and defines it when it is new.
func (m *memoryWriter) frame(f Frame) int {
	if n, ok := m.frames[f]; ok {
		return n
	}
	n := len(m.frames) + 1
	m.frames[f] = n
	b := append(m.b[:0], "f "...)
	b = append(b, quoted(f.Func)...)
	b = appendField(b, f.File)
	b = append(b, '\t')
	b = strconv.AppendInt(b, int64(f.Line), 10)
	b = append(b, '\t')
	b = strconv.AppendInt(b, int64(f.Start), 10)
	m.w.Write(append(b, '\n'))
	m.b = b
	return n
}

func appendField(b []byte, s string) []byte {
	return append(append(b, '\t'), quoted(s)...)
}

// quoted keeps a name on its line and between its tabs.
func quoted(s string) string {
	if strings.HasPrefix(s, `"`) || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return strconv.Quote(s)
	}
	return s
}
