package procmem

import (
	"cmp"
	"slices"
)

// running gives the path of a goroutine that was running when its process left a
// core: from the registers of the thread whose stack pointer is in its stack. 0
// when there is none (the thread was handling a signal, or in C) or it cannot be followed.
func (r *stackReader) running(g *G) int32 {
	i, _ := slices.BinarySearchFunc(r.threads, g.StackLo, func(t thread, lo uint64) int { return cmp.Compare(t.sp, lo) })
	if i == len(r.threads) || r.threads[i].sp >= g.StackHi {
		return 0
	}
	at := *g
	at.PC, at.SP, at.LR = r.threads[i].pc, r.threads[i].sp, r.threads[i].lr
	n := int(min(at.StackHi-at.SP, longest))
	if len(r.long) < n {
		r.long = make([]byte, n)
	}
	if read(r.mem, at.SP, r.long[:n]) != nil {
		return 0
	}
	path, out := r.unwinder.follow(r.unwinder.interrupted(), &at, r.long[:n])
	if out == torn {
		return 0
	}
	return path
}
