package procmem

import (
	"debug/dwarf"
	"fmt"
)

// LayoutFromDWARF reads the layout from a binary's debugging information. The
// words of the wait reasons are not in it, nor the kind of labels.
func LayoutFromDWARF(d *dwarf.Data) (*Layout, error) {
	structs, err := structsOf(d, "runtime.g", "runtime.moduledata")
	if err != nil {
		return nil, err
	}
	l := &Layout{}
	g := fieldReader{t: structs["runtime.g"]}
	l.G = GLayout{
		StackLo: g.offset("stack", "lo"), StackHi: g.offset("stack", "hi"),
		SchedSP: g.offset("sched", "sp"), SchedPC: g.offset("sched", "pc"), SchedLR: g.offset("sched", "lr"),
		SyscallSP: g.offset("syscallsp"), SyscallPC: g.offset("syscallpc"),
		Status: g.offset("atomicstatus"), ID: g.offset("goid"), Since: g.offset("waitsince"), Reason: g.offset("waitreason"),
		LockedM: g.offset("lockedm"), Parent: g.offset("parentGoid"), GoPC: g.offset("gopc"),
		StartPC: g.offset("startpc"), Labels: g.offset("labels"),
	}
	if field(g.t, "trackingSeq") != nil { // its meaning is no promise, and a stack is checked by more
		l.G.Seq = g.offset("trackingSeq")
	}
	l.G.Size = g.end
	m := fieldReader{t: structs["runtime.moduledata"]}
	l.Text, l.Gofunc = m.offset("text"), m.offset("gofunc")
	if g.err != nil {
		return nil, g.err
	}
	return l, m.err
}

// structsOf looks for struct types by name, all of which must be there.
func structsOf(d *dwarf.Data, names ...string) (map[string]*dwarf.StructType, error) {
	found := map[string]*dwarf.StructType{}
	r := d.Reader()
	for len(found) < len(names) {
		e, err := r.Next()
		if err != nil {
			return nil, err
		}
		if e == nil {
			return nil, fmt.Errorf("the debugging information does not describe %v", names)
		}
		if e.Tag != dwarf.TagStructType && e.Tag != dwarf.TagCompileUnit {
			r.SkipChildren()
		}
		if e.Tag != dwarf.TagStructType {
			continue
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		for _, want := range names {
			if name != want {
				continue
			}
			t, err := d.Type(e.Offset)
			if err != nil {
				return nil, err
			}
			if s, ok := t.(*dwarf.StructType); ok {
				found[name] = s
			}
		}
		r.SkipChildren()
	}
	return found, nil
}

// fieldReader gives the offsets of fields and remembers the first that is
// missing and where the last one ends.
type fieldReader struct {
	t   *dwarf.StructType
	end uint32
	err error
}

func (r *fieldReader) offset(path ...string) uint32 {
	t, at := r.t, int64(0)
	for i, name := range path {
		f := field(t, name)
		if f == nil {
			if r.err == nil {
				r.err = fmt.Errorf("%s has no field %v", r.t.StructName, path)
			}
			return 0
		}
		at += f.ByteOffset
		if i == len(path)-1 {
			r.end = max(r.end, uint32(at+f.Type.Size()))
			break
		}
		next, ok := underlying(f.Type).(*dwarf.StructType)
		if !ok {
			r.err = fmt.Errorf("%s.%s is not a struct", r.t.StructName, name)
			return 0
		}
		t = next
	}
	return uint32(at)
}

func field(t *dwarf.StructType, name string) *dwarf.StructField {
	for _, f := range t.Field {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func underlying(t dwarf.Type) dwarf.Type {
	for {
		d, ok := t.(*dwarf.TypedefType)
		if !ok {
			return t
		}
		t = d.Type
	}
}
