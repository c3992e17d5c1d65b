package procmem

import "github.com/logcap/logcap/analyze/goroutine"

// frames lists the calls at pc, inlined ones included, innermost first. As the
// runtime does, it takes the position of the call and not of the return: exact
// says that pc is the instruction itself.
func (t *functab) frames(pc uint64, exact bool) []goroutine.Frame {
	f, ok := t.at(pc)
	if !ok {
		return nil
	}
	if !exact && pc > f.entry {
		pc--
	}
	var out []goroutine.Frame
	for range maxInlined {
		name, start, caller := t.innermost(f, pc)
		out = append(out, t.frame(f, pc, name, start))
		if caller == 0 {
			break
		}
		pc = caller
	}
	return out
}

// maxInlined bounds a chain of inlined calls; the compiler's own are below 40.
const maxInlined = 256

func (t *functab) frame(f function, pc uint64, nameOff, start int32) goroutine.Frame {
	file, _ := t.value(f.pcfile, f, pc)
	line, _ := t.value(f.pcln, f, pc)
	return goroutine.Frame{Func: goroutine.Normalise(t.name(nameOff)), File: t.file(f, file), Line: int(line), Start: int(start)}
}

// innermost tells whose code the instruction at pc is: the function's own, or
// that of a call inlined into it, whose place is then caller.
func (t *functab) innermost(f function, pc uint64) (nameOff, start int32, caller uint64) {
	index, ok := t.value(f.pcdata, f, pc)
	if !ok || index < 0 || f.inlTree == 0 {
		return f.nameOff, f.startLine, 0
	}
	var b [16]byte
	if t.static.read(f.inlTree+16*uint64(index), b[:]) != nil {
		return f.nameOff, f.startLine, 0
	}
	return signed(b[:], 4), signed(b[:], 12), f.entry + uint64(half(b[:], 8))
}

// created is the go statement before pc, as a traceback names it: the position
// is that of the inlined call if it is in one, the function is the one whose
// code it is.
func (t *functab) created(pc uint64) goroutine.Frame {
	f, ok := t.at(pc)
	if !ok {
		return goroutine.Frame{}
	}
	at := pc
	if pc > f.entry {
		at -= t.quantum
	}
	return t.frame(f, at, f.nameOff, 0)
}
