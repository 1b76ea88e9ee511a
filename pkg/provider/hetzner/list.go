package hetzner

import (
	"context"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"agentstore/pkg/product/server"
)

// pageSize is the largest page that the API gives.
const pageSize = 50

// List shows all servers that have a label of this store, until see returns an error.
func (p *Provider) List(ctx context.Context, see func(server.Listed) error) error {
	opts := hcloud.ServerListOpts{
		Sort:     []string{"id:asc"},
		ListOpts: hcloud.ListOpts{Page: 1, PerPage: pageSize, LabelSelector: labelServer + "," + labelStore + "==" + p.project.Store},
	}
	for {
		servers, response, err := p.client.Server.List(ctx, opts)
		if err != nil {
			return p.failure(ctx, err)
		}
		for _, s := range servers {
			if err := see(server.Listed{Label: labelOf(s), CreatedAt: s.Created}); err != nil {
				return err
			}
		}
		if response.Meta.Pagination == nil || response.Meta.Pagination.NextPage == 0 {
			return nil
		}
		opts.Page = response.Meta.Pagination.NextPage
	}
}
