package commands

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestOutputsSet(t *testing.T) {
	for _, tt := range []struct {
		name    string
		set     []string
		want    string
		refused bool // the last one
	}{
		{"nothing", nil, "text", false},
		{"format", []string{"md"}, "md", false},
		{"file", []string{"md=a=b.md"}, "md=a=b.md", false},
		{"stdout by name", []string{"json=-"}, "json", false},
		{"several", []string{"text", "md=x.md", "json=y.json"}, "text,md=x.md,json=y.json", false},
		{"unknown", []string{"html=x.html"}, "text", true},
		{"later issue", []string{"sarif"}, "text", true},
		{"capitals", []string{"JSON"}, "text", true},
		{"two on stdout", []string{"text", "json=-"}, "text", true},
		{"two in a file", []string{"md=x", "json=x"}, "md=x", true},
		{"two in a file, named in two ways", []string{"md=./x", "json=a/../x"}, "md=x", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := outputs{formats: []string{"text", "md", "json"}}
			var err error
			for _, s := range tt.set {
				err = o.Set(s)
			}
			if (err != nil) != tt.refused {
				t.Errorf("got error %v, want one: %v", err, tt.refused)
			}
			if got := o.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOutputsCheckBeforeTheWork(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for out, fits := range map[string]bool{
		"md=" + filepath.Join(dir, "new.md"): true,
		"md=" + file:                         true,
		"md":                                 true,
		"md=" + filepath.Join(dir, "no", "new.md"): false,
		"md=" + filepath.Join(file, "new.md"):      false,
		"md=" + dir:                                false,
	} {
		o := outputs{formats: []string{"md"}}
		if err := o.Set(out); err != nil {
			t.Fatal(err)
		}
		err := o.check()
		if fits != (err == nil) || err != nil && exitCode(err) != exitUsage {
			t.Errorf("%s: %v", out, err)
		}
	}
}

func TestOutputsWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.md")
	o := outputs{formats: []string{"text", "md"}}
	for _, s := range []string{"text", "md=" + file} {
		if err := o.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	var stdout bytes.Buffer
	err := o.write(&stdout, func(w io.Writer, format string, toStdout bool) error {
		_, err := io.WriteString(w, format)
		if toStdout {
			_, err = io.WriteString(w, " on stdout")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || string(text) != "md" || stdout.String() != "text on stdout" {
		t.Errorf("file %q, stdout %q, %v", text, stdout.String(), err)
	}
}

// What failed to render must not leave half a file, nor take the others along.
func TestOutputsWriteNothingHalf(t *testing.T) {
	dir := t.TempDir()
	o := outputs{formats: []string{"text", "md"}}
	broken, whole := filepath.Join(dir, "broken"), filepath.Join(dir, "whole")
	for _, s := range []string{"text=" + broken, "md=" + whole} {
		if err := o.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	fail := errors.New("too deep")
	err := o.write(io.Discard, func(w io.Writer, format string, _ bool) error {
		io.WriteString(w, "# half")
		if format == "text" {
			return fail
		}
		return nil
	})
	if !errors.Is(err, fail) || exitCode(err) != exitFailed {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(broken); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file was left: %v", err)
	}
	if _, err := os.Stat(whole); err != nil {
		t.Error(err)
	}
}
