//go:build go1.21

// Package ticker is of a Go version in which tickers that are not stopped stay.
package ticker

import "time"

func Wait(work func()) {
	t := time.NewTicker(time.Second) // want `each call of Wait opens one, and nobody calls Stop: before Go 1.23 a ticker`
	<-t.C
	work()
}

func Stops(work func()) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	<-t.C
	work()
}

func Given() *time.Ticker { return time.NewTicker(time.Second) }
