package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// kind is the folder of testdata that a program is in.
type kind string

const (
	leaky   kind = "leaky"
	healthy kind = "healthy"
	// unseen programs were written after public reports before the analysis of source was.
	unseen kind = "unseen"
)

// testCase is one program as it is run and watched once.
type testCase struct {
	Program string `json:"program"`
	Kind    kind   `json:"kind"`
	Style   string `json:"style"`
	Seed    uint64 `json:"seed"`
	Noise   bool   `json:"noise"`
	Go127   bool   `json:"go127,omitempty"`
}

func (c testCase) name() string {
	name := fmt.Sprintf("%s-%s-%d", c.Program, c.Style, c.Seed)
	if c.Noise {
		name += "-noise"
	}
	if c.Go127 {
		name += "-go127"
	}
	return name
}

// long says that the program is watched for twice the time.
func (c testCase) long() bool { return strings.HasPrefix(c.Program, "client-per-call") }

// matrix says which cases there are.
type matrix struct {
	seeds  []uint64
	styles []string
	go127  bool
}

// provable are programs whose leak the runtime of Go 1.27 proves: what they wait on is out of everybody's reach.
var provable = []string{"premature-return", "timeout-leak"}

// cases is every leaky program in every style and seed, and every healthy one
// in every seed, the style changing; half of them with noise.
func (m matrix) cases(leakies, healthies []string) []testCase {
	var all []testCase
	for i, program := range leakies {
		for j, style := range m.styles {
			for k, seed := range m.seeds {
				all = append(all, testCase{Program: program, Kind: leaky, Style: style, Seed: seed, Noise: (i+j+k)%2 == 1})
			}
		}
	}
	for i, program := range healthies {
		for k, seed := range m.seeds {
			all = append(all, testCase{Program: program, Kind: healthy, Style: m.styles[(i+k)%len(m.styles)], Seed: seed, Noise: (i+k)%2 == 1})
		}
	}
	if m.go127 {
		for i, program := range provable {
			for k, seed := range m.seeds {
				all = append(all, testCase{Program: program, Kind: leaky, Style: m.styles[(i+k)%len(m.styles)], Seed: seed, Go127: true})
			}
		}
	}
	// The long ones first, so that none is left alone at the end.
	slices.SortStableFunc(all, func(a, b testCase) int {
		return -cmp.Compare(boolInt(a.long()), boolInt(b.long()))
	})
	return all
}

// explainable are the cases whose source is explained: each leaky program in each
// style, or each unseen one in the one style it has.
func (m matrix) explainable(names []string, k kind) []testCase {
	var all []testCase
	styles := m.styles
	if k == unseen {
		styles = []string{"func"}
	}
	for i, program := range names {
		for j, style := range styles {
			all = append(all, testCase{Program: program, Kind: k, Style: style, Seed: m.seeds[(i+j)%len(m.seeds)]})
		}
	}
	slices.SortStableFunc(all, func(a, b testCase) int { return -cmp.Compare(boolInt(a.long()), boolInt(b.long())) })
	return all
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// programs lists the folders of kind below root that hold a program.
func programs(root string, k kind) ([]string, error) {
	mains, err := filepath.Glob(filepath.Join(root, "testdata", string(k), "*", "main.go"))
	if err != nil {
		return nil, err
	}
	if len(mains) == 0 {
		return nil, fmt.Errorf("list %s programs: none in %s: %w", k, filepath.Join(root, "testdata"), os.ErrNotExist)
	}
	var names []string
	for _, path := range mains {
		names = append(names, filepath.Base(filepath.Dir(path)))
	}
	return names, nil
}
