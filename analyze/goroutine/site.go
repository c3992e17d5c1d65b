package goroutine

// Key names a series: what every form and every tick of a watch tells about
// where a goroutine began. It is the normalised name of the entry, the first
// function from the bottom of the stack that is not a known launcher. Creators
// are attributes that are found later; they never split or rename a series.
type Key string

// Site is where goroutines are created.
type Site struct {
	// Func holds the go statement, or the call of the launcher (wg.Go and the
	// like) in the user's code. When that is not known it is the entry.
	Func string `json:"func"`
	File string `json:"file"`
	Line int    `json:"line"`
	// Entry is the function the goroutine runs, launchers skipped.
	Entry   string `json:"entry"`
	Package string `json:"package"`
	// Exact is false when File:Line is the entry's and not the go statement's, or
	// comes from an ancestor's return address, which may be on the line after.
	Exact bool `json:"exact"`
}

// Group is a site in one snapshot.
type Group struct {
	Key   Key
	Site  Site
	Count int
	// Launcher is the library function that started it, as
	// "sync.(*WaitGroup).Go"; "" for a plain go statement.
	Launcher string
	States   map[State]int
	// Creators counts the go statements that the snapshot names; empty without a dump.
	Creators map[Frame]int
	// Oldest is the longest wait in whole minutes; a lower bound.
	Oldest uint32
	// Stacks are the snapshot's stacks of this site, largest first.
	Stacks []*Stack
}
