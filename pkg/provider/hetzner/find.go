package hetzner

import (
	"context"
	"strconv"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"agentstore/pkg/product/server"
)

// The labels of what the store has in a project.
const (
	labelServer = "agentstore"       // the Label of the server that it is, or belongs to
	labelStore  = "agentstore-store" // the Store that it belongs to
	labelKey    = "agentstore-key"   // what an SSH key is
)

// nameOf is the name of the server with that label. Names are unique in a project, as
// labels are not, and are host names (RFC 1123), which are in lower case.
func nameOf(label server.Label) string { return strings.ToLower(string(label)) }

// labelOf is the label of a server. Somebody may have taken it off; its name has it too.
func labelOf(s *hcloud.Server) server.Label {
	if label := s.Labels[labelServer]; label != "" {
		return server.Label(label)
	}
	return server.Label(strings.ToUpper(s.Name))
}

// labelled returns the server with that label, or ErrNoMachine.
func (p *Provider) labelled(ctx context.Context, label server.Label) (*hcloud.Server, error) {
	opts := hcloud.ServerListOpts{ListOpts: hcloud.ListOpts{LabelSelector: labelServer + "==" + string(label)}}
	found, _, err := p.client.Server.List(ctx, opts)
	return pick(found, err, label)
}

// named finds a server by its name, which holds where its labels were changed.
func (p *Provider) named(ctx context.Context, label server.Label) (*hcloud.Server, error) {
	found, _, err := p.client.Server.List(ctx, hcloud.ServerListOpts{Name: nameOf(label)})
	return pick(found, err, label)
}

func pick(found []*hcloud.Server, err error, label server.Label) (*hcloud.Server, error) {
	if err != nil {
		return nil, err
	}
	for _, s := range found {
		if labelOf(s) == label {
			return s, nil
		}
	}
	return nil, server.ErrNoMachine
}

// server returns the server that a reference finds, or ErrNoMachine.
func (p *Provider) server(ctx context.Context, at server.Ref) (*hcloud.Server, error) {
	if number, err := strconv.ParseInt(at.ID, 10, 64); err == nil {
		s, _, err := p.client.Server.GetByID(ctx, number)
		if err != nil {
			return nil, err
		}
		if s != nil && labelOf(s) == at.Label {
			return s, nil
		}
	}
	return p.labelled(ctx, at.Label)
}
