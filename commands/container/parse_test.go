package container

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestParseRef(t *testing.T) {
	for in, want := range map[string]Ref{"web": {"web", 0}, "web:6060": {"web", 6060}, "shop-web-1:1": {"shop-web-1", 1}} {
		if got, err := ParseRef(in); got != want || err != nil {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	for in, words := range map[string]string{"": "missing", ":1": "missing", "web:": `port is ""`, "web:0": `port is "0"`, "web:x": `port is "x"`, "web:65536": `"65536"`} {
		if _, err := ParseRef(in); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestLastID(t *testing.T) {
	a, b := strings.Repeat("0123456789abcdef", 4), strings.Repeat("fedcba9876543210", 4)
	for in, want := range map[string]string{
		"0::/\n": "",
		"0::/user.slice/user-1000.slice/session-1.scope":       "",
		"4:memory:/docker/" + a + "\n0::/\n":                   a,
		"0::/system.slice/docker-" + a + ".scope\n":            a,
		"0::/../docker-" + a + ".scope\n":                      a,
		"0::/machine.slice/libpod-" + a + ".scope/container\n": a,
		"0::/docker/" + a + "/docker/" + b + "\n":              b, // a container in a container
		"0::/docker/" + a + "/init.scope":                      a,
		"0::/docker/" + a + "0\n":                              "", // 65 digits are no id
		"0::/docker/" + a[:63] + "\n":                          "",
	} {
		if got := lastID([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestParseStat(t *testing.T) {
	const rest = " 7 70 70 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 4242 1 2\n"
	for _, name := range []string{"web", "a b", "a) S 1 (b", ""} {
		got, err := parseStat([]byte("12 (" + name + ") S" + rest))
		if err != nil || got != (stat{7, 4242}) {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "12 web S 7", "12 (web) S 7 70", "12 (web) S x" + rest[2:]} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

// words are an address as the kernel of this machine prints it.
func words(a netip.AddrPort, state string) string {
	raw := a.Addr().AsSlice()
	text := ""
	for i := 0; i < len(raw); i += 4 {
		text += fmt.Sprintf("%08X", binary.NativeEndian.Uint32(raw[i:]))
	}
	return fmt.Sprintf("   0: %s:%04X 00000000:0000 %s 00000000:00000000 00:00000000 00000000     0        0 30014 2 0000000000000000\n", text, a.Port(), state)
}

const titles = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

func TestParseListening(t *testing.T) {
	at := netip.MustParseAddrPort
	text := titles + words(at("127.0.0.1:6060"), "0A") + words(at("172.17.0.2:41000"), "01") + words(at("[::]:80"), "0A") + words(at("[2001:db8::1]:81"), "0A")
	got, err := parseListening([]byte(text))
	want := []netip.AddrPort{at("127.0.0.1:6060"), at("[::]:80"), at("[2001:db8::1]:81")}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	for _, bad := range []string{"x\n", "0: 0100007F 0:0 0A\n", "0: 010000:17AC 0:0 0A\n", "0: 0100007F:17ACC 0:0 0A\n"} {
		if got, err := parseListening([]byte(titles + bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func FuzzParseListening(f *testing.F) {
	f.Add([]byte(titles + words(netip.MustParseAddrPort("127.0.0.1:6060"), "0A")))
	f.Add([]byte(titles + words(netip.MustParseAddrPort("[::1]:6060"), "0A")))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := parseListening(text)
		for _, a := range all {
			if err == nil && !a.IsValid() {
				t.Errorf("%v is no address", a)
			}
		}
	})
}

// What is read from one process must not name another: a stat line is read from its last parenthesis.
func FuzzParseStat(f *testing.F) {
	f.Add("web")
	f.Add("a) S 1 (b")
	f.Fuzz(func(t *testing.T, name string) {
		got, err := parseStat([]byte("12 (" + name + ") S 7 70 70 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 4242 1 2\n"))
		if err != nil || got != (stat{7, 4242}) {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	})
}
