package evidence

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// ErrNoMemStats is what ReadMemStats returns for a text without runtime.MemStats.
var ErrNoMemStats = errors.New("no runtime.MemStats in the text")

// ReadMemStats reads the text of runtime.MemStats with which a heap profile of
// debug=1 ends: lines such as "# Stack = 327680 / 327680", in use and from the
// system, and "# TotalAlloc = 1234"; all in bytes. Its form is that of
// runtime/pprof.writeHeapInternal.
func ReadMemStats(r io.Reader) (*analyze.Memory, error) {
	var m analyze.Memory
	fields := map[string]*int64{
		"Stack": &m.StackInuse, "HeapInuse": &m.HeapInuse, "Sys": &m.Sys, "TotalAlloc": &m.TotalAlloc,
	}
	found := 0
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "# "), " = ")
		field := fields[name]
		if !ok || field == nil {
			continue
		}
		value, _, _ = strings.Cut(value, " / ")
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read runtime.MemStats: %s: %w", name, err)
		}
		*field = n
		found++
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read runtime.MemStats: %w", err)
	}
	if found == 0 {
		return nil, ErrNoMemStats
	}
	return &m, nil
}
