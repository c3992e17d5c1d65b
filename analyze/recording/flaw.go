package recording

// flaw is what is wrong with files in the same way.
type flaw struct {
	what  string
	files []string
}

// warnFile notes what is wrong with a file.
func (o *opener) warnFile(name, what string) {
	for i := range o.flawed {
		if o.flawed[i].what == what {
			o.flawed[i].files = append(o.flawed[i].files, name)
			return
		}
	}
	o.flawed = append(o.flawed, flaw{what, []string{name}})
}

// warnFiles says what is wrong with files: many with the same flaw, as after
// the loss of the index, in one line.
func (o *opener) warnFiles() {
	const few = 3
	for _, f := range o.flawed {
		if len(f.files) > few {
			o.warn("%d files, %s to %s: each %s", len(f.files), f.files[0], f.files[len(f.files)-1], f.what)
			continue
		}
		for _, name := range f.files {
			o.warn("%s %s", name, f.what)
		}
	}
}
