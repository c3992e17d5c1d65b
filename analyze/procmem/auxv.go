package procmem

import "errors"

// Kinds of entries of the auxiliary vector (elf.h).
const (
	atEntry  = 9  // AT_ENTRY: where the process began to run
	atExecFn = 31 // AT_EXECFN: address of the path it was started by
)

// entryIn finds AT_ENTRY in an auxiliary vector of a 64-bit process.
func entryIn(aux []byte) (uint64, error) {
	for ; len(aux) >= 16; aux = aux[16:] {
		if word(aux, 0) == atEntry {
			return word(aux, 8), nil
		}
	}
	return 0, errors.New("its auxiliary vector does not tell where it began: it is beginning or ending, or a zombie")
}
