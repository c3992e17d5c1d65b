package container

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/engine"
)

// serviceLabel is where compose writes the name of a service.
// Source: https://github.com/compose-spec/compose-spec/blob/main/05-services.md#labels
const serviceLabel = "com.docker.compose.service"

// find is a container by its name or id, or the one container of a compose service.
func (f *Finder) find(ctx context.Context, name string) (engine.Container, error) {
	c, err := f.opts.Engine.Inspect(ctx, name)
	var said *engine.Answered
	if !errors.As(err, &said) || said.Status != http.StatusNotFound {
		return c, err
	}
	all, err := f.opts.Engine.List(ctx)
	if err != nil {
		return engine.Container{}, err
	}
	service := slices.DeleteFunc(slices.Clone(all), func(c engine.Container) bool { return c.Labels[serviceLabel] != name })
	running := slices.DeleteFunc(slices.Clone(service), func(c engine.Container) bool { return !c.Running })
	switch {
	case len(running) > 1:
		return engine.Container{}, fail("name one: docker:"+names(running)[0], "service %q has several containers: %s", name, strings.Join(names(running), ", "))
	case len(running) == 1:
		return f.opts.Engine.Inspect(ctx, running[0].ID)
	case len(service) > 0: // to say what became of it
		return f.opts.Engine.Inspect(ctx, service[0].ID)
	}
	return engine.Container{}, f.notFound(name, all)
}

// names are those of containers, sorted.
func names(all []engine.Container) []string {
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// mostNames bounds the names that a hint lists.
const mostNames = 8

// notFound names what was meant, or what there is.
func (f *Finder) notFound(name string, all []engine.Container) error {
	known := names(all)
	for _, c := range all {
		if s := c.Labels[serviceLabel]; s != "" && !slices.Contains(known, s) {
			known = append(known, s)
		}
	}
	running := names(slices.DeleteFunc(slices.Clone(all), func(c engine.Container) bool { return !c.Running }))
	hint := "docker ps lists the containers that run"
	if near := f.opts.Near(name, known); near != "" {
		hint = "did you mean docker:" + near + "?"
	} else if len(running) == 0 {
		hint = "no container runs on the engine at " + f.opts.Engine.Host()
	} else if len(running) <= mostNames {
		hint = "these run: " + strings.Join(running, ", ")
	}
	return fail(hint, "container %q: the engine has no such container", name)
}

// ready says why a container has no process that could be looked at.
func ready(c engine.Container) error {
	s := c.State
	switch {
	case s.Status == "restarting":
		return fail("docker logs --tail 20 "+c.Name+" tells why it ends", "container %q is restarting: it %s", c.Name, ended(s))
	case s.Status == "removing" || s.Status == "dead":
		return fail("", "container %q is being removed", c.Name)
	case !c.Running && s.Started.IsZero():
		return fail("docker start "+c.Name, "container %q was never started", c.Name)
	case !c.Running:
		return fail("docker start "+c.Name+"; docker logs --tail 20 "+c.Name+" tells what it did last", "container %q is not running: it %s", c.Name, ended(s))
	case s.PID == 0:
		return fail("try again", "container %q has no process yet", c.Name)
	}
	return nil
}

// ended is how and when a run came to its end.
func ended(s engine.State) string {
	text := "exited with code " + itoa(s.ExitCode)
	if s.OOMKilled {
		text += ", for want of memory,"
	}
	if !s.Finished.IsZero() {
		text += " at " + s.Finished.UTC().Format(time.RFC3339)
	}
	return text
}
