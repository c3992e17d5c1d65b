// Package upload is about files that come in.
package upload

import (
	"errors"
	"hash/crc32"
	"time"
)

// ErrChecksum says that what came in is not what was sent.
var ErrChecksum = errors.New("checksum differs")

// Upload is one file. Whoever wants it verified runs Verify and receives from Verdict.
type Upload struct {
	Verdict chan error
	body    []byte
	sum     uint32
	takes   time.Duration // to read the body
}

// New makes an upload whose sender says that sum is its checksum.
func New(body []byte, sum uint32, takes time.Duration) *Upload {
	return &Upload{Verdict: make(chan error), body: body, sum: sum, takes: takes}
}

// Check reads the body and compares the checksums.
func (u *Upload) Check() error {
	time.Sleep(u.takes)
	if crc32.ChecksumIEEE(u.body) != u.sum {
		return ErrChecksum
	}
	return nil
}

// Verify checks the upload and tells the verdict.
func (u *Upload) Verify() error {
	err := u.Check()
	if err != nil {
		u.Verdict <- err // cause:method cause:wg
	}
	u.Verdict <- nil
	return err
}
