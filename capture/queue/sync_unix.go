//go:build unix

package queue

import (
	"errors"
	"os"
)

// syncDir makes the names in dir last a power cut.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
