package procmem

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// While the kernel loads a program its vector is there and empty: it is waited for, and not for ever.
func TestEntryOfProgramThatIsLoaded(t *testing.T) {
	dir := t.TempDir()
	write := func(words ...uint64) {
		t.Helper()
		var aux []byte
		for _, w := range words {
			aux = binary.LittleEndian.AppendUint64(aux, w)
		}
		next := filepath.Join(dir, "next")
		if err := os.WriteFile(next, aux, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(dir, "auxv")); err != nil {
			t.Fatal(err)
		}
	}
	write(0, 0)
	if _, err := entryOf(dir); err == nil || errors.Is(err, ErrGone) {
		t.Errorf("a vector without an entry: %v", err)
	}
	loaded := time.AfterFunc(5*endingPause, func() { write(6, 4096, atEntry, 0x1234, 0, 0) })
	defer loaded.Stop()
	if entry, err := entryOf(dir); err != nil || entry != 0x1234 {
		t.Errorf("%#x, %v", entry, err)
	}
	write()
	if _, err := entryOf(dir); !errors.Is(err, ErrGone) {
		t.Errorf("without memory: %v", err)
	}
}
