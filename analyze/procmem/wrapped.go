package procmem

import (
	"debug/elf"
	"strings"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"

	"github.com/logcap/logcap/analyze/goroutine"
)

// wrapped finds the function that the compiler's wrapper for a go statement
// calls, which is what a traceback shows as a goroutine's entry: the one whose
// code was put into the wrapper, or the one it calls. ok is false when it calls
// through a value or an interface, which only a stack can tell.
func (im *image) wrapped(wrapper function) (f goroutine.Frame, ok bool) {
	code := im.code(wrapper)
	for at, step := uint64(0), im.funcs.quantum; at < uint64(len(code)); at += step {
		frames := im.funcs.frames(wrapper.entry+at, true)
		if n := len(frames); n > 1 {
			f = frames[n-2]
			f.Line = f.Start
			return f, true
		}
	}
	targets, _ := im.calls(code, wrapper.entry)
	for _, target := range targets {
		callee, found := im.funcs.at(target)
		if !found || callee.entry != target || strings.HasPrefix(im.funcs.name(callee.nameOff), "runtime.") {
			continue // it makes the stack grow, or copies a value
		}
		f = im.funcs.frame(callee, target, callee.nameOff, callee.startLine)
		f.Line = f.Start
		return f, true
	}
	return f, false
}

// calls lists where the direct calls of a function's code at pc go, in order.
// all is false when it also goes where only the running program knows, or when
// not all of it was understood.
func (im *image) calls(code []byte, pc uint64) (targets []uint64, all bool) {
	if im.arch == elf.EM_AARCH64 {
		targets, all = callsARM64(code, pc)
	} else {
		targets, all = callsAMD64(code, pc)
	}
	return targets, all && len(code) > 0 && len(code) < maxCode
}

func callsAMD64(code []byte, pc uint64) (targets []uint64, all bool) {
	all = true
	for len(code) > 0 {
		inst, err := x86asm.Decode(code, 64)
		if err != nil || inst.Len == 0 {
			code, pc, all = code[1:], pc+1, false
			continue
		}
		code, pc = code[inst.Len:], pc+uint64(inst.Len)
		if inst.Op != x86asm.CALL && inst.Op != x86asm.JMP {
			continue
		}
		rel, ok := inst.Args[0].(x86asm.Rel)
		if all = all && ok; ok && inst.Op == x86asm.CALL {
			targets = append(targets, pc+uint64(int64(rel)))
		}
	}
	return targets, all
}

func callsARM64(code []byte, pc uint64) (targets []uint64, all bool) {
	all = true
	for ; len(code) >= 4; code, pc = code[4:], pc+4 {
		inst, err := arm64asm.Decode(code)
		if err != nil {
			continue // the decoder does not know all, but it knows calls
		}
		switch inst.Op {
		case arm64asm.BLR, arm64asm.BR:
			all = false
		case arm64asm.BL:
			if rel, ok := inst.Args[0].(arm64asm.PCRel); ok {
				targets = append(targets, pc+uint64(int64(rel)))
			}
		}
	}
	return targets, all
}
