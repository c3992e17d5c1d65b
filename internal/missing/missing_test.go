package missing

import (
	"fmt"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// told remembers how a test was ended.
type told struct{ skip, fatal string }

func (*told) Helper()                     {}
func (s *told) Skipf(f string, a ...any)  { s.skip = fmt.Sprintf(f, a...) }
func (s *told) Fatalf(f string, a ...any) { s.fatal = fmt.Sprintf(f, a...) }

func TestPart(t *testing.T) {
	for _, tt := range []struct {
		env  string
		want told
	}{
		{"", told{skip: "docker is missing: no engine at docker.sock"}},
		{"toolchains", told{skip: "docker is missing: no engine at docker.sock"}},
		{"toolchains, docker", told{fatal: "docker is missing, and LOGCAP_REQUIRE requires it: no engine at docker.sock"}},
	} {
		t.Run(tt.env, func(t *testing.T) {
			t.Setenv(Env, tt.env)
			var got told
			Part(&got, Docker, "no engine at docker.sock")
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestPlatform(t *testing.T) {
	var other, same told
	Platform(&other, "windows", "linux", "darwin")
	Platform(&same, "linux", "linux", "darwin")
	if want := "runs on linux, darwin only"; other.skip != want {
		t.Errorf("got %q, want %q", other.skip, want)
	}
	if same != (told{}) {
		t.Errorf("a test for this platform was ended: %+v", same)
	}
}
