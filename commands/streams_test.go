package commands

import (
	"bytes"
	"os"
	"testing"
)

func TestColour(t *testing.T) {
	for _, tt := range []struct {
		name  string
		color string
		env   map[string]string
		want  bool // of a stream that is no terminal
	}{
		{"a pipe", "auto", nil, false},
		{"always", "always", map[string]string{"NO_COLOR": "1"}, true},
		{"never", "never", map[string]string{"CLICOLOR_FORCE": "1"}, false},
		{"forced", "auto", map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{"forced with 0", "auto", map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{"NO_COLOR is stronger", "auto", map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "0"}, false},
		{"empty NO_COLOR", "auto", map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": ""}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := streams{color: tt.color, lookup: func(name string) (string, bool) {
				v, ok := tt.env[name]
				return v, ok
			}}
			if got := s.colored(&bytes.Buffer{}); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFileIsNoTerminal(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := streams{lookup: os.LookupEnv}
	if s.terminal(f) || s.terminal(&bytes.Buffer{}) {
		t.Error("a file was taken for a terminal")
	}
	if got := s.width(f); got != 100 {
		t.Errorf("width %d, want 100", got)
	}
}
