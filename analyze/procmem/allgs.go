package procmem

import (
	"debug/elf"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"
)

// allgsCandidates gives addresses, as linked, at which runtime.allgs may be: the
// symbol's when there is one, else what the code of the functions that append to
// it and walk it refer to. allgs is a slice, so two words next to each other are
// read; the first of such a pair is a candidate. What is right, memory tells.
func (im *image) allgsCandidates(f *elf.File) ([]uint64, error) {
	if at, ok := symbol(f, "runtime.allgs"); ok {
		return []uint64{at}, nil
	}
	// allgadd appends, the others walk: any one of them is enough.
	functions, err := im.funcs.find("runtime.allgadd", "runtime.forEachG", "runtime.forEachGRace")
	if err != nil {
		return nil, err
	}
	var refs []uint64
	for _, fn := range functions {
		if fn.entry == 0 {
			continue
		}
		code := im.code(fn)
		if im.arch == elf.EM_AARCH64 {
			refs = append(refs, refsARM64(code, fn.entry)...)
		} else {
			refs = append(refs, refsAMD64(code, fn.entry)...)
		}
	}
	slices.Sort(refs)
	refs = slices.Compact(refs)
	var candidates []uint64
	for _, at := range refs {
		if _, ok := slices.BinarySearch(refs, at+8); ok {
			candidates = append(candidates, at)
		}
	}
	if len(candidates) == 0 {
		return nil, errors.New("the runtime's list of goroutines was not found in its code")
	}
	return candidates, nil
}

// maxCode is how many bytes of a function's instructions are looked at.
const maxCode = 1024

// code reads a function's instructions from the file.
func (im *image) code(fn function) []byte {
	code := make([]byte, maxCode)
	for n := maxCode; n >= 16; n /= 2 {
		if im.static.read(fn.entry, code[:n]) == nil {
			code = code[:n]
			break
		}
	}
	// Up to where another function begins.
	for n := 16; n < len(code); n += 16 {
		if next, ok := im.funcs.at(fn.entry + uint64(n)); !ok || next.entry != fn.entry {
			return code[:n]
		}
	}
	return code
}

// refsAMD64 lists the data that instructions address relative to themselves.
func refsAMD64(code []byte, pc uint64) []uint64 {
	var refs []uint64
	for len(code) > 0 {
		inst, err := x86asm.Decode(code, 64)
		if err != nil || inst.Len == 0 {
			code, pc = code[1:], pc+1 // padding between functions
			continue
		}
		next := pc + uint64(inst.Len)
		for _, arg := range inst.Args {
			if m, ok := arg.(x86asm.Mem); ok && m.Base == x86asm.RIP {
				refs = append(refs, next+uint64(m.Disp))
			}
		}
		code, pc = code[inst.Len:], next
	}
	return refs
}

// refsARM64 lists the data that pairs of ADRP and a load, store or ADD address.
func refsARM64(code []byte, pc uint64) []uint64 {
	var refs []uint64
	pages := map[arm64asm.Reg]uint64{}
	for ; len(code) >= 4; code, pc = code[4:], pc+4 {
		inst, err := arm64asm.Decode(code)
		if err != nil {
			continue
		}
		raw := uint64(half(code, 0))
		switch inst.Op {
		case arm64asm.ADRP:
			reg, _ := inst.Args[0].(arm64asm.Reg)
			rel, _ := inst.Args[1].(arm64asm.PCRel)
			pages[reg] = pc&^0xfff + uint64(rel)
		case arm64asm.ADD: // immediate: 12 bits, shifted by 12 or not
			base, ok := pages[arm64asm.X0+arm64asm.Reg(raw>>5&31)]
			if ok && raw>>24&0x7f == 0x11 {
				refs = append(refs, base+raw>>10&0xfff)
			}
		case arm64asm.LDR, arm64asm.STR: // unsigned offset in units of the size
			base, ok := pages[arm64asm.X0+arm64asm.Reg(raw>>5&31)]
			if ok && raw>>24&0x3f == 0x39 {
				refs = append(refs, base+(raw>>10&0xfff)<<(raw>>30))
			}
		}
	}
	return refs
}

// findAllgs tries the candidates on the process's memory: a list of goroutines
// has main's, started at runtime.main, and all its structs are sound.
func (im *image) findAllgs(m Memory, candidates []uint64, l *Layout) (uint64, error) {
	var why error
	for _, at := range candidates {
		for range retries { // of a busy process, some structs are always in mid-change
			if why = im.checkAllgs(m, at+im.bias, l); why == nil {
				return at + im.bias, nil
			}
		}
	}
	return 0, fmt.Errorf("no list of goroutines at %d candidate addresses: %w", len(candidates), why)
}
