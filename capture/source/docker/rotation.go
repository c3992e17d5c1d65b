package docker

import (
	"fmt"

	"github.com/logcap/logcap/capture/engine"
)

// lossyAPI is the newest API of an engine that was seen to leave lines out of a
// stream when it rotates the log that is being followed: Docker 20.10, docs/churn.md has the figures.
const lossyAPI = 41

// rotated is an engine that may leave lines out.
type rotated struct {
	name         string
	major, minor int
}

func (e *rotated) Error() string {
	return fmt.Sprintf("follow container %s: this engine (API %d.%d) rotates its log, and can leave lines out of a stream when it does", e.name, e.major, e.minor)
}

// Hint is the next step.
func (e *rotated) Hint() string {
	return "read the engine's own files: --docker-read auto, as a user who may read them; or take a newer engine"
}

// warnOfRotation tells once, for the first such container, that a log which is read over the
// API may have gaps: nothing in the stream tells of them.
func (s *Source) warnOfRotation(c engine.Container) {
	if major, minor := s.opt.Engine.API(); c.Rotated && major == 1 && minor <= lossyAPI {
		s.warned.Do(func() { s.opt.Board.Tell("docker log rotation", &rotated{c.Name, major, minor}) })
	}
}
