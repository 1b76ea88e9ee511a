package mock

import (
	"context"
	"encoding/json"
	"time"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// actions are what the mock can do, and what each changes.
var actions = map[shop.ActionName]func(*machine, json.RawMessage) error{
	"restart":          func(*machine, json.RawMessage) error { return nil },
	shop.ActionSuspend: func(m *machine, _ json.RawMessage) error { m.Off = true; return nil },
	shop.ActionResume:  func(m *machine, _ json.RawMessage) error { m.Off = false; return nil },
	"reinstall":        reinstall,
	"resize":           resize,
	"snapshot_create":  func(*machine, json.RawMessage) error { return nil }, // see copied
	"snapshot_delete":  removeCopy,
}

// status is what the mock knows of a server.
type status struct {
	Image     string    `json:"image"`
	Actions   int       `json:"actions"` // that it has begun
	Busy      bool      `json:"busy"`
	Off       bool      `json:"off,omitempty"`
	Plan      string    `json:"plan,omitempty"`
	Snapshots int       `json:"snapshots,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
}

// Read answers one question, status: what the mock knows of a server.
func (p *Provider) Read(ctx context.Context, at server.Ref, name string, _ json.RawMessage) (json.RawMessage, error) {
	_, m, err := p.find(ctx, at.Label)
	if err != nil {
		return nil, err
	}
	if name != "status" {
		return nil, server.ErrUnsupported
	}
	if err := p.Failures.roll("read"); err != nil {
		return nil, err
	}
	return strictjson.Encode(status{m.Spec.Image, len(m.Tokens), m.BusyUntil.After(p.Now()), m.Off, m.Size, len(m.Copies), m.CreatedAt})
}
