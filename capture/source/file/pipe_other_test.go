//go:build !unix

package file_test

func (b *bench) pipe(string) { b.Helper(); b.Skip("there are no pipes among the files here") }
