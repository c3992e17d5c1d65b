package recording

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Schema is the format this package writes, and the newest that it reads.
const Schema = schemaName + "1"

const (
	schemaName    = "logcap.recording/"
	schemaVersion = 1
	targetFile    = "target.json"
	indexFile     = "index.jsonl"
)

// header is target.json, and the first line of the index in the same words:
// either of the two restores the other.
type header struct {
	Schema string `json:"schema"`
	Target
}

func encodeTarget(t Target) ([]byte, error) {
	b, err := json.MarshalIndent(header{Schema, t}, "", "  ")
	return append(b, '\n'), err
}

// decodeTarget reads target.json. The version is 0 when the text is not one;
// it is given also for a newer one, whose other fields are not looked at.
func decodeTarget(b []byte) (t Target, version int, err error) {
	var s struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return Target{}, 0, err
	}
	version = versionOf(s.Schema)
	if version == 0 {
		return Target{}, 0, fmt.Errorf("schema is %q, not %s", clip(s.Schema), Schema)
	}
	if version > schemaVersion {
		return Target{}, version, nil
	}
	var h header
	if err := json.Unmarshal(b, &h); err != nil {
		return Target{}, 0, err
	}
	return h.Target, version, nil
}

// versionOf reads the number in "logcap.recording/1"; 0 when it is something else.
func versionOf(schema string) int {
	digits, ok := strings.CutPrefix(schema, schemaName)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// clip keeps text from a damaged or hostile file short enough for one line.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
