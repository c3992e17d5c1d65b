package process

import (
	"path"
	"strconv"
	"strings"
)

// Kind is what a descriptor is open on.
type Kind string

// The kinds that have a name here. What the kernel makes for one purpose is
// named as the kernel does: eventfd, timerfd, inotify, io_uring and so on.
const (
	File      Kind = "file" // and folders
	Device    Kind = "device"
	Pipe      Kind = "pipe"
	TCP       Kind = "tcp"
	UDP       Kind = "udp"
	Unix      Kind = "unix"
	Netlink   Kind = "netlink"
	Packet    Kind = "packet"
	Raw       Kind = "raw"
	Socket    Kind = "socket" // of a protocol that no table lists, or not connected yet
	Epoll     Kind = "epoll"
	Memfd     Kind = "memfd" // memory with a descriptor
	Namespace Kind = "namespace"
	Other     Kind = "other"
)

// Relation is what a descriptor has to do with the name beside it.
type Relation string

// The relations.
const (
	To       Relation = "to"        // connected to the peer of that name
	Accepted Relation = "accepted"  // a connection that came in at that local name
	Listens  Relation = "listening" // waits there for connections
	Bound    Relation = "bound"     // takes what comes there, from anyone
	Within   Relation = "in"        // a file in that folder
	Named    Relation = "of"        // is what has that name
	Nameless Relation = ""
)

// Descriptor is one open descriptor.
type Descriptor struct {
	FD   int
	Kind Kind
	// Relation and Name say what to or at what: HOST:PORT, the path of a unix
	// socket ("@name" for an abstract one), a folder, a device.
	Relation Relation
	Name     string
	// Path is a file's whole path; "" for what is no file.
	Path string
	// State is a socket's, as "established", "close-wait" or "listen"; "" for others.
	State string
	inode uint64 // of a socket
}

// describe reads what a link in /proc/PID/fd says (proc(5)).
func describe(link string) Descriptor {
	if strings.HasPrefix(link, "/") {
		return describePath(link)
	}
	scheme, rest, _ := strings.Cut(link, ":")
	switch scheme {
	case "pipe":
		return Descriptor{Kind: Pipe}
	case "socket":
		inode, _ := strconv.ParseUint(strings.Trim(rest, "[]"), 10, 64)
		return Descriptor{Kind: Socket, inode: inode}
	case "anon_inode":
		return Descriptor{Kind: anonymous(rest)}
	case "pidfd":
		return Descriptor{Kind: "pidfd"}
	case "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts":
		return Descriptor{Kind: Namespace}
	}
	return Descriptor{Kind: Other}
}

func describePath(link string) Descriptor {
	name := strings.TrimSuffix(link, " (deleted)")
	switch {
	case strings.HasPrefix(name, "/memfd:"):
		return Descriptor{Kind: Memfd, Relation: Named, Name: strings.TrimPrefix(name, "/memfd:")}
	case strings.HasPrefix(name, "/dev/") && !strings.HasPrefix(name, "/dev/shm/"):
		return Descriptor{Kind: Device, Relation: Named, Name: name}
	}
	return Descriptor{Kind: File, Relation: Within, Name: path.Dir(name), Path: name}
}

// anonymous names what has neither path nor number: "[eventpoll]", "inotify".
func anonymous(name string) Kind {
	name = strings.Trim(name, "[]")
	name, _, _ = strings.Cut(name, ":")
	switch name {
	case "eventpoll":
		return Epoll
	case "":
		return Other
	}
	return Kind(name)
}

// attach says of a socket's descriptor what the kernel's tables know of it.
func (d *Descriptor) attach(s socket) {
	d.Kind, d.State = s.kind, s.state
	switch {
	case s.state == stateListen:
		d.Relation, d.Name = Listens, s.local
	case s.incoming:
		d.Relation, d.Name = Accepted, s.local
	case s.peer != "":
		d.Relation, d.Name = To, s.peer
	case s.local != "":
		d.Relation, d.Name = Bound, s.local
	}
}
