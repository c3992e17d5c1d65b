package source

// NoSource says that there is no source to look at.
type NoSource struct {
	Reason string
	hint   string
}

const hintPath = "name the folder with --source-path DIR"

// Error is the reason.
func (e *NoSource) Error() string { return "find the source: " + e.Reason }

// Hint says what to do about it.
func (e *NoSource) Hint() string { return e.hint }
