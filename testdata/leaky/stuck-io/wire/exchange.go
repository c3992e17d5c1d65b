package wire

import (
	"fmt"
	"io"
)

// State is what a device answers, at its full length.
type State [3]byte

// Exchange sends a command over rw and returns the state that comes back.
func Exchange(rw io.ReadWriter, command string) (s State, err error) {
	if _, err = io.WriteString(rw, command+"\n"); err != nil {
		return s, fmt.Errorf("ask the device: %w", err)
	}
	_, err = io.ReadFull(rw, s[:]) // cause:wg
	return s, err
}
