//go:build !linux

package process

import (
	"errors"
	"strings"
	"testing"
)

func play() {}

func TestOtherSystemsSayWhatWorksThere(t *testing.T) {
	_, err := Open(1)
	var e *Error
	if !errors.Is(err, ErrUnsupported) || !errors.As(err, &e) || !strings.Contains(e.Hint(), "pprof") {
		t.Errorf("%v", err)
	}
}
