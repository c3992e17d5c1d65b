//go:build !unix

package stdin

import "os"

// readable is true: where files cannot be waited for, the Read itself does, and
// the collector leaves it behind when its drain timeout is over.
func readable(*os.File) (bool, error) { return true, nil }
