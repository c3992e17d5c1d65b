#!/bin/sh
# Writes go1.NN.trace beside itself, one for each toolchain named (all by default).
# usage: analyze/exectrace/testdata/make.sh [go1.26.8 ...]
set -eu
cd "$(dirname "$0")/program"
[ $# -gt 0 ] || set -- go1.22.12 go1.23.12 go1.24.13 go1.25.8 go1.26.8 go1.27.4
for toolchain in "$@"; do
	minor=${toolchain%.*}
	GOTOOLCHAIN=$toolchain GOMAXPROCS=2 go build -trimpath -o /tmp/exectrace-program .
	/tmp/exectrace-program >"../$minor.trace"
	rm /tmp/exectrace-program
done
