package procmem

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/internal/agree"
)

// replied reads the target's one reply, a dump.
func replied(t *testing.T, out []byte) *goroutine.Snapshot {
	t.Helper()
	rest, ready := bytes.CutPrefix(out, []byte("ready\n"))
	length, text, _ := bytes.Cut(rest, []byte("\n"))
	if n, err := strconv.Atoi(string(length)); !ready || err != nil || n != len(text) {
		t.Fatalf("the target replied %q with %d bytes, %v", length, len(text), err)
	}
	s, err := goroutine.ReadDump(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readCore reads all stacks of a core.
func readCore(t *testing.T, core, exe string) (*goroutine.Snapshot, CoreInfo, Build) {
	t.Helper()
	r, info, err := OpenCore(core, exe)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := r.Snapshot(Options{AllStacks: true})
	if err != nil {
		t.Fatal(err)
	}
	b := r.Build()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return s, info, b
}

// sameAsDump compares a snapshot with the dump of the same instant; two of a
// goroutine's frames differ: where it stood in the function that wrote the dump.
func sameAsDump(t *testing.T, memory, dump *goroutine.Snapshot) {
	t.Helper()
	if memory.Failed != 0 || dump.Total < 100 {
		t.Errorf("%d of %d goroutines failed, the dump has %d", memory.Failed, memory.Total, dump.Total)
	}
	m := agree.Rows(memory)
	for _, d := range agree.Compare(m, agree.Rows(dump)) {
		if m[d.ID].State == "running" && d.Field == agree.Stack {
			continue // it has gone on from the dump to the crash
		}
		t.Error(d)
	}
}

// running: the goroutine that crashed has its whole stack, from the thread's registers.
func running(t *testing.T, s *goroutine.Snapshot) {
	t.Helper()
	for _, st := range s.Stacks {
		if st.State != "running" {
			continue
		}
		var names []string
		for _, f := range st.Frames {
			names = append(names, f.Func)
		}
		if text := strings.Join(names, " "); !strings.HasSuffix(text, "main.abort main.answer main.serve") {
			t.Errorf("who crashed is at %s", text)
		}
		return
	}
	t.Error("nobody was running")
}

// refused: an error in one line, with a hint.
func refused(t *testing.T, name string, err error, want string) {
	t.Helper()
	var told *Error
	if !errors.As(err, &told) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || told.Hint() == "" {
		t.Errorf("%s: %v, want %q and a hint", name, err, want)
	}
}
