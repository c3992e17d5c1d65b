package batch

import "logcap.test/programs/leaky/nil-channel/progress"

// Tracked is a batch an operator looks at.
type Tracked struct {
	rows  int
	shown int
	feed  *progress.Feed[int]
}

// Track returns a batch that says when it is done.
func Track(rows int, kind Kind) *Tracked {
	t := &Tracked{rows: rows}
	switch kind {
	case Nightly:
		t.feed = &progress.Feed[int]{Title: "tonight"} // cause:send
	default:
		t.feed = progress.New[int]("upload")
	}
	return t
}

// Show waits for the batch and shows the number of its records.
func (t *Tracked) Show() {
	if n, ok := t.feed.Next(); ok {
		t.shown = n
	}
}

// Import imports the records and returns how many they were.
func (t *Tracked) Import() int {
	t.feed.Publish(t.rows)
	return t.rows
}
