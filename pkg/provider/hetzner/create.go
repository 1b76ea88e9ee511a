package hetzner

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"agentstore/pkg/product/server"
)

// Create makes the server with the label of spec, or returns the one that has it.
func (p *Provider) Create(ctx context.Context, spec server.Spec) (server.Machine, error) {
	m, err := p.create(ctx, spec)
	return p.outcome(ctx, server.Ref{Label: spec.Label}, m, err)
}

func (p *Provider) create(ctx context.Context, spec server.Spec) (server.Machine, error) {
	s, err := p.labelled(ctx, spec.Label)
	if err == nil {
		return p.made(ctx, s, spec)
	}
	if !errors.Is(err, server.ErrNoMachine) {
		return server.Machine{}, err
	}
	opts, err := p.order(ctx, spec)
	if err != nil {
		return server.Machine{}, err
	}
	result, _, err := p.client.Server.Create(ctx, opts)
	if hcloud.IsError(err, hcloud.ErrorCodeUniquenessError) {
		return p.adopt(ctx, spec)
	}
	if err != nil {
		return server.Machine{}, err
	}
	// The password that comes without a key is not kept, and so nobody has it.
	m := machine(result.Server)
	m.Operation, m.Busy = operation(result.Action), p.pause(result.Action)
	return m, nil
}

// adopt takes over the server that has the name: an earlier call made it, whose answer
// was lost, or which is still under way and not in the list of the labelled yet.
func (p *Provider) adopt(ctx context.Context, spec server.Spec) (server.Machine, error) {
	s, err := p.named(ctx, spec.Label)
	if errors.Is(err, server.ErrNoMachine) {
		return server.Machine{}, fmt.Errorf("hetzner: the name %s is taken, and no server has it", nameOf(spec.Label))
	}
	if err != nil {
		return server.Machine{}, err
	}
	return p.made(ctx, s, spec)
}

// order is what is asked for.
func (p *Provider) order(ctx context.Context, spec server.Spec) (opts hcloud.ServerCreateOpts, err error) {
	location, kind := spec.Source.Location(spec.Region), spec.Source.Type
	if kind == "" || location == "" {
		return opts, fmt.Errorf("%w: the catalog does not say what %s in %s is", server.ErrRefused, spec.Plan, spec.Region)
	}
	if spec.Firewall != nil {
		// Open to everybody it would not be what was bought.
		return opts, fmt.Errorf("%w: the store has no firewalls there yet", server.ErrRefused)
	}
	typed, err := p.serverType(ctx, kind)
	if err != nil {
		return opts, err
	}
	image, err := p.image(ctx, spec.Source.Image(spec.Image), typed.Architecture)
	if err != nil {
		return opts, err
	}
	keys, err := p.keys(ctx, spec.SSHKeys)
	if err != nil {
		return opts, err
	}
	userData, err := cloudInit(spec)
	if err != nil {
		return opts, err
	}
	return hcloud.ServerCreateOpts{
		Name: nameOf(spec.Label), ServerType: typed, Image: image, Location: &hcloud.Location{Name: location},
		SSHKeys: keys, UserData: userData, Labels: p.labels(spec.Label),
	}, nil
}

func (p *Provider) labels(label server.Label) map[string]string {
	return map[string]string{labelServer: string(label), labelStore: p.project.Store}
}

// serverType finds a type by its name.
func (p *Provider) serverType(ctx context.Context, name string) (*hcloud.ServerType, error) {
	return p.types.get(ctx, p.project.Now(), name, func(ctx context.Context) (*hcloud.ServerType, error) {
		found, _, err := p.client.ServerType.GetByName(ctx, name)
		if err == nil && found == nil {
			err = p.advise(ctx, "not_found", fmt.Errorf("hetzner: no server type is called %q", name))
		}
		return found, err
	})
}

// image finds an image by its name, which it shares with the same one for other
// processors. Numbers of images change when they are built anew.
func (p *Provider) image(ctx context.Context, name string, on hcloud.Architecture) (*hcloud.Image, error) {
	return p.images.get(ctx, p.project.Now(), name+"/"+string(on), func(ctx context.Context) (*hcloud.Image, error) {
		found, _, err := p.client.Image.GetByNameAndArchitecture(ctx, name, on)
		if err == nil && found == nil {
			err = p.advise(ctx, "not_found", fmt.Errorf("hetzner: no image for %s is called %q", on, name))
		}
		return found, err
	})
}

// made tells how far a new server is, and goes on with what is left to do.
func (p *Provider) made(ctx context.Context, s *hcloud.Server, spec server.Spec) (server.Machine, error) {
	if s.Labels[labelServer] != string(spec.Label) {
		if err := p.relabel(ctx, s, p.labels(spec.Label)); err != nil {
			return server.Machine{}, err
		}
	}
	if s.Status == hcloud.ServerStatusRunning && (!spec.Backups || s.BackupWindow != "") {
		return machine(s), nil
	}
	return p.advance(ctx, s, creating{spec.Backups}, 0, time.Time{})
}

// creating is the work on a server that is new: it must have been made, run and, if that
// was bought, have backups.
type creating struct{ backups bool }

func (c creating) next(s *hcloud.Server, past history, _ time.Duration) step {
	switch {
	case past.failures("create_server") > 0:
		return step{}.failed(past.lastError("create_server"))
	case s.Status == hcloud.ServerStatusOff:
		return begin("start_server", poweron)
	case s.Status != hcloud.ServerStatusRunning:
		return step{wait: 2 * time.Second}
	case c.backups && s.BackupWindow == "":
		return begin("enable_backup", enableBackup)
	}
	return step{}
}

func operation(a *hcloud.Action) string {
	if a == nil {
		return ""
	}
	return strconv.FormatInt(a.ID, 10)
}
