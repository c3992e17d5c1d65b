// Package quota knows how much each caller may ask for.
package quota

import "fmt"

// Table holds the searches a caller has left for today.
type Table map[string]int

// Admit returns an error for a caller who has none left.
func (t Table) Admit(caller string) error {
	if t[caller] == 0 {
		return fmt.Errorf("%s is over quota", caller)
	}
	return nil
}
