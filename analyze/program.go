package analyze

import (
	"path"
	"strings"
)

// mainOf tells programs apart by the file of main.main, of whose path the last
// folder and the name are kept: another machine builds in other places. A
// checkout's folder may be called anything, so a difference is worth a word and
// no verdict. "" when main is not in the watch.
func mainOf(a *Analysis) string {
	for _, line := range a.Inventory {
		if line.Site.Entry != "main.main" {
			continue
		}
		file := strings.ReplaceAll(line.Site.File, "\\", "/")
		return path.Join(path.Base(path.Dir(file)), path.Base(file))
	}
	return ""
}
