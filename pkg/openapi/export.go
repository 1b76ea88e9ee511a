package openapi

import (
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
)

// export is the audit trail as a file.
func (c components) export(shelf product.Shelf, e api.Export) object {
	mediaType, _, _ := strings.Cut(e.ContentType, ";")
	list := c.operation(api.AuditList(shelf))
	list["operationId"], list["summary"] = e.Name, e.Title+"."
	list["description"] = e.Description + " A Link header names the rest where there is more than one answer can hold (RFC 8288)."
	list["responses"].(object)["200"] = object{
		"description": "OK",
		"headers": object{
			"X-Request-Id":        header("Names the request, for support."),
			"Content-Disposition": header("The name of the file."),
			"Link":                header("Where the rest is; absent at the end."),
		},
		// With plain text openapi-generator makes clients that read JSON, or fail.
		"content": object{mediaType: object{"schema": &schema.Schema{Type: "string", Format: "binary"}}},
	}
	return list
}
