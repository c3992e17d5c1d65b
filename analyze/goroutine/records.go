package goroutine

// records keeps one goroutine each while a dump streams by. Appending to a
// slice a stack would copy every slice each time it grows and leave the copies
// to the collector; chunks are never copied, and in the end every stack gets a
// slice of exactly its size out of one array.
type records struct {
	chunks [][]record
	n      int
}

// record is a goroutine and the index of its stack: 24 bytes.
type record struct {
	id, parent  uint64
	stack, wait uint32
}

// chunkLen makes a chunk 96 KiB.
const chunkLen = 4096

func (r *records) append(rec record) {
	last := len(r.chunks) - 1
	if last < 0 || len(r.chunks[last]) == cap(r.chunks[last]) {
		size := chunkLen
		if last < 0 {
			size = 64 // most dumps are small
		}
		r.chunks = append(r.chunks, make([]record, 0, size))
		last++
	}
	r.chunks[last] = append(r.chunks[last], rec)
	r.n++
}

// distribute fills Stack.Goroutines, in the order of the dump.
func (r *records) distribute(stacks []Stack) {
	if r.n == 0 {
		return
	}
	counts := make([]int, len(stacks)+1)
	for _, chunk := range r.chunks {
		for i := range chunk {
			counts[chunk[i].stack+1]++
		}
	}
	all := make([]Goroutine, r.n)
	next := counts // next[i] is where the next goroutine of stack i goes
	for i := range stacks {
		next[i+1] += next[i]
		stacks[i].Goroutines = all[next[i]:next[i+1]:next[i+1]]
	}
	for c, chunk := range r.chunks {
		for i := range chunk {
			rec := &chunk[i]
			at := next[rec.stack]
			next[rec.stack]++
			all[at] = Goroutine{ID: rec.id, Parent: rec.parent, Wait: rec.wait}
		}
		r.chunks[c] = nil
	}
}
