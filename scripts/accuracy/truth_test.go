package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const source = `package main

import "sync"

type box[T any] struct{ wg sync.WaitGroup }

func main() {
	go func() {}() // leak:func
}

func (b *box[T]) fill() {
	b.wg.Go(func() {}) // leak:wg
	go work() // leak:method cause:method
	go work() // leak:stuck-method
}

func work() {} // cause
`

const lid = `package lid

import "sync"

type Lid[K comparable, V any] struct{ wg sync.WaitGroup }

func (l *Lid[K, V]) Close() {
	l.wg.Go(func() {}) // cause leak:lid-wg
	l.wg.Go(func() {}) // not leak:lid-wg
}

func Open[T any](wg *sync.WaitGroup) {
	wg.Go(func() {}) // leak:open-wg
}
`

// tree makes a repository with one leaky program.
func tree(t *testing.T, expect string) string {
	t.Helper()
	root := t.TempDir()
	folder := filepath.Join(root, "testdata", "leaky", "box")
	if err := os.MkdirAll(filepath.Join(folder, "lid"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"main.go": source, "lid/lid.go": lid, "expect.json": expect} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const expectBox = `{"accepted_mechanisms": ["n-cast"], "needs_source": true, "leaks_per_request": 2}`

func TestTruthOf(t *testing.T) {
	root := tree(t, expectBox)
	var drawn hello
	drawn.Plan.PerMinute = 30
	hung := drawn
	hung.Variant = "stuck"
	for _, test := range []struct {
		name   string
		c      testCase
		h      hello
		class  class
		places []place
		rate   float64
	}{
		{"a go func", testCase{Program: "box", Kind: leaky, Style: "func"}, drawn, growing, []place{{"box/main.go", 8, ""}}, 60},
		{"a launcher", testCase{Program: "box", Kind: leaky, Style: "wg"}, drawn, growing, []place{{"box/main.go", 12, "main.(*box[...]).fill"}}, 60},
		{"a method", testCase{Program: "box", Kind: leaky, Style: "method"}, drawn, growing, []place{{"box/main.go", 13, ""}}, 60},
		{"stuck", testCase{Program: "box", Kind: leaky, Style: "method"}, hung, stuck, []place{{"box/main.go", 14, ""}}, 0},
		{"a generic type below", testCase{Program: "box", Kind: leaky, Style: "lid-wg"}, drawn, growing, []place{{"box/lid/lid.go", 8, importPath + "box/lid.(*Lid[...]).Close"}}, 60},
		{"a generic function below", testCase{Program: "box", Kind: leaky, Style: "open-wg"}, drawn, growing, []place{{"box/lid/lid.go", 13, importPath + "box/lid.Open[...]"}}, 60},
		{"healthy", testCase{Program: "ticker", Kind: healthy}, hello{}, fine, nil, 0},
	} {
		got, err := truthOf(root, test.c, test.h)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got.class != test.class || !slices.Equal(got.places, test.places) || got.perMinute != test.rate {
			t.Errorf("%s: got %+v", test.name, got)
		}
	}
}

func TestTruthNeedsAMarker(t *testing.T) {
	root := tree(t, expectBox)
	hung := hello{Variant: "stuck"}
	if got, err := truthOf(root, testCase{Program: "box", Kind: leaky, Style: "func"}, hung); err == nil {
		t.Errorf("no line is marked leak:stuck-func, and yet there is a truth: %+v", got)
	}
}

// Every program of this repository has a truth in every style: a marker that is lost would make a case impossible.
func TestEveryLeakyProgramHasATruth(t *testing.T) {
	const top = "../.."
	names, err := programs(top, leaky)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		for _, style := range []string{"func", "method", "wg"} {
			got, err := truthOf(top, testCase{Program: name, Kind: leaky, Style: style}, hello{})
			if err != nil {
				t.Error(err)
			}
			if len(got.mechanisms) == 0 {
				t.Errorf("%s: no mechanism is expected", name)
			}
			for _, p := range got.places {
				if style == "wg" && p.fn == "" {
					t.Errorf("%s: line %d is in no function", name, p.line)
				}
			}
		}
	}
}
