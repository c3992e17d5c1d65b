package admin

import (
	"errors"
	"io"
	"net/http"

	"github.com/logcap/logcap/capture"
)

// noFile is the answer about a configuration of a collector that has none.
var noFile = &hinted{"the collector runs without a configuration", "start it with logcap capture -c FILE"}

// config answers the configuration that is in force, as YAML, with secrets masked.
func (s *Server) config(w http.ResponseWriter, _ *http.Request) {
	if s.opt.Config == nil {
		answer(w, http.StatusNotFound, failure{noFile.text, noFile.hint})
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, s.opt.Config()) // who asked has gone
}

// Reloaded is the answer of POST /reload that succeeded.
type Reloaded struct {
	Reloaded bool   `json:"reloaded"`
	Said     string `json:"said"` // what is in force now that was not before
}

// reload reads the configuration again. 200: it is in force. 422: it is wrong,
// and the one before stays. 500: it is in force but for what the answer says. 503: the collector ends.
func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	if s.opt.Reload == nil {
		answer(w, http.StatusNotFound, failure{noFile.text, noFile.hint})
		return
	}
	said, err := s.opt.Reload(r.Context())
	code := http.StatusUnprocessableEntity
	switch {
	case err == nil:
		answer(w, http.StatusOK, Reloaded{true, said})
		return
	case errors.Is(err, capture.ErrEnding):
		code = http.StatusServiceUnavailable
	case errors.Is(err, capture.ErrPartly):
		code = http.StatusInternalServerError
	}
	answer(w, code, failure{err.Error(), hintOf(err)})
}
