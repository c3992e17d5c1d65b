package sink_test

import (
	"testing"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

func TestNullCounts(t *testing.T) {
	var n sink.Null
	for range 2 {
		if err := n.Write(t.Context(), []*record.Batch{batch(app(), "one", "", "three"), {}, batch(web(), "x")}); err != nil {
			t.Fatal(err)
		}
	}
	if n.Lines() != 8 || n.Bytes() != 18 {
		t.Errorf("%d lines of %d bytes, want 8 of 18", n.Lines(), n.Bytes())
	}
}
