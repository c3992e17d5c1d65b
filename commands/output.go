package commands

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// output is one -o FORMAT[=FILE].
type output struct {
	format string
	file   string // "" is stdout
}

// outputs is the flag -o. The zero value has to be given its formats before use.
type outputs struct {
	formats []string // what this command can write; the first is the default
	list    []output
}

// String is how the flag shows its default.
func (o *outputs) String() string {
	if len(o.list) == 0 {
		return strings.Join(o.formats[:min(1, len(o.formats))], "")
	}
	var all []string
	for _, out := range o.list {
		if out.file == "" {
			all = append(all, out.format)
		} else {
			all = append(all, out.format+"="+out.file)
		}
	}
	return strings.Join(all, ",")
}

// Type names the flag's value in --help.
func (*outputs) Type() string { return "FORMAT[=FILE]" }

// Set adds one output. A format that is not there is refused with those that are.
func (o *outputs) Set(s string) error {
	format, file, _ := strings.Cut(s, "=")
	if !slices.Contains(o.formats, format) {
		return fmt.Errorf("there is no format %q; there are %s", format, strings.Join(o.formats, ", "))
	}
	switch file {
	case "":
	case "-":
		file = ""
	default:
		file = filepath.Clean(file) // ./x and x are one file
	}
	for _, other := range o.list {
		if other.file == file {
			return fmt.Errorf("%s and %s would both be written to %s", other.format, format, place(file))
		}
	}
	o.list = append(o.list, output{format, file})
	return nil
}

func place(file string) string {
	if file == "" {
		return "stdout"
	}
	return fmt.Sprintf("%q", file)
}

// check finds out before the work, not after it, that a file cannot be written.
func (o *outputs) check() error {
	for _, out := range o.list {
		dir := filepath.Dir(out.file)
		switch at, err := os.Stat(dir); {
		case err != nil:
			return usagef("make the folder first, or name another", "write -o %s=%s: %w", out.format, out.file, err)
		case !at.IsDir():
			return usagef("", "write -o %s=%s: %s is no directory", out.format, out.file, dir)
		}
		if at, err := os.Stat(out.file); err == nil && at.IsDir() {
			return usagef("name a file in it", "write -o %s=%s: it is a directory", out.format, out.file)
		}
	}
	return nil
}

// write renders the result once for each output. Nothing reaches a file or
// stdout before its rendering is whole.
func (o *outputs) write(stdout io.Writer, render func(w io.Writer, format string, toStdout bool) error) error {
	list := o.list
	if len(list) == 0 {
		list = []output{{format: o.formats[0]}}
	}
	var errs []error
	for _, out := range list {
		var b bytes.Buffer
		err := render(&b, out.format, out.file == "")
		switch {
		case err != nil:
			err = fmt.Errorf("write the result as %s: %w", out.format, err)
		case out.file == "":
			if _, err = stdout.Write(b.Bytes()); err != nil {
				err = fmt.Errorf("write the result to stdout: %w", err)
			}
		default:
			if err = os.WriteFile(out.file, b.Bytes(), 0o644); err != nil {
				err = fmt.Errorf("write the result as %s: %w", out.format, err)
			}
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
