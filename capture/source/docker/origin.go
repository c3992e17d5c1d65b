package docker

import (
	"strings"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// wanted says that a container is to be collected.
func (s *Source) wanted(c engine.Container) bool {
	own := s.opt.Own != "" && strings.HasPrefix(c.ID, s.opt.Own)
	return !own && s.opt.Select.Selects(c)
}

// cursorOf is where a container begins of which no position is known.
func (s *Source) cursorOf(c engine.Container) *cursor {
	cur := &cursor{tail: -1, changed: true}
	created := c.Created.Unix()
	if s.opt.Lost || created >= s.began.Unix() || s.prev != 0 && created >= s.prev/1e9 {
		return cur // it has appeared since
	}
	switch s.opt.Start.Mode {
	case source.FromNow:
		cur.begin = s.began.UnixNano()
	case source.FromTime:
		cur.begin = max(s.opt.Start.Since.UnixNano(), 0)
	case source.FromTail:
		cur.tail = s.opt.Start.Lines
	}
	return cur
}

// originOf describes a container to those who read its records.
func (s *Source) originOf(c engine.Container) *record.Origin {
	attrs := map[string]string{}
	if c.Image != "" {
		attrs["image"] = c.Image
	}
	for _, label := range append([]string{projectLabel, serviceLabel}, s.opt.Labels...) {
		if v, ok := c.Labels[label]; ok {
			attrs[label] = v
		}
	}
	return &record.Origin{Key: "docker:" + c.ID, Source: "docker", Name: c.Name, ID: c.ID, Attrs: sorted(attrs)}
}
