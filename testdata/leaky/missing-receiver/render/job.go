// Package render makes thumbnails.
package render

import (
	"image"
	"image/color"
	"time"

	"logcap.test/programs/leaky/missing-receiver/internal/future"
)

// Job is one picture to render.
type Job struct {
	id      int
	takes   time.Duration
	picture *future.Future[image.Image]
}

// NewJob makes a job that takes so long.
func NewJob(id int, takes time.Duration) *Job {
	return &Job{id: id, takes: takes, picture: future.New[image.Image]()}
}

// Preview waits for the picture.
func (j *Job) Preview() image.Rectangle { return j.picture.Get().Bounds() }

func (j *Job) draw() image.Image {
	time.Sleep(j.takes)
	const side = 32
	img := image.NewGray(image.Rect(0, 0, side, side))
	for x := range side {
		img.SetGray(x, x, color.Gray{Y: uint8(j.id)})
	}
	return img
}

// run renders the picture.
func (j *Job) run() { j.picture.Resolve(j.draw()) }
