package scrape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ParseAll reads targets as a user writes them; "@targets.json" stands for all
// targets of a Prometheus file_sd file in JSON. A target that is named twice is
// taken once. Order is kept.
func ParseAll(args []string) ([]Address, error) {
	var all []Address
	seen := make(map[string]bool)
	for _, arg := range args {
		list, err := parseArg(arg)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			if id := a.Scheme + " " + a.Host + " " + a.Pprof; !seen[id] {
				seen[id] = true
				all = append(all, a)
			}
		}
	}
	return all, nil
}

func parseArg(arg string) ([]Address, error) {
	if file, ok := strings.CutPrefix(arg, "@"); ok {
		return readTargets(file)
	}
	a, err := Parse(arg)
	return []Address{a}, err
}

// group is one element of a file_sd file.
// Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
type group struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

const hintFileSD = `the file holds JSON like [{"targets": ["host:6060"], "labels": {"job": "api"}}]`

// targetsMax bounds a targets file, in bytes.
const targetsMax = 16 << 20

func readTargets(file string) ([]Address, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fail("check the path; "+hintFileSD, "read targets: %w", err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, targetsMax+1))
	if err != nil {
		return nil, fail("", "read targets: %w", err)
	}
	if len(body) > targetsMax {
		return nil, fail(hintFileSD, "read targets %q: the file is larger than %d MiB", file, targetsMax>>20)
	}
	var groups []group
	if err := json.Unmarshal(body, &groups); err != nil {
		return nil, fail(hintFileSD, "read targets %q: %s", file, jsonProblem(body, err))
	}
	var list []Address
	for _, g := range groups {
		for _, t := range g.Targets {
			a, err := parseDiscovered(t, g.Labels)
			if err != nil {
				return nil, fmt.Errorf("read targets %q: %w", file, err)
			}
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return nil, fail(hintFileSD, "read targets %q: it names no target", file)
	}
	return list, nil
}

// jsonProblem says where JSON is not what it should be, without Go's names for it.
func jsonProblem(body []byte, err error) string {
	var syntax *json.SyntaxError
	var other *json.UnmarshalTypeError
	line := func(offset int64) int { return 1 + bytes.Count(body[:min(offset, int64(len(body)))], []byte("\n")) }
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return "the file is empty"
	case errors.As(err, &other) && other.Field == "":
		return fmt.Sprintf("line %d: it holds one %s where a list belongs", line(other.Offset), other.Value)
	case errors.As(err, &other):
		return fmt.Sprintf("line %d: %q holds a %s where text belongs", line(other.Offset), other.Field, other.Value)
	case errors.As(err, &syntax):
		return fmt.Sprintf("line %d: it is no JSON: %v", line(syntax.Offset), err)
	}
	return err.Error()
}

// parseDiscovered is Parse with Prometheus' own labels honoured: __scheme__ for https.
func parseDiscovered(t string, labels map[string]string) (Address, error) {
	if scheme := labels["__scheme__"]; scheme != "" && !strings.Contains(t, "://") {
		t = scheme + "://" + t
	}
	if strings.HasPrefix(t, "@") {
		return Address{}, fail(hintFileSD, "target %q: a file of targets cannot name another", oneLine(t))
	}
	a, err := Parse(t)
	a.Labels = labels
	return a, err
}
