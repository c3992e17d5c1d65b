package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hinted is an error with the next step.
type hinted struct {
	error
	hint string
}

func (h hinted) Hint() string { return h.hint }

// normal is a text as its key has it, written in one way, or what is wrong with it.
func (r *Reader) normal(k *Key, text string) (string, error) {
	switch k.Type {
	case Bool:
		if text != "true" && text != "false" {
			return "", hinted{fmt.Errorf("%q is neither true nor false", text), boolHint(text)}
		}
	case Number:
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return "", fmt.Errorf("%q is no whole number from 0 on", text)
		}
		text = strconv.Itoa(n)
	case Size:
		n, err := parseSize(text)
		if err != nil {
			return "", err
		}
		text = sizeText(n)
	case Duration:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return "", hinted{fmt.Errorf("%q is no duration", text), durationHint(text)}
		}
		text = durationText(d)
	}
	if len(k.Choices) > 0 && !slices.Contains(k.Choices, text) {
		return "", hinted{fmt.Errorf("there is no %q", text), r.choiceHint(text, k.Choices)}
	}
	if k.Check != nil {
		if err := k.Check(text); err != nil {
			return "", err
		}
	}
	return text, nil
}

func (r *Reader) choiceHint(text string, choices []string) string {
	if near := r.near(text, choices); near != "" {
		return "did you mean " + near + "?"
	}
	return "write " + oneOf(choices)
}

// oneOf is a, b or c.
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func boolHint(text string) string {
	switch strings.ToLower(text) {
	case "yes", "on", "y", "1", "t":
		return "write true"
	case "no", "off", "n", "0", "f":
		return "write false"
	}
	return "write true or false"
}

// durationText leaves out the minutes and seconds that are none: 10m and not 10m0s.
func durationText(d time.Duration) string {
	text := d.String()
	if d >= time.Minute && d%time.Minute == 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if d >= time.Hour && d%time.Hour == 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func durationHint(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return "say of what: " + text + "s, " + text + "m or " + text + "h"
	}
	return "write for example 10s, 5m or 24h"
}

// units of sizes: k, M and G are taken for KiB, MiB and GiB, as the flags do.
var units = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3},
	{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"k", 1 << 10}, {"B", 1},
}

// parseSize reads 4096, 64KiB or 1MiB.
func parseSize(text string) (int64, error) {
	digits, factor := strings.TrimSpace(text), int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(digits, u.name); ok {
			digits, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return 0, hinted{fmt.Errorf("%q is no size", text), "write for example 64KiB or 100MiB (kB, KiB, MB, MiB, GB, GiB)"}
	}
	return n * factor, nil
}

// sizeText is the size in the largest unit that it is a whole number of.
func sizeText(n int64) string {
	for _, u := range units[:3] {
		if n > 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}
