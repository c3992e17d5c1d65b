package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxDescriptors is how many a Usage looks at; of more it takes every so
// manyth. One costs about 10 µs when it is a socket, so this is a tenth of a second.
const maxDescriptors = 10_000

// Descriptors lists every open descriptor, by number, with the peers of
// sockets as far as the system tells. It needs the right to read the process;
// warnings say what could not be asked beyond that.
func (p *Process) Descriptors(ctx context.Context) (all []Descriptor, warnings []string, err error) {
	numbers, err := p.numbers()
	if err != nil {
		return nil, nil, err
	}
	return p.describeAll(ctx, numbers)
}

// Usage counts what the process holds. It takes about a millisecond for a
// hundred descriptors; the process is not stopped.
func (p *Process) Usage(ctx context.Context) (Usage, error) {
	numbers, err := p.numbers()
	if err != nil {
		return Usage{}, err
	}
	u := Usage{Descriptors: len(numbers), Every: 1 + (len(numbers)-1)/maxDescriptors}
	descriptors, warnings, err := p.describeAll(ctx, everyNth(numbers, u.Every))
	if err != nil {
		return Usage{}, err
	}
	u.Groups, u.Warnings = group(descriptors, u.Every), warnings
	st, err := p.stat()
	if err != nil {
		return Usage{}, err
	}
	u.Memory, u.Threads = st.rss*int64(os.Getpagesize()), st.threads
	u.Started, u.Limit = startTime(st.start).UTC(), openFilesLimit(p.text("limits"))
	return u, nil
}

// numbers are the open descriptors.
func (p *Process) numbers() ([]int, error) {
	dir, err := p.open("fd")
	if err != nil {
		return nil, p.failed(err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, p.failed(err)
	}
	numbers := make([]int, 0, len(names))
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	if len(numbers) == 0 { // so it looks while a process ends
		if err := p.Alive(); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

func (p *Process) describeAll(ctx context.Context, numbers []int) ([]Descriptor, []string, error) {
	all := make([]Descriptor, 0, len(numbers))
	for i, n := range numbers {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		link, err := p.link("fd/" + strconv.Itoa(n))
		if errors.Is(err, unix.ENOENT) { // closed meanwhile
			continue
		}
		if err != nil {
			return nil, nil, p.failed(err)
		}
		d := describe(link)
		d.FD = n
		all = append(all, d)
	}
	s := newSockets(all)
	warnings, err := p.readTables(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	s.attach(all)
	return all, warnings, nil
}

// readTables asks the socket tables of the process's network until everything
// is found.
func (p *Process) readTables(ctx context.Context, s *sockets) (warnings []string, err error) {
	if len(s.wanted) == 0 {
		return nil, nil
	}
	all, err := p.askUnix(ctx)
	s.addUnix(all)
	if err != nil {
		warnings = append(warnings, fmt.Sprintf("the peers of unix sockets are not known: %v", err))
	}
	for _, table := range []struct {
		name string
		read func(io.Reader) error
	}{
		{"net/tcp", func(r io.Reader) error { return s.readInet(r, TCP) }},
		{"net/tcp6", func(r io.Reader) error { return s.readInet(r, TCP) }},
		{"net/udp", func(r io.Reader) error { return s.readInet(r, UDP) }},
		{"net/udp6", func(r io.Reader) error { return s.readInet(r, UDP) }},
		{"net/unix", s.readUnix},
		{"net/netlink", func(r io.Reader) error { return s.readOthers(r, Netlink) }},
		{"net/packet", func(r io.Reader) error { return s.readOthers(r, Packet) }},
		{"net/raw", func(r io.Reader) error { return s.readInet(r, Raw) }},
		{"net/raw6", func(r io.Reader) error { return s.readInet(r, Raw) }},
	} {
		if len(s.wanted) == 0 {
			break
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := p.readTable(table.name, table.read); err != nil {
			warnings = append(warnings, fmt.Sprintf("%s cannot be read: %v", table.name, err))
		}
	}
	return warnings, nil
}

// readTable reads one table; a kernel without the protocol has none.
func (p *Process) readTable(name string, read func(io.Reader) error) error {
	f, err := p.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.Unwrap(err)
	}
	defer f.Close()
	return read(f)
}
