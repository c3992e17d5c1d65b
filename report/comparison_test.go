package report

import (
	"bytes"
	"testing"

	"github.com/logcap/logcap/analyze"
)

// comparisons are one of each outcome that people meet.
func comparisons() map[string]analyze.Comparison {
	before, same, fixed, short, evil := chanSend(), chanSend(), stable(), stable(), hostile()
	short.Window.Seconds = 5
	none := stable()
	return map[string]analyze.Comparison{
		"compare-fixed":        analyze.Compare(&before, &fixed),
		"compare-unchanged":    analyze.Compare(&before, &same),
		"compare-inconclusive": analyze.Compare(&before, &short),
		"compare-worse":        analyze.Compare(&fixed, &before),
		"compare-nothing":      analyze.Compare(&none, &fixed),
		"compare-hostile":      analyze.Compare(&evil, &fixed),
	}
}

func TestCompareGolden(t *testing.T) {
	for name, c := range comparisons() {
		t.Run(name, func(t *testing.T) {
			md := written(t, func(b *bytes.Buffer) error { return WriteCompareMarkdown(b, c) })
			text := written(t, func(b *bytes.Buffer) error { return WriteCompareText(b, c, Style{}) })
			golden(t, name+".md", md)
			golden(t, name+".txt", text)
			golden(t, name+".json", written(t, func(b *bytes.Buffer) error { return WriteCompareJSON(b, c) }))
			harmless(t, md)
			harmless(t, text)
		})
	}
}

func TestColorChangesNoWord(t *testing.T) {
	for name, r := range fixtures() {
		t.Run(name, func(t *testing.T) {
			plain := written(t, func(b *bytes.Buffer) error { return WriteText(b, r, Style{Width: 80}) })
			colour := written(t, func(b *bytes.Buffer) error { return WriteText(b, r, Style{Width: 80, Color: true}) })
			if bytes.Equal(plain, colour) {
				t.Error("no colour")
			}
			if got := sgr.ReplaceAll(colour, nil); !bytes.Equal(plain, got) {
				t.Error("with the colours taken off the text differs")
			}
		})
	}
}
