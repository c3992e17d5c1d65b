package render

import "sync"

// Studio works on jobs in the background.
type Studio struct {
	jobs sync.WaitGroup
}

// RenderInline begins a job.
func (st *Studio) RenderInline(j *Job) {
	go func() { // leak:func
		img := j.draw()
		j.picture.Resolve(img)
	}()
}

// RenderMethod begins a job.
func (st *Studio) RenderMethod(j *Job) {
	go j.run() // leak:method
}

// RenderGroup begins a job.
func (st *Studio) RenderGroup(j *Job) {
	st.jobs.Go(j.run) // leak:wg
}
