package goroutine

import "math"

// records keeps one goroutine each while a dump streams by. Appending to a
// slice a stack would copy every slice each time it grows and leave the copies
// to the collector; chunks are never copied, and in the end every stack gets a
// slice of exactly its size out of one array.
//
// To touch fresh memory costs more than to fill it, so goroutines are kept
// small for as long as their numbers are; from the first that does not fit they
// are all kept as they are.
type records struct {
	small chunks[smallRecord]
	large chunks[record]
}

// record is a goroutine and the index of its stack: 24 bytes.
type record struct {
	id, parent  uint64
	stack, wait uint32
}

// smallRecord is the same in 12 bytes.
type smallRecord struct {
	id, parent  uint32
	stack, wait uint16
}

func (r *records) append(rec record) {
	if r.large == nil && rec.id|rec.parent <= math.MaxUint32 && rec.stack|rec.wait <= math.MaxUint16 {
		r.small.append(smallRecord{uint32(rec.id), uint32(rec.parent), uint16(rec.stack), uint16(rec.wait)})
		return
	}
	r.large.append(rec)
}

// chunks is a list that grows without being copied.
type chunks[T any] [][]T

// chunkLen makes a chunk of small records 48 KiB.
const chunkLen = 4096

func (c *chunks[T]) append(one T) {
	last := len(*c) - 1
	if last < 0 || len((*c)[last]) == cap((*c)[last]) {
		size := chunkLen
		if last < 0 {
			size = 64 // most dumps are small
		}
		*c = append(*c, make([]T, 0, size))
		last++
	}
	(*c)[last] = append((*c)[last], one)
}

func (c chunks[T]) len() (n int) {
	for _, chunk := range c {
		n += len(chunk)
	}
	return n
}

// distribute fills Stack.Goroutines, in the order of the dump. Every goroutine
// that a stack counts has its record.
func (r *records) distribute(stacks []Stack) {
	n := r.small.len() + r.large.len()
	if n == 0 {
		return
	}
	all := make([]Goroutine, n)
	next := make([]int, len(stacks)) // next[i] is where the next goroutine of stack i goes
	from := 0
	for i := range stacks {
		to := from + stacks[i].Count
		stacks[i].Goroutines = all[from:to:to]
		next[i], from = from, to
	}
	for c, chunk := range r.small {
		for i := range chunk {
			rec := &chunk[i]
			all[next[rec.stack]] = Goroutine{ID: uint64(rec.id), Parent: uint64(rec.parent), Wait: uint32(rec.wait)}
			next[rec.stack]++
		}
		r.small[c] = nil
	}
	for c, chunk := range r.large {
		for i := range chunk {
			rec := &chunk[i]
			all[next[rec.stack]] = Goroutine{ID: rec.id, Parent: rec.parent, Wait: rec.wait}
			next[rec.stack]++
		}
		r.large[c] = nil
	}
}
