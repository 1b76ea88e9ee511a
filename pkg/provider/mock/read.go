package mock

import (
	"context"
	"encoding/json"
	"time"

	"agentstore/pkg/product/server"
	"agentstore/pkg/strictjson"
)

// reads are the questions that the mock can answer.
var reads = map[string]func(m machine, input json.RawMessage, now time.Time) (any, error){
	"status":  func(m machine, _ json.RawMessage, now time.Time) (any, error) { return statusOf(m, now), nil },
	"metrics": metrics,
}

// status is what the mock knows of a server.
type status struct {
	Image     string `json:"image"`
	Actions   int    `json:"actions"` // that it has begun
	Busy      bool   `json:"busy"`
	Off       bool   `json:"off,omitempty"`
	Plan      string `json:"plan,omitempty"`
	Snapshots int    `json:"snapshots,omitempty"`
	// Firewall is what it admits; absent where that is everything.
	Firewall  []server.Rule `json:"firewall,omitzero"`
	CreatedAt time.Time     `json:"createdAt"`
}

func statusOf(m machine, now time.Time) status {
	return status{m.Spec.Image, len(m.Tokens), m.BusyUntil.After(now), m.Off, m.Size, len(m.Copies), m.Spec.Firewall, m.CreatedAt}
}

// Read answers a question about a server.
func (p *Provider) Read(ctx context.Context, at server.Ref, name string, input json.RawMessage) (json.RawMessage, error) {
	_, m, err := p.find(ctx, at.Label)
	if err != nil {
		return nil, err
	}
	read, known := reads[name]
	if !known {
		return nil, server.ErrUnsupported
	}
	if err := p.Failures.roll("read"); err != nil {
		return nil, err
	}
	answer, err := read(m, input, p.Now())
	if err != nil {
		return nil, err
	}
	return strictjson.Encode(answer)
}
