package watch_test

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/watch"
)

// accusation is what a report turns on.
type accusation struct {
	Verdict   analyze.Verdict
	Mechanism analyze.Mechanism
	Func      string
	Line      int
	Sites     int // others of the same finding
	Victims   int
	Cause     string
}

// TestRecordings judges real watches of programs that look alike: each leak
// beside the healthy service that has the same counts, stacks or locks.
// scripts/record-recordings makes them.
func TestRecordings(t *testing.T) {
	for name, want := range map[string][]accusation{
		"client-per-call": {{analyze.Probable, analyze.ClientPerCall, "net/http.(*Transport).dialConn", 1994, 1, 0, "main.(*checker).check"}},
		"pooled-client":   nil,

		"wg-leak":      {{analyze.Probable, analyze.UnclosedRange, "main.(*exporter).exportGroup", 67, 0, 0, ""}},
		"filling-pool": nil,

		"contract-violation": {{analyze.Probable, analyze.Unknown, "main.(*Poller).startGroup", 88, 0, 0, ""}},
		"session-ramp": {
			{analyze.Suspect, analyze.Unknown, "logcap.test/programs/healthy/internal/chat.(*server).session", 73, 0, 0, ""},
			{analyze.Suspect, analyze.StuckIO, "logcap.test/programs/healthy/internal/chat.(*server).start", 53, 0, 0, ""},
		},

		"handle-per-call":      {{analyze.Probable, analyze.HandlePerCall, "logcap.test/programs/service/lib.NewWatcher", 24, 0, 0, "main.loadFile"}},
		"http-body-not-closed": {{analyze.Probable, analyze.HTTPBodyNotClosed, "net/http.(*Transport).dialConn", 1994, 1, 1, "main.(*downloader).download"}},

		"lock-order":                 {{analyze.Stuck, analyze.LockOrder, "main.(*exchange).archiveInline", 133, 1, 0, ""}},
		"channel-under-lock":         {{analyze.Stuck, analyze.ChannelUnderLock, "main.(*chat).serveMethod", 143, 1, 0, ""}},
		"channel-under-lock-growing": {{analyze.Probable, analyze.ChannelUnderLock, "main.(*chat).converseMethod", 104, 1, 0, ""}},
		"leader-wait":                nil,

		"waitgroup-misuse": {{analyze.Stuck, analyze.WaitGroupMisuse, "main.(*studio).queueMethod", 115, 0, 0, ""}},
		"missing-signal":   {{analyze.Stuck, analyze.MissingSignal, "main.(*storage).workInline", 164, 0, 0, ""}},
		"cron":             nil,
		"restart":          nil,
	} {
		t.Run(name, func(t *testing.T) {
			subjects, err := watch.Load([]string{unpack(t, filepath.Join("../../testdata/recordings", name+".tar"))}, watch.From{})
			if err != nil {
				t.Fatal(err)
			}
			a := analyze.Detect(subjects[0].History, analyze.DefaultThresholds())
			var got []accusation
			for _, f := range a.Findings {
				g := accusation{f.Verdict, f.Mechanism, f.Site.Func, f.Site.Line, len(f.Sites), len(f.Victims), ""}
				if f.Cause != nil {
					g.Cause = f.Cause.Func
				}
				got = append(got, g)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// unpack writes a recording's archive to a folder of the test's.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dir := t.TempDir()
	for files := tar.NewReader(f); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		body, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
