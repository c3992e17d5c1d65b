package tail

import (
	"os"

	"golang.org/x/sys/windows"
)

// identify is the identity of an open file: its volume's serial number and its index there.
func identify(f *os.File) (identity, os.FileInfo, error) {
	info, err := f.Stat()
	if err != nil {
		return identity{}, nil, err
	}
	var by windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &by); err != nil {
		return identity{}, nil, &os.PathError{Op: "identify", Path: f.Name(), Err: err}
	}
	return identity{device: uint64(by.VolumeSerialNumber), inode: uint64(by.FileIndexHigh)<<32 | uint64(by.FileIndexLow)}, info, nil
}

// stat is what lies at path. Only an open file has an identity here.
func stat(path string) (status, error) {
	f, err := openFile(path)
	if err != nil {
		return status{}, err
	}
	defer func() { _ = f.Close() }()
	id, info, err := identify(f)
	if err != nil {
		return status{}, err
	}
	return statusOf(id, info), nil
}
