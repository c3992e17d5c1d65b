// Package progress tells how far something is.
package progress

// Feed carries news from whoever works to whoever looks on.
type Feed[T any] struct {
	Title string
	news  chan T
}

// New returns a feed.
func New[T any](title string) *Feed[T] {
	return &Feed[T]{Title: title, news: make(chan T)}
}

// Publish hands v to whoever looks on.
func (f *Feed[T]) Publish(v T) { f.news <- v }

// Next returns the next piece of news; ok is false when there will be none.
func (f *Feed[T]) Next() (v T, ok bool) {
	if f.news == nil {
		return v, false
	}
	v, ok = <-f.news
	return v, ok
}
