package commands

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

const docsDir = "../docs"

// TestGeneratedDocs compares docs/ with what the commands say of themselves;
// `make docs` writes it.
func TestGeneratedDocs(t *testing.T) {
	want := generate(t)
	if *update {
		for _, sub := range []string{"commands", "man"} {
			if err := os.RemoveAll(filepath.Join(docsDir, sub)); err != nil {
				t.Fatal(err)
			}
		}
		for name, text := range want {
			file := filepath.Join(docsDir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := map[string]string{}
	for _, sub := range []string{"commands", "man"} {
		err := fs.WalkDir(os.DirFS(docsDir), sub, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(filepath.Join(docsDir, p))
			got[p] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("docs/ is not what the commands say; run make docs (-is +should be):\n%s", diff)
	}
}

// generate is docs/ by file name: a Markdown page and a man page for every command.
func generate(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, cmd := range tree(newRoot(&streams{lookup: os.LookupEnv})) {
		if cmd.IsAdditionalHelpTopicCommand() {
			cmd.Long = "```\n" + cmd.Long + "\n```" // laid out in columns
		}
		var md, man bytes.Buffer
		if err := doc.GenMarkdownCustom(cmd, &md, func(s string) string { return s }); err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "_")
		files["commands/"+name+".md"] = strings.TrimRight(md.String(), "\n") + "\n"
		if cmd.IsAdditionalHelpTopicCommand() {
			continue // a man page of its own for each would hide the commands
		}
		// A page with a date would be stale every month.
		header := &doc.GenManHeader{Section: "1", Source: "logcap", Manual: "logcap", Date: &time.Time{}}
		if err := doc.GenMan(cmd, header, &man); err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(man.String(), time.Time{}.Format("Jan 2006"), "", 1)
		files["man/"+strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"] = text
	}
	return files
}

// tree is a command and all below it that a user is shown.
func tree(cmd *cobra.Command) []*cobra.Command {
	cmd.DisableAutoGenTag = true
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			all = append(all, tree(c)...)
		}
	}
	return all
}

// Every command begins its help with examples, and no flag is without a word.
func TestHelp(t *testing.T) {
	for _, cmd := range tree(newRoot(&streams{lookup: os.LookupEnv})) {
		if cmd.Runnable() && cmd.Example == "" && !strings.Contains(cmd.CommandPath(), "completion") && cmd.Name() != "help" {
			t.Errorf("%s has no examples", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.Contains(line, "logcap ") {
				t.Errorf("%s: %q does not run logcap", cmd.CommandPath(), line)
			}
		}
	}
}
