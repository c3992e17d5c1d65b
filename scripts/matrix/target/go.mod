module matrixtarget

go 1.22
