package commands

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/logcap/logcap/capture/config"
)

// The example says what every key does, and nothing that is none.
func TestExampleConfiguration(t *testing.T) {
	for _, file := range []string{"../docs/logcap.example.yaml", "../docs/all-containers.yaml"} {
		o := &captureOptions{streams: &streams{lookup: func(string) (string, bool) { return "", false }}, config: file}
		o.flags(newRoot(o.streams).Flags())
		o.config = file
		if _, err := o.readConfig(); err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile("../docs/logcap.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range allKeys(captureKeys()) {
		if !regexp.MustCompile(`(?m)^[ #-]*(or )?` + key + `: |[{,] *` + key + `:|^ *#? *` + key + `:$|; or ` + key + `,`).Match(text) {
			t.Errorf("the example does not have %s", key)
		}
	}
}

func allKeys(keys []config.Key) (names []string) {
	for _, k := range keys {
		names = append(names, k.Name)
		names = append(names, allKeys(k.Keys)...)
		for _, kind := range k.Kinds {
			names = append(names, allKeys(kind.Keys)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
