module logcap.test/programs

go 1.25

require (
	go.uber.org/goleak v1.3.0
	golang.org/x/sync v0.18.0
)
