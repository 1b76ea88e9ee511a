package hetzner

import (
	"context"
	"encoding/json"

	"agentstore/pkg/product/server"
	"agentstore/pkg/strictjson"
)

// status is what the provider knows of a server.
type status struct {
	Status string `json:"status"`
	Locked bool   `json:"locked"`
	Type   string `json:"type"`
	Image  string `json:"image,omitempty"`
}

// Read answers a question about a server.
func (p *Provider) Read(ctx context.Context, at server.Ref, name string, input json.RawMessage) (json.RawMessage, error) {
	if name != "status" {
		return nil, server.ErrUnsupported
	}
	s, err := p.server(ctx, at)
	if err != nil {
		return nil, p.failure(ctx, err)
	}
	answer := status{Status: string(s.Status), Locked: s.Locked}
	if s.ServerType != nil {
		answer.Type = s.ServerType.Name
	}
	if s.Image != nil {
		answer.Image = s.Image.Name
	}
	return strictjson.Encode(answer)
}
