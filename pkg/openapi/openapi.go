// Package openapi writes the OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.1)
// of the table of operations.
package openapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
)

type object = map[string]any

// Document is the document of a store that sells what is on the shelf, indented, with
// its members in a fixed order.
func Document(shelf product.Shelf) ([]byte, error) {
	paths := object{}
	for _, o := range api.All(shelf) {
		methods, _ := paths[o.Path].(object)
		if methods == nil {
			methods = object{}
			paths[o.Path] = methods
		}
		methods[strings.ToLower(o.Method)] = operation(o)
	}
	text, err := json.MarshalIndent(object{
		"openapi":           "3.1.1",
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"info": object{
			"title": "agentstore", "version": api.Version,
			"description": "A storefront for AI agents: search a catalog, get a binding quote, buy it exactly once, and operate what was bought.",
			"license":     object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":  []object{{"url": "/", "description": "The store that serves this document."}},
		"security": []object{{"apiKey": []string{}}},
		"tags":     tags(shelf),
		"paths":    paths,
		"components": object{
			"securitySchemes": object{
				"apiKey": object{
					"type": "http", "scheme": "bearer",
					"description": "An API key, as ask_live_<keyId>.<secret>. Each operation names the scope that it needs.",
				},
				"session": object{
					"type": "apiKey", "in": "cookie", "name": "__Host-agentstore_session",
					"description": "The session of a member, who logs in at /login. Each operation names the role that it needs. A page of another origin cannot use it to change anything.",
				},
			},
			"schemas":   object{"Problem": problemSchema()},
			"responses": responses(),
		},
	}, "", "  ")
	return append(text, '\n'), err
}

func tags(shelf product.Shelf) []object {
	list := []object{
		{"name": "catalog", "description": "What is sold."},
		{"name": "quotes", "description": "What it costs, bindingly."},
		{"name": "purchases", "description": "Buying, exactly once."},
		{"name": "services", "description": "What was bought."},
	}
	for _, p := range shelf {
		words := p.Words()
		list = append(list, object{"name": words.Group, "description": words.GroupDescription})
	}
	if shelf.Personal() {
		list = append(list, object{"name": "personal", "description": "What orders say about people."})
	}
	return append(list, object{"name": "account", "description": "What members do: people, with a session instead of a key."})
}

func operation(o api.Operation) object {
	out := object{
		"operationId": o.Name, "summary": o.Summary, "description": o.Description,
		"tags":                []string{tag(o)},
		"x-agentstore-effect": o.Effect,
		"parameters":          parameters(o),
		"responses":           answers(o),
	}
	if o.Role != "" {
		out["x-agentstore-role"] = o.Role
		if o.FreshLogin {
			out["description"] = o.Description + " It asks for a login that is at most 15 minutes old."
		}
		out["security"] = []object{{"session": []string{}}}
	} else {
		out["x-agentstore-scope"] = o.Scope
		out["x-agentstore-example"] = json.RawMessage(o.Example.Input)
	}
	if body := body(o); body != nil {
		out["requestBody"] = body
	}
	if o.Public {
		out["security"] = []object{{"apiKey": []string{}}, {}} // OpenAPI 3.1, section 4.8.30: {} makes it optional
	}
	return out
}

func tag(o api.Operation) string {
	if o.Role != "" {
		return "account"
	}
	group, _, _ := strings.Cut(string(o.Scope), ":")
	return group
}

// inPath reports whether the argument is in the path.
func inPath(o api.Operation, name string) bool { return strings.Contains(o.Path, "{"+name+"}") }

func parameters(o api.Operation) []object {
	list := []object{}
	example := exampleValues(o)
	for _, name := range o.Input.PropertyOrder {
		where := "query"
		if inPath(o, name) {
			where = "path"
		} else if o.Method != http.MethodGet {
			continue
		}
		p := object{
			"name": name, "in": where, "required": slices.Contains(o.Input.Required, name),
			"description": o.Input.Properties[name].Description, "schema": o.Input.Properties[name],
		}
		if value, ok := example[name]; ok {
			p["example"] = value
		}
		list = append(list, p)
	}
	if o.Keyed() {
		list = append(list, object{
			"name": "Idempotency-Key", "in": "header", "required": false,
			"description": "The idempotencyKey, bare or as a quoted string (draft-ietf-httpapi-idempotency-key-header). It must agree with the one in the body.",
			"schema":      object{"type": "string", "minLength": 1, "maxLength": 1024},
		})
	}
	return list
}

func exampleValues(o api.Operation) object {
	var values object
	_ = json.Unmarshal([]byte(o.Example.Input), &values) // a test reads every example
	return values
}

// body is the input less what is in the path.
func body(o api.Operation) object {
	if o.Method == http.MethodGet {
		return nil
	}
	var fields []schema.Field
	example := exampleValues(o)
	for _, name := range o.Input.PropertyOrder {
		if inPath(o, name) {
			delete(example, name)
			continue
		}
		fields = append(fields, schema.Field{
			Name: name, Schema: o.Input.Properties[name], Required: slices.Contains(o.Input.Required, name),
		})
	}
	if len(fields) == 0 {
		return nil
	}
	s := schema.Object(fields...)
	media := object{"schema": s}
	if example != nil {
		media["example"] = example
	}
	return object{"required": len(s.Required) > 0, "content": object{"application/json": media}}
}

func answers(o api.Operation) object {
	media := object{"schema": o.Output()}
	if o.Example.Output != "" {
		media["example"] = json.RawMessage(o.Example.Output)
	}
	good := object{
		"description": http.StatusText(o.Status),
		"headers":     object{"X-Request-Id": header("Names the request, for support.")},
		"content":     object{"application/json": media},
	}
	if o.Keyed() {
		good["headers"].(object)["Idempotent-Replayed"] = header("true when the write had happened before and this is its first answer.")
	}
	out := object{strconv.Itoa(o.Status): good}
	if rehearsal := o.Rehearsal(); rehearsal != nil {
		out["200"] = object{
			"description": "OK, to a dry run: what would happen. Nothing was written.",
			"headers":     object{"X-Request-Id": header("Names the request, for support.")},
			"content":     object{"application/json": object{"schema": rehearsal}},
		}
	}
	for status, codes := range byStatus(append(transportErrors(o), o.Errors...), o.CommonErrors()) {
		out[strconv.Itoa(status)] = problem(codes)
	}
	for _, code := range o.CommonErrors() {
		status := strconv.Itoa(code.Status())
		if _, own := out[status]; !own {
			out[status] = object{"$ref": "#/components/responses/" + string(code)}
		}
	}
	return out
}

// transportErrors are those that only a request with a body can meet.
func transportErrors(o api.Operation) []fault.Code {
	if o.Method == http.MethodGet {
		return nil
	}
	return []fault.Code{fault.UnsupportedMediaType}
}

func byStatus(codes, common []fault.Code) map[int][]fault.Code {
	out := make(map[int][]fault.Code)
	for _, code := range append(codes, common...) {
		out[code.Status()] = append(out[code.Status()], code)
	}
	for status, list := range out {
		if len(list) == 1 && slices.Contains(common, list[0]) && slices.Contains(api.Common(), list[0]) {
			delete(out, status) // shared by all operations
		}
	}
	return out
}

func responses() object {
	out := object{}
	for _, code := range api.Common() {
		out[string(code)] = problem([]fault.Code{code})
	}
	return out
}

func problem(codes []fault.Code) object {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = string(code) + ": " + code.Title()
	}
	slices.Sort(words)
	out := object{
		"description": strings.Join(words, "; ") + ".",
		"content":     object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}},
	}
	headers := object{}
	if slices.ContainsFunc(codes, fault.Code.Retryable) {
		headers["Retry-After"] = header("Seconds to wait before trying again.")
	}
	if slices.Contains(codes, fault.Unauthenticated) {
		headers["WWW-Authenticate"] = header("Bearer, with the address of the metadata of the resource (RFC 9728).")
	}
	if len(headers) > 0 {
		out["headers"] = headers
	}
	return out
}

func header(description string) object {
	return object{"description": description, "schema": object{"type": "string"}}
}
