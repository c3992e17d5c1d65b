package procmem

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"strings"
)

// program is the executable that goes with a core. The reader closes it, and the core with it.
type program struct {
	*os.File
	path    string
	matched bool
	core    *os.File
}

// Close closes the executable, and the core when there is a reader of it.
func (p *program) Close() error {
	err := p.File.Close()
	if p.core != nil {
		err = errors.Join(err, p.core.Close())
	}
	return err
}

// program opens the executable of a core and lets it serve what the core leaves out.
func (c *coreFile) program(path string) (*program, error) {
	if c.notes.entry == 0 {
		return nil, fail(hintCore, "it does not tell where the process began (AT_ENTRY), so its executable cannot be placed")
	}
	named := path != ""
	if !named {
		if path = c.named(); path == "" {
			return nil, fail(hintNoExe, "it does not name the executable of its process, %q", c.notes.command)
		}
	}
	// What a core names can be anything by now; a pipe would be waited for.
	if stat, err := os.Stat(path); err != nil {
		return nil, notThere(path, err)
	} else if !stat.Mode().IsRegular() {
		return nil, notThere(path, errors.New("not a file"))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, notThere(path, err)
	}
	p := &program{File: file, path: path}
	if err := c.place(p, named); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return p, nil
}

// named is the path that the core has for its executable: that of the mapping in
// which the process began, or what it was started by when that is a whole path.
func (c *coreFile) named() string {
	if path := c.notes.executable(); path != "" {
		return strings.TrimSuffix(path, " (deleted)")
	}
	var b [256]byte
	for n := len(b); n >= 16 && c.notes.name != 0; n /= 2 { // it lies near the end of the stack
		if !c.holds(c.notes.name, b[:n]) {
			continue
		}
		if path, _, ok := bytes.Cut(b[:n], []byte{0}); ok && strings.HasPrefix(string(path), "/") {
			return string(path)
		}
	}
	return ""
}

// place finds where the executable was loaded, and compares it with the core.
func (c *coreFile) place(p *program, named bool) error {
	f, err := elf.NewFile(p)
	if err != nil {
		return fail(hintExe, "%q is not an ELF executable: %w", p.path, err)
	}
	another := func(why string) error {
		hint := hintExe
		if from := c.named(); named && from != "" {
			hint += fmt.Sprintf("; the core names %q", from)
		}
		return fail(hint, "%q is not the program that left this core: %s", p.path, why)
	}
	if f.Machine != c.machine {
		return another(fmt.Sprintf("it is for %s, and the core of a process on %s", goArch(f.Machine), goArch(c.machine)))
	}
	bias := c.notes.entry - f.Entry
	if bias%pageSize != 0 || bias != 0 && f.Type != elf.ET_DYN {
		return another("it begins at another address")
	}
	same, compared := c.compare(f, p, bias)
	if compared && !same {
		return another("its headers and build id are others")
	}
	p.matched = compared
	c.exe, c.bias = newStatic(f, p), bias
	return nil
}

// compare looks at the first page of the program, which has its headers and, as
// linkers put it there, its build id. Linux and gdb put that page into a core
// although it is in a file, for this very reason.
func (c *coreFile) compare(f *elf.File, p *program, bias uint64) (same, compared bool) {
	for _, s := range f.Progs {
		if s.Type != elf.PT_LOAD || s.Off != 0 {
			continue
		}
		n := min(s.Filesz, pageSize)
		file, memory := make([]byte, n), make([]byte, n)
		if !c.holds(s.Vaddr+bias, memory) {
			return false, false
		}
		if _, err := p.ReadAt(file, 0); err != nil {
			return false, false
		}
		return bytes.Equal(file, memory), true
	}
	return false, false
}

// goArch is Go's name for a machine, or ELF's where that is not read here.
func goArch(m elf.Machine) string {
	switch m {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_AARCH64:
		return "arm64"
	}
	return strings.ToLower(strings.TrimPrefix(m.String(), "EM_"))
}
