// Package schema holds the JSON Schemas (draft 2020-12) of what logcap writes
// as JSON, for whoever wants to check it; docs/json.md is the contract in words.
package schema

import "embed"

// Files has report.json, reports.json, sites.json and compare.json.
//
//go:embed *.json
var Files embed.FS
