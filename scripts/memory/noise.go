//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// jiffies are clock ticks of all processors (proc_stat(5)).
type jiffies struct{ all, stolen float64 }

func readJiffies() (j jiffies, err error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return j, err
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 {
		return j, errors.New("/proc/stat does not tell of stolen time")
	}
	for i, f := range fields[1:9] { // user, nice, system, idle, iowait, irq, softirq, steal
		n, err := strconv.ParseFloat(string(f), 64)
		if err != nil {
			return j, err
		}
		j.all += n
		if i == 7 {
			j.stolen = n
		}
	}
	return j, nil
}

// noise says how much of its processors this machine had, from one moment to another.
func noise(from, to jiffies) string {
	return fmt.Sprintf("%.0f %% of the processors' time was taken by the host for other machines", 100*(to.stolen-from.stolen)/max(to.all-from.all, 1))
}
