//go:build !linux

package tail

import (
	"io"
	"os"
)

// readAround reads into before, and what follows into buf, from offset at. It
// says how much it read in all; 0 is the end. What lies before is read last: a
// file that was truncated before that shows it there.
func readAround(f *os.File, before, buf []byte, at int64) (int, error) {
	n, err := f.ReadAt(buf, at+int64(len(before)))
	if err != nil && err != io.EOF {
		return 0, err
	}
	if len(before) == 0 {
		return n, nil
	}
	k, err := f.ReadAt(before, at)
	if err != nil && err != io.EOF {
		return 0, err
	}
	if k < len(before) {
		return k, nil
	}
	return k + n, nil
}
