package procmem

import (
	"bytes"
	"debug/elf"
	"fmt"
)

// The notes of a core that are read, all of the owner "CORE" (elf.h).
const (
	ntPRPSInfo = 3          // NT_PRPSINFO
	ntAuxv     = 6          // NT_AUXV
	ntFile     = 0x46494c45 // NT_FILE
)

// maxNotes bounds the notes of a core, in bytes: a thread has some kilobytes of registers.
const maxNotes = 64 << 20

// notes reads a segment of notes.
func (c *Core) notes(p elf.ProgHeader) error {
	if p.Filesz > maxNotes {
		return fail(hintCore, "the core has %d MiB of notes", p.Filesz>>20)
	}
	if p.Off > c.size || p.Filesz > c.size-p.Off {
		return fail(hintCore, "the core is cut off before its memory begins")
	}
	b := make([]byte, p.Filesz)
	if _, err := c.file.ReadAt(b, int64(p.Off)); err != nil {
		return fmt.Errorf("read the core's notes: %w", err)
	}
	return c.parseNotes(b)
}

// parseNotes reads Elf64_Nhdr after Elf64_Nhdr: the lengths of name and
// contents, the type; both padded to four bytes (gabi, "Note Section").
func (c *Core) parseNotes(b []byte) error {
	pad := func(n uint32) uint64 { return (uint64(n) + 3) &^ 3 }
	for len(b) >= 12 {
		nameLen, descLen, kind := half(b, 0), half(b, 4), half(b, 8)
		from := 12 + pad(nameLen)
		if from+uint64(descLen) > uint64(len(b)) {
			return fail(hintCore, "the core's notes are damaged")
		}
		name, desc := b[12:12+uint64(nameLen)], b[from:from+uint64(descLen)]
		if bytes.HasPrefix(name, []byte("CORE")) {
			c.note(kind, desc)
		}
		b = b[min(uint64(len(b)), from+pad(descLen)):]
	}
	c.Exe = exeIn(c.files, c.entry)
	return nil
}

func (c *Core) note(kind uint32, desc []byte) {
	switch kind {
	case ntPRPSInfo:
		if len(desc) >= 28 { // struct elf_prpsinfo
			c.PID = int(signed(desc, 24))
		}
	case ntAuxv:
		if entry, err := entryIn(desc); err == nil {
			c.entry = entry
		}
	case ntFile:
		c.files = desc
	}
}

// exeIn finds the file that was mapped where the program began. The note is a
// count, the page size, so many of (start, end, offset in pages), and then as
// many paths (fill_files_note in the kernel's fs/binfmt_elf.c).
func exeIn(desc []byte, entry uint64) string {
	if len(desc) < 16 {
		return ""
	}
	n := word(desc, 0)
	if n > uint64(len(desc)-16)/24 {
		return ""
	}
	ranges, names := desc[16:16+24*n], desc[16+24*n:]
	for range n {
		path, rest, ok := bytes.Cut(names, []byte{0})
		if !ok {
			return ""
		}
		if entry >= word(ranges, 0) && entry < word(ranges, 8) {
			return string(path)
		}
		ranges, names = ranges[24:], rest
	}
	return ""
}
