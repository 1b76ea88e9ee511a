// Package openapi writes the OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.1)
// of the table of operations.
package openapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
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
	c, err := componentsOf(shelf)
	if err != nil {
		return nil, err
	}
	paths := object{}
	for _, o := range api.All(shelf) {
		methods, _ := paths[o.Path].(object)
		if methods == nil {
			methods = object{}
			paths[o.Path] = methods
		}
		methods[strings.ToLower(o.Method)] = c.operation(o)
	}
	for _, e := range api.Exports() {
		paths[e.Path] = object{"get": c.export(shelf, e)}
	}
	text, err := json.MarshalIndent(object{
		"openapi":           "3.1.1",
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"info": object{
			"title": "agentstore", "version": api.Version,
			"description": "A storefront for AI agents: search a catalog, get a binding quote, buy it exactly once, and operate what was bought. Every path that takes GET takes HEAD, and the ETag of an answer in If-None-Match, and every path OPTIONS, which says in Allow what it takes.",
			"contact":     object{"name": "agentstore"},
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
				"personalToken": object{
					"type": "http", "scheme": "bearer",
					"description": "A personal access token of a member, as asp_live_<tokenId>.<secret>, instead of a session: a request carries one of them. Each operation names the scope that the token needs in x-agentstore-token-scope; without one no token will do.",
				},
			},
			"schemas":   c.all(),
			"responses": c.responses(),
		},
	}, "", "  ")
	return append(text, '\n'), err
}

// componentsOf are the components of everything that the document speaks of.
func componentsOf(shelf product.Shelf) (components, error) {
	c := newComponents()
	err := c.learn(problemSchema(), exampleProblem())
	for _, o := range api.All(shelf) {
		var answer any
		if example := exampleOf(o); example.Output != "" {
			err = errors.Join(err, json.Unmarshal([]byte(example.Output), &answer))
		}
		err = errors.Join(err, c.learn(o.Output(), answer))
		if s := bodySchema(o); s != nil {
			err = errors.Join(err, c.learn(s, bodyExample(o)))
		} else {
			err = errors.Join(err, c.learn(o.Input, nil))
		}
	}
	return c, errors.Join(err, c.learnMore(shelf))
}

func tags(shelf product.Shelf) []object {
	list := []object{
		{"name": "catalog", "description": "What is sold."},
		{"name": "quotes", "description": "What it costs, bindingly."},
		{"name": "purchases", "description": "Buying, exactly once."},
		{"name": "services", "description": "What was bought."},
		{"name": "ssh_keys", "description": "Public keys that configurations name."},
		{"name": "wallet", "description": "What may be spent, and what was."},
	}
	for _, p := range shelf {
		words := p.Words()
		list = append(list, object{"name": words.Group, "description": words.GroupDescription})
	}
	if shelf.Personal() {
		list = append(list, object{"name": "personal", "description": "What orders say about people."})
	}
	return append(list, object{"name": "account", "description": "What members do: people, with a session or a personal access token instead of a key."})
}

func (c components) operation(o api.Operation) object {
	out := object{
		"operationId": o.Name, "summary": o.Summary, "description": o.Description,
		"tags":                []string{tag(o)},
		"x-agentstore-effect": o.Effect,
		"parameters":          c.parameters(o),
		"responses":           c.answers(o),
	}
	if o.Role != "" {
		out["x-agentstore-role"] = o.Role
		if o.FreshLogin {
			out["description"] = o.Description + " It asks for a login that is at most 15 minutes old."
		}
		out["security"] = []object{{"session": []string{}}}
		if o.TokenScope != "" {
			out["x-agentstore-token-scope"] = o.TokenScope
			out["security"] = []object{{"session": []string{}}, {"personalToken": []string{}}}
		}
	} else {
		out["x-agentstore-scope"] = o.Scope
		out["x-agentstore-example"] = json.RawMessage(o.Example.Input)
	}
	if body := c.body(o); body != nil {
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

func (c components) parameters(o api.Operation) []object {
	list := []object{}
	example := values(exampleOf(o).Input)
	for _, name := range o.Input.PropertyOrder {
		where := "query"
		if o.InPath(name) {
			where = "path"
		} else if o.Method != http.MethodGet {
			continue
		}
		p := object{
			"name": name, "in": where, "required": slices.Contains(o.Input.Required, name),
			"description": o.Input.Properties[name].Description, "schema": c.refer(o.Input.Properties[name]),
		}
		if value, ok := example[name]; ok {
			p["example"] = value
		}
		list = append(list, p)
	}
	if o.Keyed() {
		list = append(list, object{
			"name": "Idempotency-Key", "in": "header", "required": false,
			"description": keyHeaderDescription(o),
			"schema":      object{"type": "string", "minLength": 1, "maxLength": longestKeyHeader, "pattern": keyHeaderPattern},
		})
	}
	return append(list, conditionParameters(o)...)
}

func keyHeaderDescription(o api.Operation) string {
	if o.KeyedByArgument() {
		return "The idempotencyKey, bare or as a quoted string (draft-ietf-httpapi-idempotency-key-header). It must agree with the one in the body. A key belongs to the agent and to the operation: another agent, and another operation, may use the same text."
	}
	return "Sent again with the same key, it does not happen twice. The key is bare or a quoted string (draft-ietf-httpapi-idempotency-key-header), and belongs to the member and to the operation: another member, and another operation, may use the same text."
}

// A key has 1 to 255 characters of printable ASCII. Bare it has neither quotes nor
// commas, nor spaces at its ends; in a quoted string each character may be two.
const (
	keyHeaderPattern = `^([!#-+\--~]([ !#-+\--~]{0,253}[!#-+\--~])?|"([ !#-\[\]-~]|\\["\\]){1,255}")$`
	longestKeyHeader = 2 + 2*255
)

// values are the arguments of an example.
func values(example string) object {
	var values object
	_ = json.Unmarshal([]byte(example), &values) // a test reads every example
	return values
}

// bodySchema is the input less what is in the path; nil if nothing is left.
func bodySchema(o api.Operation) *schema.Schema {
	if o.Method == http.MethodGet {
		return nil
	}
	var fields []schema.Field
	for _, name := range o.Input.PropertyOrder {
		if !o.InPath(name) {
			fields = append(fields, schema.Field{
				Name: name, Schema: defaultInWords(o.Input.Properties[name]), Required: slices.Contains(o.Input.Required, name),
			})
		}
	}
	switch {
	case len(fields) == 0:
		return nil
	case len(fields) == 1 && o.KeyedByArgument():
		return schema.Named("RepeatableRequest", schema.Object(fields...))
	default:
		return schema.Named(cmp.Or(o.Input.Title, inCamels(cmp.Or(o.Twin, o.Name))+"Request"), schema.Object(fields...))
	}
}

// defaultInWords is a schema of a body that says its defaults in its descriptions.
// With the keyword, openapi-typescript makes a client send what may be left out, and
// openapi-python-client sends it unasked.
func defaultInWords(s *schema.Schema) *schema.Schema {
	out := *s
	if s.Default != nil {
		out.Default = nil
		out.Description += " If absent: " + strings.Trim(string(s.Default), `"`) + "."
	}
	out.Properties = maps.Clone(s.Properties)
	for name, member := range s.Properties {
		out.Properties[name] = defaultInWords(member)
	}
	if s.Items != nil {
		out.Items = defaultInWords(s.Items)
	}
	return &out
}

// inCamels is quote_create as QuoteCreate.
func inCamels(name string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

// bodyExample is the example of a body; nil where there is none.
func bodyExample(o api.Operation) any {
	example := exampleOf(o)
	if example.Input == "" {
		return nil
	}
	return inBody(o, example.Input)
}

// inBody is what of the input, a JSON object, is in the body.
func inBody(o api.Operation, input string) object {
	example := values(input)
	maps.DeleteFunc(example, func(name string, _ any) bool { return o.InPath(name) })
	return example
}

func (c components) body(o api.Operation) object {
	s := bodySchema(o)
	if s == nil {
		return nil
	}
	media := object{"schema": c.refer(s)}
	switch example := bodyExample(o); {
	case len(o.Forms) > 0:
		forms := object{}
		for _, f := range o.Forms {
			forms[f.Name] = object{"value": inBody(o, f.Input)}
		}
		media["examples"] = forms
	case example != nil:
		media["example"] = example
	}
	return object{"required": o.NeedsBody(), "content": object{"application/json": media}}
}

func (c components) answers(o api.Operation) object {
	media := object{"schema": c.refer(o.Output())}
	if example := exampleOf(o); example.Output != "" {
		media["example"] = json.RawMessage(example.Output)
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
	if o.Rehearsable() && o.Status != http.StatusOK {
		out["200"] = object{
			"description": "OK, to a dry run: what would happen is in dryRun. Nothing was written.",
			"headers":     object{"X-Request-Id": header("Names the request, for support.")},
			"content": object{"application/json": object{
				"schema": c.refer(o.Output()), "example": json.RawMessage(rehearsalOf(o).Output),
			}},
		}
	}
	for status, codes := range byStatus(append(transportErrors(o), o.Errors...), o.CommonErrors()) {
		out[strconv.Itoa(status)] = problem(codes)
	}
	for _, code := range o.CommonErrors() {
		status := strconv.Itoa(code.Status())
		if _, own := out[status]; !own {
			c.problems[code] = true
			out[status] = object{"$ref": "#/components/responses/" + string(code)}
		}
	}
	addConditions(o, out)
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

// responses are those that operations refer to.
func (c components) responses() object {
	out := object{"not_modified": notModified()}
	for code := range c.problems {
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
