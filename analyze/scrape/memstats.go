package scrape

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errNoMemStats is a heap profile without the statistics at its end.
var errNoMemStats = errors.New("it does not end with runtime.MemStats, as heap?debug=1 does")

// memStatsHead begins the last part of a heap profile in text form
// (runtime/pprof.writeHeapInternal).
var memStatsHead = []byte("# runtime.MemStats")

// memStats reads a heap profile of any length, holding no more of it than its
// last part: the records before it are of no use here.
func memStats(limit int64) func(io.Reader) ([]byte, error) {
	return func(r io.Reader) ([]byte, error) {
		const tail = 1 << 20
		bounded := &io.LimitedReader{R: r, N: limit}
		lines := bufio.NewReaderSize(bounded, 64<<10)
		var begun bool
		var body []byte
		for {
			// A line longer than the buffer comes in pieces; a piece of a record is skipped like a record.
			line, err := lines.ReadSlice('\n')
			begun = begun || bytes.HasPrefix(line, memStatsHead)
			if begun {
				body = append(body, line...)
			}
			switch {
			case len(body) > tail:
				return body[:tail], errTooLong
			case err == nil || errors.Is(err, bufio.ErrBufferFull):
				continue
			case err == io.EOF && bounded.N <= 0:
				return body, errTooLong
			case err == io.EOF && !begun:
				return nil, errNoMemStats
			case err == io.EOF:
				return body, nil
			default:
				return body, err
			}
		}
	}
}
