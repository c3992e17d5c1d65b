package docker

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/record"
)

func TestStamp(t *testing.T) {
	for _, text := range []string{
		"2026-11-24T15:05:21.463594798Z x", "1970-01-01T00:00:00.000000000Z ", "2000-02-29T23:59:59.999999999Z y",
		"2261-12-31T00:00:00.000000001Z z", "2026-11-24T15:05:21Z x", "2026-11-24T15:05:21.5+02:00 x", "1999-12-31T23:59:59.123Z ",
	} {
		ns, n, ok := stamp([]byte(text))
		want, err := time.Parse(time.RFC3339Nano, text[:n-1])
		if !ok || err != nil || ns != want.UnixNano() {
			t.Errorf("%q: %d, %d, %v; want %d (%v)", text, ns, n, ok, want.UnixNano(), err)
		}
	}
	for _, text := range []string{"", " ", "2026-11-24T15:05:21.463594798Z", "2026-13-24T15:05:21.463594798Z x", "2026-11-24 15:05:21.463594798Z x", "no stamp at all, but quite long text"} {
		if _, _, ok := stamp([]byte(text)); ok {
			t.Errorf("%q was taken for a timestamp", text)
		}
	}
}

// The fast way agrees with the library for every text of the form.
func FuzzStamp(f *testing.F) {
	f.Add("2026-11-24T15:05:21.463594798Z")
	f.Add("2024-02-30T00:00:00.000000000Z")
	f.Fuzz(func(t *testing.T, text string) {
		ns, _, ok := stamp([]byte(text + " "))
		want, err := time.Parse(time.RFC3339Nano, text)
		if err == nil && ok && len(text) == stampLen && want.Year() >= 1970 && want.Year() < 2262 && ns != want.UnixNano() {
			t.Errorf("%q: %d, want %d", text, ns, want.UnixNano())
		}
	})
}

// What a cursor keeps comes back.
func TestCursorKeeps(t *testing.T) {
	c := &cursor{tail: -1, begin: 7}
	a := newAssembly(&Source{opt: Options{MaxLine: 100, Now: time.Now}}, c)
	b := (&record.Pool{}).Get(&record.Origin{}, 100)
	a.take(b, record.Stdout, t0, []byte("a\n"), 0)
	a.take(b, record.Stdout, t0, []byte("b\n"), 0)
	a.take(b, record.Stderr, t0-5, []byte("fragment"), 0)
	a.take(b, record.Stdout, t0+9, []byte("c\n"), 0)
	a.position().Commit()
	text, err := c.keep()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"since":1699999999999999995,"begin":7,"stdout":{"time":1700000000000000009,"count":1}}`
	if string(text) != want {
		t.Errorf("kept %s, want %s", text, want)
	}
	r, err := restore(text)
	if err != nil {
		t.Fatal(err)
	}
	since, known := r.resume(t0+1e9, 0)
	if diff := cmp.Diff(marks{of: [2]mark{{Time: t0 + 9, Count: 1}}}, known, cmp.AllowUnexported(marks{})); diff != "" || since != t0-5-restartWindow {
		t.Errorf("since %d; (-want +got)\n%s", since-t0, diff)
	}
	if text, _ := c.keep(); text != nil {
		t.Error("nothing has changed, and it was kept again")
	}
}

// What was written after the engine's clock was set back has earlier times than what was read: it is asked for too.
func TestClockSetBack(t *testing.T) {
	for _, tt := range []struct {
		name     string
		restored bool
		now      int64
		back     time.Duration
		want     int64
	}{
		{"an hour later", false, 3600e9, 0, -window},
		{"our own clock is a little ahead", false, -5e8, 0, -window},
		{"set back for good", false, -5e9, 0, 1 - t0},
		{"set back, and gone on meanwhile", false, 60e9, 20 * time.Second, -window - 20e9},
		{"set back for good while we were away", true, -5e9, 0, 1 - t0},
		{"perhaps, while we were away", true, 60e9, 0, -restartWindow},
	} {
		c := &cursor{tail: -1}
		c.sent(marks{}, t0, t0)
		if tt.restored {
			c = &cursor{tail: -1, next: t0, window: restartWindow}
		}
		since, _ := c.resume(t0+tt.now, tt.back)
		if since-t0 != tt.want {
			t.Errorf("%s: since %d, want %d", tt.name, since-t0, tt.want)
		}
		if again, _ := c.resume(t0+tt.now+60e9, tt.back); !strings.Contains(tt.name, "for good") && again != since {
			t.Errorf("%s: nothing came, and then it is asked since %d", tt.name, again-t0)
		}
		c.sent(marks{}, t0+7000e9, t0)
		if since, _ := c.resume(t0+7000e9, tt.back); since != t0+7000e9-window {
			t.Errorf("%s: when later lines have come, since %d", tt.name, since-t0)
		}
	}
}

func FuzzRestore(f *testing.F) {
	f.Add(`{"since":1700000000000000000,"stdout":{"time":1700000000000000000,"count":2}}`)
	f.Add(`{"begin":5,"file":{"device":1,"inode":2,"offset":3,"stderr":{"time":4,"count":1}},"past":true}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := restore([]byte(text))
		if err != nil {
			return
		}
		since, known := c.resume(t0, 0)
		if since < 0 || known.of[0].Time < 0 || known.of[1].Time < 0 {
			t.Errorf("since %d, known %+v", since, known)
		}
		c.changed = true
		again, err := c.keep()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := restore(again); err != nil {
			t.Errorf("%s was kept, and cannot be read: %v", again, err)
		}
	})
}

func TestSelection(t *testing.T) {
	c := engine.Container{ID: "0123456789ab", Name: "shop-web-1", Image: "registry/shop/web:1.2", Labels: map[string]string{"tier": "front", projectLabel: "shop"}}
	for filter, want := range map[string]bool{
		"": true, "name=shop-*": true, "shop-web-1": true, "name=db": false, "id=0123": true, "image=web": true, "image=web:1.2": true, "image=registry/*": true,
		"image=db": false, "label=tier": true, "label=tier=front": true, "label=tier=back": false, "project=shop": true, "service=web": false,
		"name=db,name=shop*": true, "name=shop*,image=db": false, "!name=shop*": false, "!name=db": true, "name=shop*,!label=tier=front": false,
	} {
		var filters []string
		if filter != "" {
			filters = []string{filter}
		}
		s, err := ParseSelection(filters)
		if err != nil || s.Selects(c) != want {
			t.Errorf("%q: %v, %v, want %v", filter, s.Selects(c), err, want)
		}
	}
	for _, filter := range []string{"name=", "nmae=x", "a b", ",", "name=[x", "label="} {
		if _, err := ParseSelection([]string{filter}); err == nil {
			t.Errorf("%q was taken", filter)
		}
	}
}

func TestOwnID(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	inside := "36 35 8:1 /var/lib/docker/containers/" + id + "/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"
	outside := "36 35 8:1 / /var/lib/docker/containers/" + id + "/mounts/shm rw - tmpfs shm rw\n37 35 8:1 /x /etc/hostname rw - ext4 x rw\n"
	if got := ownID([]byte(inside)); got != id {
		t.Errorf("inside: %q", got)
	}
	if got := ownID([]byte(outside)); got != "" {
		t.Errorf("outside: %q", got)
	}
}
