package tail

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// statMask is what is asked of a file.
const statMask = unix.STATX_TYPE | unix.STATX_MODE | unix.STATX_INO | unix.STATX_SIZE | unix.STATX_MTIME | unix.STATX_BTIME

// identify is the identity of an open file.
func identify(f *os.File) (identity, os.FileInfo, error) {
	info, err := f.Stat()
	if err != nil {
		return identity{}, nil, err
	}
	var st unix.Statx_t
	if unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, statMask, &st) == nil {
		return identityOf(&st), info, nil
	}
	return oldIdentity(info), info, nil
}

// stat is what lies at path, in one call of the system: a quiet log is asked for it at every look.
func stat(path string) (status, error) {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, 0, statMask, &st)
	for err == unix.EINTR {
		err = unix.Statx(unix.AT_FDCWD, path, 0, statMask, &st)
	}
	switch {
	case err == nil:
		return status{
			id: identityOf(&st), size: int64(st.Size), time: st.Mtime.Sec*1e9 + int64(st.Mtime.Nsec),
			regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
		}, nil
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM): // an old kernel; an old sandbox
		info, err := os.Stat(path)
		if err != nil {
			return status{}, err
		}
		return statusOf(oldIdentity(info), info), nil
	}
	return status{}, &fs.PathError{Op: "stat", Path: path, Err: err}
}

func identityOf(st *unix.Statx_t) identity {
	id := identity{device: unix.Mkdev(st.Dev_major, st.Dev_minor), inode: st.Ino}
	if st.Mask&unix.STATX_BTIME != 0 {
		id.born = st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
	}
	return id
}

// oldIdentity does not know when the file was created.
func oldIdentity(info os.FileInfo) identity {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}
	}
	return identity{device: uint64(s.Dev), inode: s.Ino} //nolint:unconvert // its type differs between architectures
}
