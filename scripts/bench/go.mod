module logcap.test/bench

go 1.26.0

require (
	github.com/DataDog/gostackparse v0.7.0
	github.com/logcap/logcap v0.0.0
)

require (
	github.com/google/pprof v0.0.0-20261016150608-1facf8f91b50 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
)

replace github.com/logcap/logcap => ../..
