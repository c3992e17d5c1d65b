package analyze

import (
	"regexp"
	"testing"

	"github.com/logcap/logcap/analyze/goroutine"
)

func TestFingerprintSurvivesEdits(t *testing.T) {
	base := Fingerprint(goroutine.Site{Func: "example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start.func1", File: "/a/server.go", Line: 10})
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(base) {
		t.Fatalf("fingerprint %q is not 16 hexadecimal digits", base)
	}
	same := map[string]goroutine.Site{
		"line and file":       {Func: "example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start.func1", File: "/b/other.go", Line: 99},
		"closure number":      {Func: "example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start.func12"},
		"nested closure":      {Func: "example.com/shop.(*Server).Start.func1", Entry: "example.com/shop.(*Server).Start.func1.2"},
		"gowrap":              {Func: "example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start.gowrap3"},
		"deferwrap":           {Func: "example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start.deferwrap1"},
		"range body":          {Func: "example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start-range1"},
		"range in closure":    {Func: "example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start.func2-range1"},
		"method value":        {Func: "example.com/shop.(*Server).Start-fm", Entry: "example.com/shop.(*Server).Start.func1"},
		"vendored":            {Func: "big.org/mono/vendor/example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start.func1"},
		"vendored by std":     {Func: "vendor/example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).Start.func1"},
		"entry alone (proto)": {Func: "example.com/shop.(*Server).Start.func1", Entry: "example.com/shop.(*Server).Start.func1"},
	}
	for what, site := range same {
		t.Run(what, func(t *testing.T) {
			if got := Fingerprint(site); got != base {
				t.Errorf("%s changed it: %s, was %s", what, got, base)
			}
		})
	}
	other := map[string]goroutine.Site{
		"another method":                  {Func: "example.com/shop.(*Server).Stop", Entry: "example.com/shop.(*Server).Stop.func1"},
		"another entry":                   {Func: "example.com/shop.(*Server).Start", Entry: "example.com/shop.(*Server).loop"},
		"another package":                 {Func: "example.com/store.(*Server).Start", Entry: "example.com/store.(*Server).Start.func1"},
		"a name that only ends in digits": {Func: "example.com/shop.(*Server).Start2", Entry: "example.com/shop.(*Server).Start2"},
	}
	for what, site := range other {
		t.Run(what, func(t *testing.T) {
			if got := Fingerprint(site); got == base {
				t.Errorf("%s has the same fingerprint", what)
			}
		})
	}
}

func TestFingerprintOfTypeArguments(t *testing.T) {
	a := Fingerprint(goroutine.Site{Func: "p.run[go.shape.string]", Entry: "p.run[go.shape.string].func1"})
	b := Fingerprint(goroutine.Site{Func: "p.run[...]", Entry: "p.run[...].func2"})
	if a != b {
		t.Errorf("type arguments changed the fingerprint: %s and %s", a, b)
	}
}

func TestFingerprintOfGlobalClosure(t *testing.T) {
	if got := stableName("main.glob..func3"); got != "main.glob" {
		t.Errorf("stableName = %q, want main.glob", got)
	}
}
