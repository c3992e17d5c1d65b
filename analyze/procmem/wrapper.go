package procmem

import (
	"debug/elf"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"
)

// callees lists the functions, as linked, that a function's code calls by
// address. all is false when it also calls one that only the running program
// knows, or when the code could not be read to its end.
func (im *image) callees(fn function) (targets []uint64, all bool) {
	code := im.code(fn)
	if len(code) == 0 || len(code) >= maxCode {
		return nil, false
	}
	if im.arch == elf.EM_AARCH64 {
		return calleesARM64(code, fn.entry)
	}
	return calleesAMD64(code, fn.entry)
}

func calleesAMD64(code []byte, pc uint64) (targets []uint64, all bool) {
	end := pc + uint64(len(code))
	for len(code) > 0 {
		inst, err := x86asm.Decode(code, 64)
		if err != nil || inst.Len == 0 {
			return targets, false
		}
		pc += uint64(inst.Len)
		code = code[inst.Len:]
		if inst.Op != x86asm.CALL && inst.Op != x86asm.JMP {
			continue
		}
		rel, ok := inst.Args[0].(x86asm.Rel)
		if !ok {
			return targets, false
		}
		if to := pc + uint64(int64(rel)); inst.Op == x86asm.CALL || to >= end {
			targets = append(targets, to)
		}
	}
	return targets, true
}

func calleesARM64(code []byte, pc uint64) (targets []uint64, all bool) {
	for ; len(code) >= 4; code, pc = code[4:], pc+4 {
		inst, err := arm64asm.Decode(code)
		if err != nil {
			continue // an instruction the decoder does not know; calls it knows
		}
		switch inst.Op {
		case arm64asm.BLR, arm64asm.BR:
			return targets, false
		case arm64asm.BL:
			rel, ok := inst.Args[0].(arm64asm.PCRel)
			if !ok {
				return targets, false
			}
			targets = append(targets, pc+uint64(int64(rel)))
		}
	}
	return targets, true
}
