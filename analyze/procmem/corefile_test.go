package procmem

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"
)

// note is one note of a core, padded as elf(5) says.
func note(owner string, kind uint32, desc []byte) []byte {
	name := append([]byte(owner), 0)
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(name)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(desc)))
	b = binary.LittleEndian.AppendUint32(b, kind)
	for _, part := range [][]byte{name, desc} {
		b = append(b, part...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	return b
}

// fileNote is an NT_FILE of mappings of one page each.
func fileNote(paths ...string) []byte {
	b := words(uint64(len(paths)), pageSize)
	for i := range paths {
		at := uint64(textStart + i*pageSize)
		b = append(b, words(at, at+pageSize, uint64(i))...)
	}
	for _, p := range paths {
		b = append(append(b, p...), 0)
	}
	return note("CORE", uint32(ntFile), b)
}

// smallNotes are those of a process with two threads, 4711, whose program is /bin/small.
func smallNotes() []byte {
	status := func(sp uint64) []byte {
		b := make([]byte, 336)
		b[12] = 6
		binary.LittleEndian.PutUint64(b[112+8*16:], textStart+20)
		binary.LittleEndian.PutUint64(b[112+8*19:], sp)
		return b
	}
	process := make([]byte, 136)
	binary.LittleEndian.PutUint32(process[24:], 4711)
	copy(process[40:], "small\x00rubbish")
	return slices.Concat(note("CORE", 1, status(0x9000)), note("LINUX", 0x202, make([]byte, 37)), note("CORE", 3, process),
		note("CORE", 6, words(6, pageSize, atEntry, textStart+8, atExecFn, 0x9000, 0, 0)), fileNote("/bin/small", "/lib/other"), note("CORE", 1, status(0x8000)))
}

// smallCore is a core with these notes and two segments of memory that lie side
// by side, a page each at 0x8000 and 0x9000; another one at textStart is left out.
func smallCore(notes []byte) []byte {
	h := elf.Header64{Type: uint16(elf.ET_CORE), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 4}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	at := uint64(64 + 4*56)
	progs := []elf.Prog64{{Type: uint32(elf.PT_NOTE), Off: at, Filesz: uint64(len(notes))}}
	at += uint64(len(notes))
	progs = append(progs, elf.Prog64{Type: uint32(elf.PT_LOAD), Vaddr: textStart, Off: at, Memsz: pageSize})
	progs = append(progs, elf.Prog64{Type: uint32(elf.PT_LOAD), Vaddr: 0x9000, Off: at, Filesz: pageSize, Memsz: pageSize})
	progs = append(progs, elf.Prog64{Type: uint32(elf.PT_LOAD), Vaddr: 0x8000, Off: at + pageSize, Filesz: pageSize, Memsz: pageSize})
	var b bytes.Buffer
	for _, v := range []any{h, progs} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err) // fixed sizes in memory
		}
	}
	b.Write(notes)
	b.Write(bytes.Repeat([]byte("/9"), pageSize/2))
	b.Write(bytes.Repeat([]byte("8"), pageSize))
	return b.Bytes()
}

func TestSmallCore(t *testing.T) {
	b := smallCore(smallNotes())
	c, err := parseCore(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	n := &c.notes
	if n.pid != 4711 || n.command != "small" || n.signal != 6 || n.entry != textStart+8 || n.executable() != "/bin/small" || c.missing != 0 {
		t.Errorf("%+v", n)
	}
	if want := []thread{{textStart + 20, 0x8000, 0}, {textStart + 20, 0x9000, 0}}; !slices.Equal(n.threads, want) {
		t.Errorf("%+v, want %+v", n.threads, want)
	}
	for _, tt := range []struct {
		addr uint64
		n    int
		want string // "" cannot be read
	}{
		{0x8ffe, 4, "88/9"}, {0x8000, 1, "8"}, {0x9fff, 1, "9"}, {0x9fff, 2, ""}, {0x7fff, 2, ""}, {0xa000, 1, ""},
		{textStart, 8, ""}, {0, 8, ""}, {^uint64(0) - 3, 8, ""}, {0x9000, 2, "/9"},
	} {
		s := []Segment{{Addr: tt.addr, Buf: make([]byte, tt.n)}}
		if err := c.Read(s); err != nil || s[0].OK != (tt.want != "") || s[0].OK && string(s[0].Buf) != tt.want {
			t.Errorf("%d bytes at %#x: %q, %v, %v; want %q", tt.n, tt.addr, s[0].Buf, s[0].OK, err, tt.want)
		}
	}
	// What the core leaves out is in the executable; what is cut off is nowhere.
	c.exe = &static{r: bytes.NewReader(bytes.Repeat([]byte("x"), pageSize)), pages: map[uint64][]byte{},
		segs: []elf.ProgHeader{{Type: elf.PT_LOAD, Vaddr: textStart, Filesz: pageSize}, {Type: elf.PT_LOAD, Vaddr: 0x8000, Filesz: pageSize}}}
	cut, err := parseCore(bytes.NewReader(b[:len(b)-10]), int64(len(b)-10))
	if err != nil || cut.missing != 10 {
		t.Fatalf("%d missing, %v", cut.missing, err)
	}
	cut.exe = c.exe
	for _, m := range []*coreFile{c, cut} {
		s := []Segment{{Addr: textStart + 8, Buf: make([]byte, 2)}, {Addr: 0x8fff, Buf: make([]byte, 1)}, {Addr: 0x8fee, Buf: make([]byte, 8)}}
		if err := m.Read(s); err != nil || !s[0].OK || string(s[0].Buf) != "xx" || s[1].OK != (m == c) || !s[2].OK {
			t.Errorf("%+v, %v", s, err)
		}
	}
}

// TestNoCore: each kind of file that is none is refused by its own words.
func TestNoCore(t *testing.T) {
	good := smallCore(smallNotes())
	with := func(at int, values ...byte) []byte {
		b := slices.Clone(good)
		copy(b[at:], values)
		return b
	}
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":         {nil, "not an ELF file"},
		"text":            {[]byte("goroutine 1 [running]:\n"), "not an ELF file"},
		"gzip":            {[]byte("\x1f\x8b\x08\x00"), "compressed"},
		"zstd":            {[]byte("\x28\xb5\x2f\xfd\x00"), "compressed"},
		"xz":              {[]byte("\xfd7zXZ\x00"), "compressed"},
		"lz4":             {[]byte("\x04\x22\x4d\x18"), "compressed"},
		"20 bytes":        {good[:20], "cut short after 20 bytes"},
		"cut in segments": {good[:100], "headers cannot be read"},
		"program":         {with(16, 2), "an executable, and not a core"},
		"shared object":   {with(16, 3), "an executable, and not a core"},
		"object":          {with(16, 1), "type ET_REL"},
		"s390x":           {with(18, 22), "EM_S390"},
		"riscv":           {with(18, 243), "EM_RISCV"},
		"65,535 segments": {with(56, 0xff, 0xff), "as many cannot be read"},
		"no notes":        {smallCore(nil), "AT_ENTRY"},
		"notes cut":       {smallCore(smallNotes()[:300]), "AT_ENTRY"},
		"long name":       {smallCore([]byte("\xff\xff\xff\xff\x00\x00\x00\x00\x01\x00\x00\x00")), "a name of 4294967295 bytes"},
		"files counted":   {smallCore(note("CORE", uint32(ntFile), words(1<<40, 1))), "counts 1099511627776"},
		"files cut":       {smallCore(note("CORE", uint32(ntFile), append(words(1, 1, 2, 3, 4), "no end"...))), "cut short"},
		"files, one word": {smallCore(note("CORE", uint32(ntFile), words(1))), "cut short"},
	} {
		c, err := parseCore(bytes.NewReader(tt.file), int64(len(tt.file)))
		if err == nil {
			_, err = c.program(openRegular, "")
		}
		refused(t, name, err, tt.want)
	}
}

// FuzzCore: whatever is in the file, it is read within bounds or refused.
func FuzzCore(f *testing.F) {
	f.Add(smallCore(smallNotes()))
	f.Add(smallCore(nil))
	f.Add(smallCore(smallNotes())[:500])
	arm := smallCore(smallNotes())
	arm[18] = byte(elf.EM_AARCH64)
	f.Add(arm)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseCore(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		buf := make([]byte, 3*pageSize)
		for _, p := range c.parts {
			for _, at := range []uint64{p.addr - 1, p.addr, p.addr + p.held, p.addr + p.size - 1} {
				if err := c.Read([]Segment{{Addr: at, Buf: buf}, {Addr: at, Buf: buf[:1]}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if c.missing < 0 || len(c.notes.files) > len(b) {
			t.Errorf("%d missing, %d files", c.missing, len(c.notes.files))
		}
		_ = c.named()
	})
}
