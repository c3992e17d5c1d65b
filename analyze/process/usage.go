package process

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Usage is what a process holds at one moment, small enough to keep every few
// seconds. Its JSON is the body of a recording's "process" scrape.
type Usage struct {
	// Started tells one process from the next: when it was started.
	Started time.Time `json:"started"`
	// Descriptors is how many are open, Limit how many may be (the soft
	// RLIMIT_NOFILE); 0 for no limit.
	Descriptors int `json:"descriptors"`
	Limit       int `json:"descriptor_limit,omitempty"`
	// Memory is the resident set in bytes.
	Memory  int64 `json:"memory_bytes"`
	Threads int   `json:"threads"`
	// Every is 1 when all descriptors were looked at; of very many only every
	// so manyth is, and the numbers of the groups are multiplied.
	Every int `json:"every"`
	// Groups are the open descriptors, most numerous first.
	Groups []Group `json:"groups"`
	// Warnings are what could not be asked, one line each.
	Warnings []string `json:"warnings,omitempty"`
}

// Group is the descriptors of one kind that have to do with one name.
type Group struct {
	Kind     Kind     `json:"kind"`
	Relation Relation `json:"relation,omitempty"`
	Name     string   `json:"name,omitempty"`
	N        int      `json:"n"`
	// Path is the file's when all of the group are open on one; "" otherwise.
	Path string `json:"path,omitempty"`
	// States counts sockets by state.
	States map[string]int `json:"states,omitempty"`
}

// maxGroups bounds a Usage. Where there are more, the smallest are added up,
// kind by kind, in groups without a name.
const maxGroups = 256

// group adds descriptors up. every is what each stands for.
func group(descriptors []Descriptor, every int) []Group {
	type key struct {
		kind     Kind
		relation Relation
		name     string
	}
	at := map[key]int{}
	var groups []Group
	for _, d := range descriptors {
		k := key{d.Kind, d.Relation, d.Name}
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k] = i
			groups = append(groups, Group{Kind: d.Kind, Relation: d.Relation, Name: d.Name, Path: d.Path})
		}
		g := &groups[i]
		g.N += every
		if g.Path != d.Path {
			g.Path = ""
		}
		if d.State != "" {
			if g.States == nil {
				g.States = map[string]int{}
			}
			g.States[d.State] += every
		}
	}
	slices.SortFunc(groups, compareGroups)
	return lump(groups)
}

func compareGroups(a, b Group) int {
	return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Name, b.Name))
}

// lump adds the smallest groups up when there are too many.
func lump(groups []Group) []Group {
	if len(groups) <= maxGroups {
		return groups
	}
	kept := groups[:maxGroups]
	rest := map[Kind]int{}
	for _, g := range groups[maxGroups:] {
		rest[g.Kind] += g.N
	}
	for kind, n := range rest {
		kept = append(kept, Group{Kind: kind, N: n})
	}
	slices.SortFunc(kept, compareGroups)
	return kept
}

// Encode is the body of a recording's scrape.
func (u Usage) Encode() ([]byte, error) { return json.Marshal(u) }

// maxUsage bounds a body in bytes: 256 groups with names of 4 KB.
const maxUsage = 4 << 20

// DecodeUsage reads what Encode wrote. Fields it does not know are passed over.
func DecodeUsage(r io.Reader) (*Usage, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxUsage+1))
	if err != nil {
		return nil, fmt.Errorf("read process usage: %w", err)
	}
	var u Usage
	switch err := json.Unmarshal(b, &u); {
	case len(b) > maxUsage:
		return nil, fmt.Errorf("read process usage: longer than %d bytes", maxUsage)
	case err != nil:
		return nil, fmt.Errorf("read process usage: %w", err)
	case u.Started.IsZero():
		return nil, errors.New("read process usage: no start of a process in it")
	case u.Descriptors < 0 || u.Limit < 0 || u.Memory < 0 || u.Threads < 0:
		return nil, errors.New("read process usage: a negative number")
	}
	for _, g := range u.Groups {
		if g.N < 0 || g.Kind == "" {
			return nil, fmt.Errorf("read process usage: a group of %d of kind %q", g.N, g.Kind)
		}
	}
	return &u, nil
}

// everyNth keeps the first of every n.
func everyNth(numbers []int, n int) []int {
	if n <= 1 {
		return numbers
	}
	kept := numbers[:0:0]
	for i := 0; i < len(numbers); i += n {
		kept = append(kept, numbers[i])
	}
	return kept
}
