package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// hold opens what its arguments name and keeps it: "file:PATH",
// "tcp:HOST:PORT", "unix:PATH", "udp:HOST:PORT", "listen:unix:PATH",
// "listen:tcp:HOST:PORT" and takes one connection, "pipe:", "eventfd:",
// "memfd:NAME", "pair:". It leaves everything open when it returns.
func hold(things []string) error {
	for _, thing := range things {
		kind, name, _ := strings.Cut(thing, ":")
		if err := holdOne(kind, name); err != nil {
			return fmt.Errorf("%s: %w", thing, err)
		}
	}
	return nil
}

func holdOne(kind, name string) error {
	switch kind {
	case "file":
		return held(unix.Open(name, unix.O_RDONLY, 0))
	case "pipe":
		var fds [2]int
		return unix.Pipe(fds[:])
	case "eventfd":
		return held(unix.Eventfd(0, 0))
	case "memfd":
		return held(unix.MemfdCreate(name, 0))
	case "pair":
		_, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		return err
	case "socket":
		return held(unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0))
	case "netlink":
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, 0)
		if err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	case "listen":
		network, address, _ := strings.Cut(name, ":")
		l, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		fmt.Println(l.Addr())
		for range 2 {
			conn, err := l.Accept()
			if err != nil {
				return err
			}
			if err := held(descriptorOf(conn)); err != nil {
				return err
			}
			conn.Close()
		}
		return held(descriptorOf(l))
	}
	conn, err := net.Dial(kind, name)
	if err != nil {
		return err
	}
	defer conn.Close() // a duplicate stays
	return held(descriptorOf(conn))
}

func held(fd int, err error) error { return err }

// descriptorOf is a duplicate that no finalizer closes.
func descriptorOf(of any) (int, error) {
	f, err := of.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return unix.Dup(int(f.Fd()))
}

// accepting is a server that keeps what it accepts.
type accepting struct {
	net.Listener
	taken chan struct{} // one for each
}

// take waits for n connections: before it was accepted, one has no other end
// that the kernel would name.
func (a accepting) take(n int) {
	for range n {
		<-a.taken
	}
}

// server accepts for the length of the test.
func server(t *testing.T, network, address string) accepting {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	done, taken := make(chan struct{}), make(chan struct{}, 16)
	go func() {
		defer close(done)
		var conns []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				for _, c := range conns {
					c.Close()
				}
				return
			}
			conns = append(conns, conn)
			taken <- struct{}{}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return accepting{l, taken}
}

// usage is what a part holds beyond what one holds that was asked for nothing.
func usage(t *testing.T, p *Process) Usage {
	t.Helper()
	u, err := p.Usage(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Warnings) > 0 || u.Memory < 1<<20 || u.Threads < 2 || u.Every != 1 {
		t.Errorf("%+v", u)
	}
	sum := 0
	for _, g := range u.Groups {
		sum += g.N
	}
	if sum != u.Descriptors {
		t.Errorf("%d descriptors in the groups, %d in all", sum, u.Descriptors)
	}
	return u
}

// find takes groups out by kind.
func groupsOf(u Usage, kinds ...Kind) []Group {
	var out []Group
	for _, g := range u.Groups {
		for _, k := range kinds {
			if g.Kind == k {
				out = append(out, g)
			}
		}
	}
	return out
}

func TestUsageOfEveryKind(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one file"), filepath.Join(dir, "two")
	for _, name := range []string{one, two} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tcp, tcp6 := server(t, "tcp", "127.0.0.1:0"), server(t, "tcp", "[::1]:0")
	named, abstract := server(t, "unix", filepath.Join(dir, "engine.sock")), server(t, "unix", "@logcap-usage-"+filepath.Base(filepath.Dir(dir)))
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	things := []string{"file:" + two, "file:" + two, "pipe:", "pipe:", "pipe:", "tcp:" + tcp.Addr().String(), "tcp:" + tcp.Addr().String(), "tcp:" + tcp6.Addr().String(),
		"unix:" + named.Addr().String(), "unix:" + named.Addr().String(), "unix:" + named.Addr().String(), "unix:" + abstract.Addr().String(),
		"udp:" + udp.LocalAddr().String(), "memfd:buffer", "file:/dev/null", "pair:", "socket:", "netlink:"}
	plain, full := start(t, "hold", nil), start(t, "hold "+strings.Join(things, " "), nil)
	plain.ready(t)
	full.ready(t)
	named.take(3)
	abstract.take(1)
	base, got := usage(t, open(t, plain.Process.Pid)), usage(t, open(t, full.Process.Pid))
	established := func(n int) map[string]int { return map[string]int{stateEstablished: n} }
	want := []Group{
		{Kind: Unix, Relation: To, Name: named.Addr().String(), N: 3, States: established(3)},
		{Kind: TCP, Relation: To, Name: tcp.Addr().String(), N: 2, States: established(2)},
		{Kind: Unix, N: 2, States: established(2)},
		{Kind: File, Relation: Within, Name: dir, N: 2, Path: two},
		{Kind: Memfd, Relation: Named, Name: "buffer", N: 1},
		{Kind: Netlink, N: 1},
		{Kind: Socket, N: 1},
		{Kind: TCP, Relation: To, Name: tcp6.Addr().String(), N: 1, States: established(1)},
		{Kind: UDP, Relation: To, Name: udp.LocalAddr().String(), N: 1},
		{Kind: Unix, Relation: To, Name: abstract.Addr().String(), N: 1, States: established(1)},
	}
	found := groupsOf(got, Unix, TCP, Memfd, Netlink, Socket, UDP)
	for _, g := range groupsOf(got, File) {
		if g.Name == dir {
			found = append(found, g)
		}
	}
	byGroup := cmp.Transformer("sorted", func(groups []Group) map[string]Group {
		m := map[string]Group{}
		for _, g := range groups {
			m[fmt.Sprint(g.Kind, g.Relation, g.Name)] = g
		}
		return m
	})
	if d := cmp.Diff(want, found, byGroup); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	pipes := func(u Usage) (n int) {
		for _, g := range groupsOf(u, Pipe) {
			n += g.N
		}
		return n
	}
	// The one network descriptor more is the poller's: an epoll and an eventfd at most.
	if p := pipes(got) - pipes(base); p != 6 {
		t.Errorf("%d descriptors of pipes more", p)
	}
	if got.Limit <= 0 || got.Limit != base.Limit {
		t.Errorf("limit %d", got.Limit)
	}
}

// Both ends of connections that came in, and the sockets they came in at.
func TestUsageOfServers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.sock")
	c := start(t, "hold listen:tcp:127.0.0.1:0 listen:unix:"+path, nil)
	for range 2 {
		line, err := c.out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		network, address := "tcp", strings.TrimSpace(line)
		if address == path {
			network = "unix"
		}
		for range 2 {
			conn, err := net.Dial(network, address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
	}
	c.ready(t)
	u := usage(t, open(t, c.Process.Pid))
	for _, g := range u.Groups {
		if g.Kind == TCP && g.Relation == Accepted && g.N == 2 && g.States[stateEstablished] == 2 || g.Kind == Unix && g.Relation == Accepted && g.Name == path && g.N == 2 {
			continue
		}
		if g.Relation == Listens && g.States[stateListen] == g.N && (g.Kind == TCP || g.Name == path) {
			continue
		}
		if g.Kind == TCP || g.Kind == Unix {
			t.Errorf("%+v", g)
		}
	}
	if n := len(groupsOf(u, TCP, Unix)); n != 4 {
		t.Errorf("%d groups of sockets: %+v", n, u.Groups)
	}
}

// In a network of its own a process has sockets that no table of ours lists.
func TestUsageInAnotherNetwork(t *testing.T) {
	root(t)
	path := filepath.Join(t.TempDir(), "engine.sock")
	engine := server(t, "unix", path)
	c := start(t, "hold unix:"+path+" unix:"+path+" netlink:", func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	})
	c.ready(t)
	engine.take(2)
	p := open(t, c.Process.Pid)
	for range 2 { // the second time over the same connection
		u := usage(t, p)
		want := []Group{{Kind: Unix, Relation: To, Name: path, N: 2, States: map[string]int{stateEstablished: 2}}, {Kind: Netlink, N: 1}}
		if d := cmp.Diff(want, groupsOf(u, Unix, Netlink, Socket)); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	}
}

func TestUsageOfTheDead(t *testing.T) {
	c := start(t, "sleep", nil)
	c.ready(t)
	p := open(t, c.Process.Pid)
	_ = c.Process.Kill()
	waitForState(t, c.Process.Pid, Zombie)
	if u, err := p.Usage(context.Background()); !errors.Is(err, ErrZombie) {
		t.Errorf("zombie: %+v, %v", u, err)
	}
	_ = c.Wait()
	if u, err := p.Usage(context.Background()); !errors.Is(err, ErrGone) {
		t.Errorf("gone: %+v, %v", u, err)
	}
}

func TestUsageEnds(t *testing.T) {
	c := start(t, "sleep", nil)
	c.ready(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := open(t, c.Process.Pid).Usage(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestUsageRefused(t *testing.T) {
	root(t)
	c := start(t, "sleep", nil)
	c.ready(t)
	asks := start(t, fmt.Sprintf("usage %d", c.Process.Pid), nobody)
	line, err := asks.out.ReadString('\n')
	if err != nil || !strings.Contains(line, fmt.Sprintf("process %d: its memory may not be read", c.Process.Pid)) {
		t.Errorf("%q, %v", line, err)
	}
}

func TestUsageComesBack(t *testing.T) {
	c := start(t, "hold pipe: netlink:", nil)
	c.ready(t)
	u := usage(t, open(t, c.Process.Pid))
	b, err := u.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeUsage(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(u, *back); d != "" {
		t.Errorf("-encoded +decoded\n%s", d)
	}
}

// BenchmarkUsage asks for what this test holds: plainly, and with 1,000
// connections on both ends.
func BenchmarkUsage(b *testing.B) {
	for _, conns := range []int{0, 1000, 4000} {
		b.Run(fmt.Sprint(conns), func(b *testing.B) {
			for range conns {
				fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
				if err != nil {
					b.Fatal(err)
				}
				defer unix.Close(fds[0])
				defer unix.Close(fds[1])
			}
			p, err := Open(os.Getpid())
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Usage(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
