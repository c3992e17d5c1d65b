package procmem

import (
	"bufio"
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"slices"
)

// coreNotes are what a core says beside the memory: who the process was, where
// it began, what files it had mapped, and the registers of its threads. The
// format of notes is elf(5)'s, what is in them Linux's
// include/uapi/linux/elfcore.h, elf.h and fs/binfmt_elf.c, 64-bit.
type coreNotes struct {
	pid     int
	command string // up to 15 bytes of the executable's name
	signal  int    // that ended it, or stopped it for the core
	entry   uint64 // AT_ENTRY; 0 unknown
	name    uint64 // address of the path it was started by (AT_EXECFN)
	files   []mappedFile
	threads []thread // by stack pointer
}

// mappedFile is a file in the process's memory, as /proc/PID/maps had it.
type mappedFile struct {
	start, end uint64
	path       string
}

// thread is where a thread was. lr is 0 where the machine has no such register.
type thread struct{ pc, sp, lr uint64 }

const (
	// maxNote bounds the notes that are looked at: one of 65,534 mappings with
	// paths of 100 bytes is 8 MiB.
	maxNote = 16 << 20
	// maxThreads bounds what is kept of them.
	maxThreads = 1 << 16
)

// read goes through one PT_NOTE segment. Its notes are padded to 4 bytes.
func (n *coreNotes) read(r io.Reader, machine elf.Machine) error {
	const pad = 4
	in := bufio.NewReader(r)
	for {
		var h [12]byte
		if _, err := io.ReadFull(in, h[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		nameSize, size, kind := half(h[:], 0), half(h[:], 4), elf.NType(half(h[:], 8))
		if nameSize > 256 {
			return fmt.Errorf("a name of %d bytes", nameSize)
		}
		name := make([]byte, (nameSize+pad-1)/pad*pad)
		if _, err := io.ReadFull(in, name); err != nil {
			return io.ErrUnexpectedEOF
		}
		padded := (int64(size) + pad - 1) / pad * pad
		if owner, _, _ := bytes.Cut(name, []byte{0}); string(owner) != "CORE" || !known(kind) || size > maxNote {
			if _, err := io.CopyN(io.Discard, in, padded); err != nil {
				return io.ErrUnexpectedEOF
			}
			continue
		}
		// The size is not believed before so much was read.
		var body bytes.Buffer
		if _, err := io.CopyN(&body, in, padded); err != nil {
			return io.ErrUnexpectedEOF
		}
		if err := n.take(kind, body.Bytes()[:size], machine); err != nil {
			return err
		}
	}
}

const (
	ntFile = elf.NType(0x46494c45) // NT_FILE: "FILE"
	ntAuxv = elf.NType(6)          // NT_AUXV
)

func known(kind elf.NType) bool {
	return kind == elf.NT_PRSTATUS || kind == elf.NT_PRPSINFO || kind == ntFile || kind == ntAuxv
}

func (n *coreNotes) take(kind elf.NType, b []byte, machine elf.Machine) error {
	switch kind {
	case elf.NT_PRSTATUS:
		n.takeThread(b, machine)
	case elf.NT_PRPSINFO:
		n.takeProcess(b)
	case ntAuxv:
		for ; len(b) >= 16; b = b[16:] {
			switch word(b, 0) {
			case atEntry:
				n.entry = word(b, 8)
			case atExecFn:
				n.name = word(b, 8)
			}
		}
	case ntFile:
		return n.takeFiles(b)
	}
	return nil
}

// takeThread reads a struct elf_prstatus: the signal at 12, the registers at
// 112, as struct user_regs_struct (asm/user.h) has them. The first thread is
// the one that the signal was for.
func (n *coreNotes) takeThread(b []byte, machine elf.Machine) {
	const (
		regs                  = 112
		ripAMD64, rspAMD64    = 16, 19
		lrARM64, spARM64, pcs = 30, 31, 32
	)
	if len(b) < regs+8*(pcs+1) && machine == elf.EM_AARCH64 || len(b) < regs+8*(rspAMD64+1) {
		return // of another kind of machine, in a file that says otherwise
	}
	if len(n.threads) == 0 {
		n.signal = int(uint16(half(b, 12)))
	}
	if len(n.threads) >= maxThreads {
		return
	}
	t := thread{pc: word(b, regs+8*ripAMD64), sp: word(b, regs+8*rspAMD64)}
	if machine == elf.EM_AARCH64 {
		t = thread{pc: word(b, regs+8*pcs), sp: word(b, regs+8*spARM64), lr: word(b, regs+8*lrARM64)}
	}
	at, _ := slices.BinarySearchFunc(n.threads, t, func(a, b thread) int { return cmp.Compare(a.sp, b.sp) })
	n.threads = slices.Insert(n.threads, at, t)
}

// takeProcess reads a struct elf_prpsinfo: the pid at 24, the name at 40.
func (n *coreNotes) takeProcess(b []byte) {
	const pid, name, nameSize = 24, 40, 16
	if len(b) < name+nameSize {
		return
	}
	n.pid = int(signed(b, pid))
	short, _, _ := bytes.Cut(b[name:name+nameSize], []byte{0})
	n.command = string(short)
}

// takeFiles reads NT_FILE: how many there are, the size of a page, three words
// for each (start, end, offset in pages), and then as many paths.
func (n *coreNotes) takeFiles(b []byte) error {
	const head, row = 16, 24
	if len(b) < head {
		return errors.New("the list of files is cut short")
	}
	count := word(b, 0)
	if count > uint64(len(b)-head)/row {
		return fmt.Errorf("the list of files counts %d, and has %d bytes", count, len(b))
	}
	paths := b[head+count*row:]
	for i := range uint32(count) {
		path, rest, ok := bytes.Cut(paths, []byte{0})
		if !ok {
			return errors.New("the list of files is cut short")
		}
		paths = rest
		n.files = append(n.files, mappedFile{start: word(b, head+row*i), end: word(b, head+row*i+8), path: string(path)})
	}
	return nil
}

// executable is the path of the file that holds the process's first instruction; "" unknown.
func (n *coreNotes) executable() string {
	for _, f := range n.files {
		if n.entry >= f.start && n.entry < f.end {
			return f.path
		}
	}
	return ""
}
