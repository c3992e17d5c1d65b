package process

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDescribe(t *testing.T) {
	for link, want := range map[string]Descriptor{
		"/var/log/app.log":              {Kind: File, Relation: Within, Name: "/var/log", Path: "/var/log/app.log"},
		"/var/log/app.log (deleted)":    {Kind: File, Relation: Within, Name: "/var/log", Path: "/var/log/app.log"},
		"/":                             {Kind: File, Relation: Within, Name: "/"},
		"/dev/null":                     {Kind: Device, Relation: Named, Name: "/dev/null"},
		"/dev/shm/pool":                 {Kind: File, Relation: Within, Name: "/dev/shm", Path: "/dev/shm/pool"},
		"/memfd:runc_cloned (deleted)":  {Kind: Memfd, Relation: Named, Name: "runc_cloned"},
		"pipe:[4711]":                   {Kind: Pipe},
		"socket:[4711]":                 {Kind: Socket, inode: 4711},
		"socket:[x]":                    {Kind: Socket},
		"anon_inode:[eventpoll]":        {Kind: Epoll},
		"anon_inode:[eventfd]":          {Kind: "eventfd"},
		"anon_inode:[perf_event]":       {Kind: "perf_event"},
		"anon_inode:inotify":            {Kind: "inotify"},
		"anon_inode:[io_uring]":         {Kind: "io_uring"},
		"anon_inode:bpf-map":            {Kind: "bpf-map"},
		"anon_inode:":                   {Kind: Other},
		"pidfd:[12]":                    {Kind: "pidfd"},
		"mnt:[4026531841]":              {Kind: Namespace},
		"":                              {Kind: Other},
		"(unreachable)/run/engine.sock": {Kind: Other},
	} {
		if link == "/" {
			want.Path = "/"
		}
		if got := describe(link); got != want {
			t.Errorf("%q: got %+v, want %+v", link, got, want)
		}
	}
}

// The addresses are those of a machine with this one's byte order.
func TestReadInet(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:1F90 0200007F:C001 08 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 4 30 10 -1
   2: 0100007F:C002 0300007F:01BB 01 00000000:00000000 02:000000AB 00000000  1000        0 13 2 0 20 4 30 10 -1
   3: broken
   4: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:C003 01 0:0 0:0 0 0 0 14 1 0
   5: 00000000000000000000000001000000:C004 00000000000000000000000001000000:0050 06 0:0 0:0 0 0 0 15 1 0
`
	d := []Descriptor{{Kind: Socket, inode: 11}, {Kind: Socket, inode: 12}, {Kind: Socket, inode: 13}, {Kind: Socket, inode: 14}, {Kind: Socket, inode: 15}, {Kind: Socket, inode: 16}, {Kind: Pipe}}
	s := newSockets(d)
	if err := s.readInet(strings.NewReader(table), TCP); err != nil {
		t.Fatal(err)
	}
	s.attach(d)
	want := []Descriptor{
		{Kind: TCP, Relation: Listens, Name: ":8080", State: "listen", inode: 11},
		{Kind: TCP, Relation: Accepted, Name: "127.0.0.1:8080", State: "close-wait", inode: 12},
		{Kind: TCP, Relation: To, Name: "127.0.0.3:443", State: "established", inode: 13},
		{Kind: TCP, Relation: Accepted, Name: "127.0.0.1:8080", State: "established", inode: 14},
		{Kind: TCP, Relation: To, Name: "[::1]:80", State: "time-wait", inode: 15},
		{Kind: Socket, inode: 16},
		{Kind: Pipe},
	}
	if diff := cmp.Diff(want, d, cmp.AllowUnexported(Descriptor{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestReadUnix(t *testing.T) {
	const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 21 /run/a b.sock
0000000000000000: 00000003 00000000 00000000 0001 03 22 /run/a b.sock
0000000000000000: 00000003 00000000 00000000 0001 03 23
0000000000000000: 00000002 00000000 00000000 0002 01 24 @notify
`
	d := []Descriptor{{Kind: Socket, inode: 21}, {Kind: Socket, inode: 22}, {Kind: Socket, inode: 23}, {Kind: Socket, inode: 24}}
	s := newSockets(d)
	if err := s.readUnix(strings.NewReader(table)); err != nil {
		t.Fatal(err)
	}
	s.attach(d)
	want := []Descriptor{
		{Kind: Unix, Relation: Listens, Name: "/run/a b.sock", State: "listen", inode: 21},
		{Kind: Unix, Relation: Accepted, Name: "/run/a b.sock", State: "established", inode: 22},
		{Kind: Unix, State: "established", inode: 23},
		{Kind: Unix, Relation: Bound, Name: "@notify", inode: 24},
	}
	if diff := cmp.Diff(want, d, cmp.AllowUnexported(Descriptor{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// More groups than are kept: the numbers stay whole.
func TestGroupsAreBounded(t *testing.T) {
	var d []Descriptor
	for i := range 400 {
		for range 1 + i%3 {
			d = append(d, Descriptor{Kind: TCP, Relation: To, Name: fmt.Sprintf("10.0.%d.%d:443", i/256, i%256), State: "established"})
		}
	}
	groups := group(d, 2)
	n, nameless := 0, 0
	for _, g := range groups {
		n += g.N
		if g.Name == "" {
			nameless += g.N
		}
	}
	if len(groups) != maxGroups+1 || n != 2*len(d) || nameless != 4*10+2*134 {
		t.Errorf("%d groups of %d, %d without a name; %d descriptors", len(groups), n, nameless, len(d))
	}
}

func TestEveryNth(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6}
	if d := cmp.Diff([]int{0, 3, 6}, everyNth(all, 3)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(all, everyNth(all, 1)); d != "" {
		t.Error(d)
	}
}

func TestOpenFilesLimit(t *testing.T) {
	const head = "Limit                     Soft Limit           Hard Limit           Units     \n"
	for text, want := range map[string]int{
		head + "Max open files            1024                 524288               files     \n": 1024,
		head + "Max open files            unlimited            unlimited            files     \n": 0,
		head: 0,
	} {
		if got := openFilesLimit(text); got != want {
			t.Errorf("%d, want %d in %q", got, want, text)
		}
	}
}

func TestDecodeUsageRefuses(t *testing.T) {
	const good = `{"started":"2026-01-02T03:04:05Z","descriptors":3,"memory_bytes":1,"threads":1,"every":1,"groups":[{"kind":"pipe","n":3}],"later":"field"}`
	if _, err := DecodeUsage(strings.NewReader(good)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "{}", "[]", good[:40], strings.Replace(good, `"n":3`, `"n":-3`, 1), strings.Replace(good, `"kind":"pipe",`, "", 1),
		strings.Replace(good, `:3,"m`, `:-3,"m`, 1), `{"started":"` + strings.Repeat("x", maxUsage) + `"}`} {
		if u, err := DecodeUsage(strings.NewReader(bad)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: %+v, %v", bad, u, err)
		}
	}
}

func FuzzDecodeUsage(f *testing.F) {
	f.Add([]byte(`{"started":"2026-01-02T03:04:05Z","descriptors":3,"groups":[{"kind":"unix","relation":"to","name":"/run/x","n":3,"states":{"listen":1}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := DecodeUsage(strings.NewReader(string(b)))
		if err != nil {
			return
		}
		again, err := u.Encode()
		if err != nil {
			t.Skip() // a year that JSON has no form for
		}
		if _, err := DecodeUsage(strings.NewReader(string(again))); err != nil {
			t.Errorf("%q: %v", again, err)
		}
	})
}

func FuzzSocketTables(f *testing.F) {
	f.Add("heading\n 0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 11 1\n", []byte("\x01\x01\x01\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00\x02\x00\x0c\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, table string, answer []byte) {
		d := []Descriptor{{Kind: Socket, inode: 11}, {Kind: Socket, inode: 12}}
		s := newSockets(d)
		_ = s.readInet(strings.NewReader(table), TCP)
		_ = s.readUnix(strings.NewReader(table))
		_ = s.readOthers(strings.NewReader(table), Packet)
		s.addUnix([]socket{{kind: Unix, inode: 12, local: unixName(answer), peerInode: 11}})
		s.attach(d)
		_ = describe(table)
	})
}
