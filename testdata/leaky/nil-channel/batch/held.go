// Package batch is sets of records to import.
package batch

// Kind is where a batch comes from.
type Kind int

// The kinds of batches.
const (
	Upload Kind = iota
	Nightly
)

// Held is a batch that waits for an operator.
type Held struct {
	rows    int
	release chan struct{}
}

// Hold returns a batch that is imported once Release is called.
func Hold(rows int, kind Kind) *Held {
	h := &Held{rows: rows} // cause:receive
	if kind == Upload {
		h.rows++ // the heading
		h.release = make(chan struct{})
	}
	return h
}

// Release lets the import begin.
func (h *Held) Release() {
	if h.release != nil {
		close(h.release)
	}
}

// Import imports the records and returns how many they were.
func (h *Held) Import() int {
	<-h.release
	return h.rows
}
