module logcap.test/dumps

go 1.21
