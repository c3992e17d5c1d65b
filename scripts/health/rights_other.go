//go:build !linux

package main

// asNobody does nothing: where this program may do everything, no file is closed to its collector.
func (t *trial) asNobody() error { return nil }

// rootFaults are none: small disks and reads that hang are made by means of Linux.
func rootFaults() []fault { return nil }
