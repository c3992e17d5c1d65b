package docker

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/logcap/logcap/capture/engine"
)

// Selection says which containers are collected: those that each kind of
// include has a match for, without those that any exclude matches. The zero value is all.
type Selection struct {
	include map[string][]term
	exclude []term
}

// term is one condition.
type term struct{ kind, key, glob string }

// kinds of conditions.
var kinds = []string{"name", "id", "image", "label", "project", "service"}

// Labels in which docker compose says what a container belongs to.
const (
	projectLabel = "com.docker.compose.project"
	serviceLabel = "com.docker.compose.service"
)

// FilterError is a filter that cannot be read.
type FilterError struct{ Filter, Text string }

func (e *FilterError) Error() string {
	return fmt.Sprintf("select containers by %q: %s", e.Filter, e.Text)
}

// Hint is the next step.
func (e *FilterError) Hint() string {
	return "write name=web*, image=*/api:*, label=tier=front, project=shop, service=db or id=…; joined by commas, ! before one excludes"
}

// ParseSelection reads filters of the form name=web*,label=tier=front,!image=*debug*.
func ParseSelection(filters []string) (Selection, error) {
	s := Selection{include: map[string][]term{}}
	for _, filter := range filters {
		for part := range strings.SplitSeq(filter, ",") {
			text, not := strings.CutPrefix(strings.TrimSpace(part), "!")
			kind, value, ok := strings.Cut(text, "=")
			switch {
			case !ok && text != "" && !strings.ContainsAny(text, " \t"):
				kind, value = "name", text // what people mean by a bare word
			case !ok || value == "":
				return s, &FilterError{filter, fmt.Sprintf("%q has no value", part)}
			case !slices.Contains(kinds, kind):
				return s, &FilterError{filter, fmt.Sprintf("there is no %q", kind)}
			}
			t := term{kind: kind, glob: value}
			if kind == "label" {
				var has bool
				if t.key, t.glob, has = strings.Cut(value, "="); !has {
					t.glob = "*"
				}
			}
			if !doublestar.ValidatePattern(t.glob) {
				return s, &FilterError{filter, fmt.Sprintf("%q is no glob", t.glob)}
			}
			if not {
				s.exclude = append(s.exclude, t)
			} else {
				s.include[t.kind+t.key] = append(s.include[t.kind+t.key], t)
			}
		}
	}
	return s, nil
}

// Selects says whether a container is one of them.
func (s Selection) Selects(c engine.Container) bool {
	for _, terms := range s.include {
		if !slices.ContainsFunc(terms, func(t term) bool { return t.matches(c) }) {
			return false
		}
	}
	return !slices.ContainsFunc(s.exclude, func(t term) bool { return t.matches(c) })
}

func (t term) matches(c engine.Container) bool {
	switch t.kind {
	case "name":
		return glob(t.glob, c.Name)
	case "id":
		return strings.HasPrefix(c.ID, t.glob) || glob(t.glob, c.ID)
	case "image":
		name := untagged(c.Image)
		return glob(t.glob, c.Image) || glob(t.glob, path.Base(c.Image)) || glob(t.glob, name) || glob(t.glob, path.Base(name))
	case "project":
		v, ok := c.Labels[projectLabel]
		return ok && glob(t.glob, v)
	case "service":
		v, ok := c.Labels[serviceLabel]
		return ok && glob(t.glob, v)
	}
	v, ok := c.Labels[t.key]
	return ok && glob(t.glob, v)
}

// glob matches as in a shell, but * goes over slashes too: images have them.
func glob(pattern, text string) bool {
	over := strings.NewReplacer("/", "\x00")
	ok, err := doublestar.Match(over.Replace(pattern), over.Replace(text))
	return ok && err == nil
}

// untagged is an image without its tag.
func untagged(image string) string {
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i]
	}
	return image
}
