package goroutine

import (
	"bytes"
	"maps"
	"slices"
)

// isCrashLine knows the lines a crash prints between and after the goroutines,
// so that they do not end a dump.
func isCrashLine(line []byte) bool {
	line = bytes.TrimSpace(line)
	for _, p := range []string{"-----", "runtime stack:", "[signal ", "PC=", "m=", "sigcode=", "SIG", "exit status", "runtime:", "created by ", "..."} {
		if bytes.HasPrefix(line, []byte(p)) {
			return true
		}
	}
	// A register dump: "rax    0xca", "lr      0x7c5d4".
	name := bytes.IndexAny(line, " \t")
	if name < 1 || name > 6 {
		return false
	}
	value := bytes.TrimLeft(line[name:], " \t")
	return bytes.HasPrefix(value, []byte("0x")) && !bytes.ContainsAny(value, " \t")
}

func sortedBlocks(m map[uint64]block) []block {
	var out []block
	for _, id := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[id])
	}
	return out
}
