package goroutine

// names keeps one copy of each function name and file, which many stacks share.
type names struct {
	functions map[string]string // as written -> normalised
	files     map[string]string
}

// maxNames bounds the memory of an input in which every name is another.
const maxNames = 1 << 16

func newNames() *names {
	return &names{functions: map[string]string{}, files: map[string]string{}}
}

// function normalises a name without arguments.
func (n *names) function(written string) string {
	if name, ok := n.functions[written]; ok {
		return name
	}
	name := Normalise(written)
	if len(n.functions) < maxNames {
		n.functions[written] = name
	}
	return name
}

func (n *names) file(path string) string {
	if known, ok := n.files[path]; ok {
		return known
	}
	if len(n.files) < maxNames {
		n.files[path] = path
	}
	return path
}
