package tail

import "os"

// identity is what the file system tells files apart by, while they exist.
type identity struct {
	device, inode uint64
	born          int64 // when the file was created, in Unix ns: an inode is given again, often at once. 0: unknown
}

// is says that both are of one file, or may be when nobody knows when it was created.
func (i identity) is(o identity) bool {
	return i.device == o.device && i.inode == o.inode && (i.born == o.born || i.born == 0 || o.born == 0)
}

// follows says that the file was created after the other, as a copy of it has
// to be, or that nobody knows: file systems count births in milliseconds.
func (i identity) follows(o identity) bool { return i.born >= o.born || i.born == 0 || o.born == 0 }

// status is what the file system says of a file.
type status struct {
	id      identity
	size    int64 // in bytes
	time    int64 // when it was last written to, in Unix ns
	regular bool
}

func statusOf(id identity, info os.FileInfo) status {
	return status{id, info.Size(), info.ModTime().UnixNano(), info.Mode().IsRegular()}
}
