package goroutine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeader(t *testing.T) {
	tests := []struct {
		line string
		want header
	}{
		{"goroutine 7 [chan receive]:", header{7, headerTail{state: "chan receive"}}},
		{"goroutine 7 [chan receive, 3 minutes]:", header{7, headerTail{state: "chan receive", wait: 3}}},
		{"goroutine 7 [select, 1440 minutes, locked to thread]:", header{7, headerTail{state: "select", wait: 1440, locked: true}}},
		{"goroutine 7 [syscall, locked to thread]:", header{7, headerTail{state: "syscall", locked: true}}},
		{"goroutine 7 [runnable (scan)]:", header{7, headerTail{state: "runnable"}}},
		{"goroutine 7 [chan send (leaked)]:", header{7, headerTail{state: "chan send", leaked: true}}},
		{"goroutine 7 [chan receive (nil chan) (leaked) (scan)]:", header{7, headerTail{state: "chan receive (nil chan)", leaked: true}}},
		{"goroutine 7 [select (no cases)]:", header{7, headerTail{state: "select (no cases)"}}},
		{"goroutine 7 [sync.WaitGroup.Wait (durable), 2 minutes, synctest bubble 5]:", header{7, headerTail{state: "sync.WaitGroup.Wait", wait: 2}}},
		{"goroutine 7 [select (durable), synctest bubble 5]:", header{7, headerTail{state: "select"}}},
		{`goroutine 7 [select labels:{"k": "v"}]:`, header{7, headerTail{state: "select", labels: map[string]string{"k": "v"}}}},
		{`goroutine 7 [select, 3 minutes labels:{"k": "a]: b", "q\"": "x, 9 minutes"}]:`,
			header{7, headerTail{state: "select", wait: 3, labels: map[string]string{"k": "a]: b", `q"`: "x, 9 minutes"}}}},
		{`goroutine 7 [select] {k: "a b"}:`, header{7, headerTail{state: "select", labels: map[string]string{"k": "a b"}}}},
		{`goroutine 7 [IO wait, 5 minutes] {a/b.c: d_1, "}": "\x1b\n<script>|"}:`,
			header{7, headerTail{state: "IO wait", wait: 5, labels: map[string]string{"a/b.c": "d_1", "}": "\x1b\n<script>|"}}}},
		{"goroutine 7 gp=0xc000007880 m=nil [GC worker (idle)]:", header{7, headerTail{state: "GC worker (idle)"}}},
		{"goroutine 7 gp=0xc000007880 m=4 mp=0xc000100008 [running, locked to thread]:", header{7, headerTail{state: "running", locked: true}}},
		{"goroutine 7 [chan receive, something of a later Go]:", header{7, headerTail{state: "chan receive"}}},
	}
	for _, tt := range tests {
		got, ok := parseHeader([]byte(tt.line))
		if !ok {
			t.Errorf("%s: not read", tt.line)
			continue
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(header{}, headerTail{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.line, diff)
		}
		// The fast path takes the minutes out; it must come to the same.
		_, rest, _ := cutHeaderID([]byte(tt.line))
		before, minutes, after := cutMinutes(rest)
		tail, ok := parseHeaderTail([]byte(string(before) + string(after)))
		tail.wait += minutes
		if !ok || !cmp.Equal(tail, tt.want.headerTail, cmp.AllowUnexported(headerTail{})) {
			t.Errorf("%s: without minutes it is %+v (%d minutes)", tt.line, tail, minutes)
		}
	}
	for _, line := range []string{
		"", "goroutine ", "goroutine 7", "goroutine 7 [", "goroutine x [select]:", "goroutine 7 select]:", "goroutine 7 [select", "goroutine 7 [select]",
		"goroutine -7 [select]:", "goroutine 99999999999999999999 [select]:", `goroutine 7 [select labels:{"k": ]:`, `goroutine 7 [select] {k}:`, "goroutine 7 gp=0x1 m=2",
	} {
		if h, ok := parseHeader([]byte(line)); ok {
			t.Errorf("%q is read as %+v", line, h)
		}
	}
}
