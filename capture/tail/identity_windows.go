package tail

import (
	"os"

	"golang.org/x/sys/windows"
)

// identity is what the file system tells files apart by, while they exist.
type identity struct{ device, inode uint64 }

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
	return identity{uint64(by.VolumeSerialNumber), uint64(by.FileIndexHigh)<<32 | uint64(by.FileIndexLow)}, info, nil
}

// identifyPath is the identity of what path leads to. Only an open file has one here.
func identifyPath(path string) (identity, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return identity{}, nil, err
	}
	defer func() { _ = f.Close() }()
	return identify(f)
}
