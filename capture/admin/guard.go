package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// mostBody is how much of a request's body is read, in bytes: no request needs one.
const mostBody = 4 << 10

// mostToken is the longest token, in bytes.
const mostToken = 4 << 10

// guarded lets only those do it who may: on a unix socket everybody who can open
// it, unless a token is asked for; over TCP who knows the token. Pages of other
// origins in a browser never may.
func (s *Server) guarded(do http.HandlerFunc) http.Handler {
	checked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code, why := s.refusal(r)
		if why != nil {
			if code == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="logcap"`)
			}
			answer(w, code, failure{why.Error(), hintOf(why)})
			return
		}
		if code, why := unread(w, r); why != nil {
			answer(w, code, failure{why.Error(), hintOf(why)})
			return
		}
		do(w, r)
	})
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusForbidden, failure{"the request comes from a page of another origin in a browser", "ask with curl or logcap itself"})
	}))
	return guard.Handler(checked)
}

// bodyTime is how long the body of a request may take that needs none.
const bodyTime = 5 * time.Second

// bounded keeps a body that is large, or does not come, from holding anything:
// the server reads what a handler has left of it before it answers.
func bounded(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) // the connection is gone otherwise
}

// unread throws the body away; one whose length was not told is measured by that.
func unread(w http.ResponseWriter, r *http.Request) (code int, why error) {
	if r.ContentLength == 0 {
		return 0, nil
	}
	_, err := io.Copy(io.Discard, r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, errBody
	case err != nil:
		return http.StatusBadRequest, fmt.Errorf("read the request: %w", err)
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // what is asked for may take longer than the body
	return 0, nil
}

// errBody is why a request is not done that brings too much.
var errBody = errors.New("the request has a body, and needs none")

// refusal is why r may not, and nil when it may.
func (s *Server) refusal(r *http.Request) (code int, why error) {
	if r.ContentLength > mostBody {
		return http.StatusRequestEntityTooLarge, errBody
	}
	if s.opt.TokenFile == "" {
		if s.listener.Addr().Network() == "unix" {
			return 0, nil
		}
		return http.StatusForbidden, &hinted{
			r.Method + " " + r.URL.Path + " is not answered over TCP without a token",
			"start logcap capture with --admin-token-file FILE, or ask its unix socket",
		}
	}
	want, err := token(s.opt.TokenFile)
	if err != nil {
		return http.StatusInternalServerError, err
	}
	got, is := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if is && same(strings.TrimSpace(got), want) {
		return 0, nil
	}
	return http.StatusUnauthorized, &hinted{"the token is missing or wrong", "send Authorization: Bearer and what --admin-token-file holds"}
}

const tokenHint = "it is read again for each request: write the token into it, and let logcap's user read it"

// token is what the file holds, without the newline at its end. It is read again for each request, so that it can be changed.
func token(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", &hinted{fmt.Sprintf("read the token: %v", err), tokenHint}
	}
	t := strings.TrimSpace(string(text))
	if t == "" || len(t) > mostToken {
		return "", &hinted{fmt.Sprintf("read the token: %s holds none", path), tokenHint}
	}
	return t, nil
}

// same compares in a time that says nothing about where they differ.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// failure is the answer to what is not done.
type failure struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

type hinted struct{ text, hint string }

func (e *hinted) Error() string { return e.text }
func (e *hinted) Hint() string  { return e.hint }

// hintOf is the next step that err knows; "" when it knows none.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
