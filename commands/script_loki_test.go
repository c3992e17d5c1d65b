package commands

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/logcap/logcap/capture/sink/sinktest"
)

// lokiKey is where a script's receiver is found by its commands.
type lokiKey struct{}

// scriptLoki starts what takes pushes as Loki does, at $LOKI: loki [TENANT].
func scriptLoki(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: loki [TENANT]")
	}
	s := &sinktest.LokiServer{Tenant: strings.Join(args, "")}
	server := httptest.NewServer(s)
	ts.Defer(server.Close)
	ts.Setenv("LOKI", server.URL)
	ts.Value(lokiKey{}).(*lokiServers).last = s
}

// lokiServers is the receiver that a script started last.
type lokiServers struct{ last *sinktest.LokiServer }

// scriptPushed writes what was pushed into a file, one entry in JSON a line: pushed FILE.
func scriptPushed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pushed FILE")
	}
	var text strings.Builder
	to := json.NewEncoder(&text)
	for _, e := range ts.Value(lokiKey{}).(*lokiServers).last.Entries() {
		ts.Check(to.Encode(e))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}
