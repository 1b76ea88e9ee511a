package hetzner_test

import (
	"testing"

	"agentstore/internal/test/hetznerfake"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/hetzner"
)

// What the provider is asked, and what the fake answers, has the published shapes.
func TestShapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	project := w.project()
	project.HTTP = documented.Both(t, hetznerfake.OpenAPI)
	w.Provider = hetzner.New(project)
	bought := spec()
	bought.Backups = true
	w.create(t, bought)
	w.create(t, bought)
	for _, d := range done {
		_, err := w.act(t, d.action, "job_"+string(d.action)+d.input, d.input)
		expectOK(t, err)
	}
	expectOK(t, w.List(t.Context(), func(server.Listed) error { return nil }))
	_, err := w.Read(t.Context(), server.Ref{Label: label}, "status", nil)
	expectOK(t, err)
	w.cloud.Keep()
	w.cloud.Fault = at("DELETE", 1, hetznerfake.Fault{Code: "locked"})
	_ = w.gone(t)
	expectSame(t, "servers", len(w.cloud.Servers()), 0)
}
