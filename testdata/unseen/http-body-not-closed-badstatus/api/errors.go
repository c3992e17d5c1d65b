package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// ErrNotFound says that the control plane does not know the name.
var ErrNotFound = errors.New("not found")

// checked lets good answers through and makes errors of all others.
func checked(resp *http.Response) (*http.Response, error) {
	switch {
	case resp.StatusCode < 300:
		return resp, nil
	case resp.StatusCode == http.StatusNotFound:
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return nil, ErrNotFound
	}
	return nil, parse(resp) // cause
}

// parse reads what the control plane says of a failure.
func parse(resp *http.Response) error {
	failure := struct {
		Message string `json:"message"`
	}{Message: "no reason given"}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "application/json" {
		if err := json.NewDecoder(resp.Body).Decode(&failure); err != nil {
			return fmt.Errorf("%s: %w", resp.Status, err)
		}
	}
	return fmt.Errorf("%s: %s", resp.Status, failure.Message)
}
