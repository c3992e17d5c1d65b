package pool

import (
	"net/http"
	"time"
)

// newClient returns a client that does not wait long and shares its connections with nobody.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second} // cause
}
