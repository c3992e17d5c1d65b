package procmem

import (
	"debug/buildinfo"
	"debug/elf"
	"io"
)

// image is what is known of the program that a process runs: where its
// functions are, how its runtime lays out goroutines, and where their list is.
type image struct {
	arch   elf.Machine
	static *static
	funcs  *functab
	// bias is what is added to a linked address to get the process's own.
	bias           uint64
	textLo, textHi uint64 // linked
	layout         *Layout
	allgs          uint64 // in the process
	build          Build
}

// Build is what the executable says of itself.
type Build struct {
	// GoVersion is as build info has it, "go1.26.8" or "go1.27.1 X:nosimd".
	GoVersion string
	// Module is the main module's path; Package that of package main.
	Module, Package string
	// Layout says how the runtime's structs were learned: "table", "dwarf", or
	// the version whose layout fitted when neither knew this one.
	Layout string
	// Sure is false when the layout is another version's that fitted.
	Sure bool
	// Stripped: no symbol table, so the list of goroutines was found in code.
	Stripped bool
	PIE      bool
}

// openImage reads the executable: exe is its file, entry the address at which
// the process began to run (AT_ENTRY), which tells where it was loaded.
func openImage(exe io.ReaderAt, entry uint64, m Memory) (*image, error) {
	f, err := elf.NewFile(exe)
	if err != nil {
		return nil, notELF(err)
	}
	if err := supported(f); err != nil {
		return nil, err
	}
	info, err := buildinfo.Read(exe)
	if err != nil {
		return nil, fail(hintNotGo, "it is not a Go program: its executable has no build info")
	}
	im := &image{arch: f.Machine, static: newStatic(f, exe), bias: entry - f.Entry}
	im.build = Build{GoVersion: info.GoVersion, Module: info.Main.Path, Package: info.Path, PIE: f.Type == elf.ET_DYN, Stripped: f.Section(".symtab") == nil}
	module, err := im.findTables(m, f)
	if err != nil {
		return nil, err
	}
	im.textLo, im.textHi = word(module, moduleMinPC)-im.bias, word(module, moduleMaxPC)-im.bias
	return im, im.learn(m, f, module)
}

// learn finds layout and list together: only a layout that fits shows that the list is one.
func (im *image) learn(m Memory, f *elf.File, module []byte) error {
	version := im.build.GoVersion
	layouts, how := im.layoutsToTry(f)
	if len(layouts) == 0 {
		return fail(hintVersion, "the layout of %s is not known", version)
	}
	var why error
	for i, l := range layouts {
		im.funcs.text = word(module, l.Text) - im.bias
		im.funcs.gofunc = word(module, l.Gofunc) - im.bias
		candidates, err := im.allgsCandidates(f)
		if err != nil {
			return fail(hintVersion, "%s: %w", version, err)
		}
		allgs, err := im.findAllgs(m, candidates, l)
		if isEnd(err) {
			return err
		}
		if err != nil {
			why = err
			continue
		}
		im.allgs, im.layout = allgs, l
		im.build.Layout, im.build.Sure = how[i].name, how[i].sure
		return nil
	}
	return fail(hintVersion, "%s: none of %d layouts of the runtime's goroutines fits its memory: %w", version, len(layouts), why)
}

type howLearned struct {
	name string
	sure bool
}

// layoutsToTry lists layouts, the surest first: the table's for a version that
// was seen; the binary's own debugging information; and for a version that was
// not seen, its neighbours', which are taken only when they fit.
func (im *image) layoutsToTry(f *elf.File) ([]*Layout, []howLearned) {
	var tries []*Layout
	var how []howLearned
	near, exact := layoutFor(im.build.GoVersion)
	if exact { // and nothing else is looked at: debugging information is large
		return []*Layout{near}, []howLearned{{"table", true}}
	}
	if d, err := f.DWARF(); err == nil {
		if l, err := LayoutFromDWARF(d); err == nil {
			words := near
			if words == nil {
				words = newest()
			}
			l.Reasons, l.LabelMap = words.Reasons, words.LabelMap
			tries, how = append(tries, l), append(how, howLearned{"dwarf", near != nil})
		}
	}
	all := layouts()
	for i := len(all) - 1; i >= 0; i-- {
		tries, how = append(tries, &all[i]), append(how, howLearned{all[i].To, false})
	}
	return tries, how
}

func newest() *Layout {
	all := layouts()
	return &all[len(all)-1]
}

// supported refuses what cannot be read, by name.
func supported(f *elf.File) error {
	switch {
	case f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB:
		return fail(hintArch, "its executable is %s %s, and goroutines are read from 64-bit little-endian ones", f.Class, f.Data)
	case f.Machine != elf.EM_X86_64 && f.Machine != elf.EM_AARCH64:
		return fail(hintArch, "its executable is for %s, and goroutines are read on amd64 and arm64", f.Machine)
	}
	return nil
}

// inText says that a process's address is in the program's code.
func (im *image) inText(pc uint64) bool { return pc-im.bias >= im.textLo && pc-im.bias < im.textHi }
