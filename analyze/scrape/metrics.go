package scrape

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// sampleLine is one sample in the Prometheus text format, with optional labels.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
var sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^\n]*\})?[ \t]+([^ \t]+)`)

// looksLikeMetrics tells Prometheus text from the many other things that
// answer at /metrics: the first line that says something must be a comment of
// the format or a sample with a number.
func looksLikeMetrics(body []byte) bool {
	for line := range bytes.Lines(body) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
			continue
		case line[0] == '#':
			if bytes.HasPrefix(line, []byte("# HELP ")) || bytes.HasPrefix(line, []byte("# TYPE ")) {
				return true
			}
			continue
		}
		m := sampleLine.FindSubmatch(line)
		if m == nil {
			return false
		}
		_, err := strconv.ParseFloat(string(m[3]), 64)
		return err == nil
	}
	return false
}

// goInfo matches client_golang's go_info{version="go1.26.1"} 1; experiments follow after a space.
var goInfo = regexp.MustCompile(`(?m)^go_info\{[^}\n]*version="(go1\.[0-9][^"\s]{0,40})[" ]`)

func versionFromMetrics(body []byte) string {
	m := goInfo.FindSubmatch(body)
	if m == nil {
		return ""
	}
	return strings.ToValidUTF8(string(m[1]), "")
}
