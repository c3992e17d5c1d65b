package notice_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/logcap/logcap/capture/notice"
)

type hinted struct{ error }

func (hinted) Hint() string { return "try again" }

// A problem is told when it begins, when it becomes another one, and when it ends; not in between.
func TestBoard(t *testing.T) {
	var told []string
	b := notice.New(func(c notice.Change) {
		told = append(told, fmt.Sprintf("%s: %s (%s) ended=%v", c.Subject, c.Text, c.Hint, c.Ended))
	})
	b.Clear("file a")
	for range 3 {
		b.Raise("file b", errors.New("denied"))
	}
	b.Raise("file a", fmt.Errorf("read: %w", hinted{errors.New("denied")}))
	b.Raise("file b", errors.New("vanished"))
	want := []notice.Problem{{Subject: "file a", Text: "read: denied", Hint: "try again"}, {Subject: "file b", Text: "vanished"}}
	open := b.Open()
	if diff := cmp.Diff(want, open, cmpopts.IgnoreFields(notice.Problem{}, "Since")); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	if a, b := open[0].Since, open[1].Since; b.IsZero() || a.Before(b) {
		t.Errorf("file b has had its problem since %v, which was another one then, and file a since %v", b, a)
	}
	b.Clear("file b")
	b.Clear("file b")
	wantTold := []string{
		"file b: denied () ended=false",
		"file a: read: denied (try again) ended=false",
		"file b: vanished () ended=false",
		"file b: vanished () ended=true",
	}
	if diff := cmp.Diff(wantTold, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// No board: nobody is told, and nothing breaks.
func TestNoBoard(t *testing.T) {
	var b *notice.Board
	b.Raise("x", errors.New("y"))
	b.Clear("x")
	if b.Open() != nil {
		t.Error("a board that is not there has problems")
	}
}

// What is told is over: it is told each time, and never open.
func TestTell(t *testing.T) {
	var told []notice.Change
	b := notice.New(func(c notice.Change) { told = append(told, c) })
	b.Tell("file x", errors.New("read x: gone"))
	b.Tell("file x", errors.New("read x: gone"))
	b.Clear("file x")
	if len(told) != 2 || told[0].Ended || told[0].Text != "read x: gone" || len(b.Open()) != 0 {
		t.Errorf("told %+v, open %+v", told, b.Open())
	}
	(*notice.Board)(nil).Tell("file x", errors.New("nobody"))
}

// What a part has raised goes with it, unless another one has raised it since; the others' problems stay.
func TestPart(t *testing.T) {
	var told []string
	b := notice.New(func(c notice.Change) { told = append(told, fmt.Sprintf("%s: %s ended=%v", c.Subject, c.Text, c.Ended)) })
	first, second := b.Part(), b.Part()
	first.Raise("file a", errors.New("gone"))
	first.Raise("file b", errors.New("gone"))
	b.Raise("sink x", errors.New("down"))
	second.Raise("file b", errors.New("gone")) // it reads it now
	first.End()
	first.Raise("file c", errors.New("late"))
	first.Tell("file c", errors.New("late"))
	var open []string
	for _, p := range second.Open() {
		open = append(open, p.Subject)
	}
	if diff := cmp.Diff([]string{"file b", "sink x"}, open); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	second.Clear("file b")
	b.Forget("sink x")
	want := []string{"file a: gone ended=false", "file b: gone ended=false", "sink x: down ended=false", "file b: gone ended=true"}
	if diff := cmp.Diff(want, told); diff != "" || len(b.Open()) > 0 {
		t.Errorf("open %v, told (-want +got):\n%s", b.Open(), diff)
	}
	(*notice.Board)(nil).Part().End()
}
