package docker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/engine"
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

// What a cursor keeps comes back, and only as much as is needed.
func TestCursorKeeps(t *testing.T) {
	c := &cursor{tail: -1}
	var lines []seen
	for i := range int64(5000) {
		lines = append(lines, seen{t0 + i*1e6, uint32(i)})
	}
	c.add(lines[:4000], none).Commit()
	c.add(lines[4000:], none)
	text, err := c.keep()
	if err != nil {
		t.Fatal(err)
	}
	r, err := restore(text)
	if err != nil {
		t.Fatal(err)
	}
	if r.newest != lines[3999].time || r.since() != lines[3999].time-window {
		t.Errorf("newest %d, since %d", r.newest-t0, r.since()-t0)
	}
	if diff := cmp.Diff(lines[1999:4000], r.ring, cmp.AllowUnexported(seen{})); diff != "" {
		t.Errorf("(-want +got)\n%.500s", diff)
	}
	if text, _ := c.keep(); text != nil {
		t.Error("nothing has changed, and it was kept again")
	}
	for i := range int64(100_000) {
		c.add([]seen{{t0 + 5e9 + i*1e6, 1}}, none).Commit()
	}
	if len(c.ring) > 6100 {
		t.Errorf("%d lines are remembered, and 3000 are needed", len(c.ring))
	}
}

func FuzzRestore(f *testing.F) {
	f.Add(`{"newest":1700000000000000000,"seen":"AAECAwQ="}`)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := restore([]byte(text)); err == nil {
			c.since()
			c.known()
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
