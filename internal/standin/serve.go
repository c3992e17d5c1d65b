package standin

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// What this engine says that it is.
const (
	version    = "20.10.24"
	apiVersion = "1.41"
)

// headers are in every answer.
var headers = map[string]string{"Api-Version": apiVersion, "Docker-Experimental": "false", "Ostype": "linux", "Server": "Docker/" + version + " (linux)"}

// versioned is the beginning of a path that names a version of the API: all are answered alike.
var versioned = regexp.MustCompile(`^/v1\.\d+/`)

// serve answers one request.
func (e *Engine) serve(rw http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	if e.server == nil {
		e.mu.Unlock()
		return
	}
	e.running.Add(1) // Down waits; it has taken the server away before
	hang := e.hang
	e.mu.Unlock()
	defer e.running.Done()
	if hang != nil {
		select {
		case <-hang:
		case <-r.Context().Done():
			return
		}
	}
	path := versioned.ReplaceAllString(r.URL.Path, "/")
	for name, value := range headers {
		rw.Header().Set(name, value)
	}
	id, ofContainer := strings.CutPrefix(path, "/containers/")
	id, what, _ := strings.Cut(id, "/")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		refuse(rw, http.StatusMethodNotAllowed, "the stand-in engine only reads")
	case path == "/_ping":
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = rw.Write([]byte("OK")) // who asked may have gone
	case path == "/version":
		reply(rw, map[string]any{"Version": version, "ApiVersion": apiVersion, "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64", "KernelVersion": "", "GitCommit": "", "BuildTime": ""})
	case path == "/containers/json":
		e.list(rw, flag(r.URL.Query(), "all"))
	case path == "/events":
		e.listen(rw, r)
	case ofContainer && (what == "json" || what == "logs"):
		c := e.find(id)
		switch {
		case c == nil:
			refuse(rw, http.StatusNotFound, "No such container: "+id)
		case what == "json":
			e.inspect(rw, c)
		default:
			e.logs(rw, r, c)
		}
	default:
		refuse(rw, http.StatusNotFound, "page not found")
	}
}

func reply(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(rw).Encode(v) // who asked may have gone
}

func refuse(rw http.ResponseWriter, status int, text string) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]string{"message": text})
}

// find is a container by its id, the beginning of one, or its name; nil when there is none.
func (e *Engine) find(id string) *Container {
	e.mu.Lock()
	c, all := e.byID[id], slices.Clone(e.containers)
	e.mu.Unlock()
	if c != nil || id == "" {
		return c
	}
	for _, c := range all {
		if c.Name() == id || strings.HasPrefix(c.id, id) {
			return c
		}
	}
	return nil
}

func (e *Engine) list(rw http.ResponseWriter, stopped bool) {
	e.mu.Lock()
	all := slices.Clone(e.containers)
	e.mu.Unlock()
	items := []map[string]any{}
	for _, c := range slices.Backward(all) { // the newest first
		word, running, name := c.state()
		if running || stopped {
			items = append(items, map[string]any{
				"Id": c.id, "Names": []string{"/" + name}, "Image": c.spec.Image, "ImageID": "", "Command": "", "Created": c.spec.Created.Unix(),
				"Labels": labels(c), "State": word, "Status": word, "Ports": []any{},
			})
		}
	}
	reply(rw, items)
}
