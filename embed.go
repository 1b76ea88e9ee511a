// Package agentstore holds the files at the root of the project that programs
// need, so that they run from any folder.
package agentstore

import _ "embed" // the files

// OpenAPI is the OpenAPI document, made from the table of operations by
// make generate.
//
//go:embed openapi.json
var OpenAPI []byte

// Template is the SAM template, which defines the table.
//
//go:embed template.yaml
var Template []byte

// ServerDocs explains servers, in Markdown.
//
//go:embed docs/servers.md
var ServerDocs string
