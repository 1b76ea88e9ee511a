package hetzner

import (
	"context"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// deleting is how long the provider is given for deleting before it is asked again.
const deleting = 2 * time.Second

// Delete has the server deleted with its addresses, and returns ErrNoMachine once it is
// gone: until then it returns a shop.Pending.
func (p *Provider) Delete(ctx context.Context, at server.Ref) error {
	err := p.delete(ctx, at)
	if wait := p.wait(err); wait > 0 {
		return &shop.Pending{After: wait}
	}
	return p.failure(ctx, err)
}

func (p *Provider) delete(ctx context.Context, at server.Ref) error {
	s, err := p.server(ctx, at)
	if err != nil {
		return err
	}
	if s.Status == hcloud.ServerStatusDeleting {
		return &shop.Pending{After: deleting}
	}
	if err := p.releaseAddresses(ctx, s); err != nil {
		return err
	}
	_, _, err = p.client.Server.DeleteWithResult(ctx, s)
	if err != nil && !hcloud.IsError(err, hcloud.ErrorCodeNotFound) {
		return err
	}
	return &shop.Pending{After: deleting}
}

// releaseAddresses has the addresses of a server deleted with it, which they are unless
// somebody has said otherwise. An address without a server costs money.
func (p *Provider) releaseAddresses(ctx context.Context, s *hcloud.Server) error {
	for _, number := range []int64{s.PublicNet.IPv4.ID, s.PublicNet.IPv6.ID} {
		if number == 0 {
			continue
		}
		ip, _, err := p.client.PrimaryIP.GetByID(ctx, number)
		if err != nil {
			return err
		}
		if ip == nil || ip.AutoDelete {
			continue
		}
		if _, _, err := p.client.PrimaryIP.Update(ctx, ip, hcloud.PrimaryIPUpdateOpts{AutoDelete: hcloud.Ptr(true)}); err != nil {
			return err
		}
	}
	return nil
}
