package procmem

import "debug/elf"

// unwinder turns a stack's bytes into a path in a tree of calls. It unwinds by
// the table of frame sizes that every Go binary has, as the runtime itself does,
// and not by frame pointers: assembly has none, and a path that does not end at
// runtime.goexit at the top of its stack was torn and is not believed.
//
// Equal stacks are one path, so what a call is and how large its frame is are
// looked up once for each place in the tree.
type unwinder struct {
	im    *image
	nodes []node
	kids  map[edge]int32
}

// node is a call in the tree; its parent is the call that it made.
type node struct {
	parent int32
	pc     uint64 // the process's own
	size   int32  // of the frame at pc, in bytes; the return address is beside it
	kind   callKind
	exact  bool // pc is the instruction itself and not the one behind a call
	// The kid that was found last, which is mostly the one that comes next.
	lastPC  uint64
	lastKid int32
}

type edge struct {
	node int32
	pc   uint64
}

type callKind uint8

const (
	callPlain callKind = iota
	callUnknown
	callTop  // runtime.goexit: the stack ends here
	callTrap // what is below was interrupted, and did not call
)

const (
	// maxNodes bounds the tree: a program with more different stacks begins a new one.
	maxNodes = 1 << 19
	// maxDepth is the number of calls of a stack that are followed, twice the
	// runtime's own bound for profiles.
	maxDepth = 256
)

func newUnwinder(im *image) *unwinder {
	return &unwinder{im: im, nodes: make([]node, 1, 256), kids: map[edge]int32{}}
}

func (u *unwinder) kid(parent int32, pc uint64) int32 {
	p := &u.nodes[parent]
	if p.lastPC == pc && p.lastKid != 0 {
		return p.lastKid
	}
	at, ok := u.kids[edge{parent, pc}]
	if !ok {
		at = u.grow(parent, pc)
	}
	p = &u.nodes[parent]
	p.lastPC, p.lastKid = pc, at
	return at
}

func (u *unwinder) grow(parent int32, pc uint64) int32 {
	n := node{parent: parent, pc: pc, exact: u.nodes[parent].kind == callTrap, kind: callUnknown}
	if f, ok := u.im.funcs.at(pc - u.im.bias); ok && u.im.inText(pc) {
		n.kind = u.kindOf(f)
		size, ok := u.im.funcs.value(f.pcsp, f, pc-u.im.bias)
		if n.size = size; !ok && n.kind != callTop || size < 0 || size%8 != 0 {
			n.kind = callUnknown
		}
	}
	u.nodes = append(u.nodes, n)
	at := int32(len(u.nodes) - 1)
	u.kids[edge{parent, pc}] = at
	return at
}

func (u *unwinder) kindOf(f function) callKind {
	switch u.im.funcs.name(f.nameOff) {
	case "runtime.goexit":
		return callTop
	case "runtime.asyncPreempt", "runtime.sigpanic", "runtime.debugCallV2":
		return callTrap
	}
	return callPlain
}

// outcome is how far an unwinding came.
type outcome uint8

const (
	whole outcome = iota
	torn          // the stack changed while it was read
	short         // more of the stack is needed
	deep          // it has more than maxDepth calls
)

// unwind follows a goroutine's stack, of which the bytes from g.SP on are given,
// and names its path; when it is short or deep, that of the calls it came by.
func (u *unwinder) unwind(g *G, stack []byte) (path int32, out outcome) {
	return u.follow(0, g, stack)
}

// interrupted is where the path of a thread begins that was halted anywhere,
// and not in a call.
func (u *unwinder) interrupted() int32 {
	at := u.kid(0, 0)
	u.nodes[at].kind = callTrap
	return at
}

// follow is unwind behind a place in the tree.
func (u *unwinder) follow(from int32, g *G, stack []byte) (path int32, out outcome) {
	path = from
	pc, sp := g.PC, g.SP
	if sp < g.StackLo || sp > g.StackHi {
		return 0, torn
	}
	link := u.im.arch == elf.EM_AARCH64
	for range maxDepth {
		path = u.kid(path, pc)
		n := &u.nodes[path]
		switch n.kind {
		case callTop:
			return path, whole
		case callUnknown:
			return 0, torn
		}
		at, next := sp+uint64(n.size), sp+uint64(n.size)+8
		if link {
			at, next = sp, sp+uint64(n.size)
			if n.size == 0 { // a leaf: the return address is in the link register
				if pc = g.LR; u.nodes[path].parent != from {
					return 0, torn
				}
				continue
			}
		}
		if at+8 > g.StackHi {
			return 0, torn
		}
		if at+8-g.SP > uint64(len(stack)) {
			return path, short
		}
		pc, sp = word(stack, uint32(at-g.SP)), next
	}
	return path, deep
}

// calls gives a path's program counters, innermost first.
func (u *unwinder) calls(path int32) []call {
	var out []call
	for ; path != 0 && u.nodes[path].pc != 0; path = u.nodes[path].parent { // 0: interrupted
		out = append(out, call{u.nodes[path].pc, u.nodes[path].exact})
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

type call struct {
	pc    uint64
	exact bool
}

// trim begins a new tree when the old one has grown too large; paths named
// before are then no longer good.
func (u *unwinder) trim() bool {
	if len(u.nodes) < maxNodes {
		return false
	}
	u.nodes = make([]node, 1, 256)
	clear(u.kids)
	return true
}
