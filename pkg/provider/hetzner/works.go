package hetzner

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// works are what can be done with a server, by the names of the product's actions.
var works = map[shop.ActionName]func(*Provider, server.Doing) (work, error){
	"restart":          forced(func(force bool) work { return restarting{force} }),
	"start":            plain(starting{}),
	"stop":             forced(func(force bool) work { return stopping{force} }),
	shop.ActionSuspend: plain(stopping{}),
	shop.ActionResume:  plain(starting{}),
	"reinstall":        reinstall,
}

func plain(w work) func(*Provider, server.Doing) (work, error) {
	return func(*Provider, server.Doing) (work, error) { return w, nil }
}

// forced reads whether an action is to be done without asking the operating system.
func forced(with func(bool) work) func(*Provider, server.Doing) (work, error) {
	return func(_ *Provider, doing server.Doing) (work, error) {
		var in struct {
			Force bool `json:"force"`
		}
		if len(doing.Input) == 0 {
			return with(false), nil
		}
		err := json.Unmarshal(doing.Input, &in)
		return with(in.Force), err
	}
}

// restarting is asked of the operating system, unless it is forced.
type restarting struct{ force bool }

func (r restarting) next(s *hcloud.Server, past history, _ time.Duration) step {
	switch {
	case past.succeeded("reboot_server", "reset_server", "start_server") != nil:
		return settled(s, hcloud.ServerStatusRunning)
	case s.Status == hcloud.ServerStatusOff:
		return begin("start_server", poweron)
	case r.force:
		return beginOnce("reset_server", reset)
	}
	return beginOnce("reboot_server", reboot)
}

// starting is done where the server runs.
type starting struct{}

func (starting) next(s *hcloud.Server, past history, _ time.Duration) step {
	if s.Status == hcloud.ServerStatusRunning || past.succeeded("start_server") != nil {
		return settled(s, hcloud.ServerStatusRunning)
	}
	return begin("start_server", poweron)
}

// stopping is asked of the operating system, which may take its time or not listen at
// all: then, or if it is forced, the power goes off.
type stopping struct{ force bool }

// patience is how long an operating system has for its shutdown.
const patience = time.Minute

func (w stopping) next(s *hcloud.Server, past history, since time.Duration) step {
	asked := past.succeeded("shutdown_server")
	switch {
	case s.Status == hcloud.ServerStatusOff:
		return step{}
	case past.succeeded("stop_server") != nil:
		return settled(s, hcloud.ServerStatusOff)
	case w.force || past.failures("shutdown_server") > 0:
		return begin("stop_server", poweroff)
	case asked == nil:
		return begin("shutdown_server", shutdown)
	case since < patience:
		return step{wait: min(patience-since, 5*time.Second)}
	}
	return begin("stop_server", poweroff)
}

// settled waits until a server is what its last action has made of it.
func settled(s *hcloud.Server, want hcloud.ServerStatus) step {
	if s.Status == want || s.Status == hcloud.ServerStatusOff || s.Status == hcloud.ServerStatusRunning {
		return step{}
	}
	return step{wait: 2 * time.Second}
}

// reinstall finds the image first: a name that the provider does not know must not cost
// the server anything.
func reinstall(p *Provider, doing server.Doing) (work, error) {
	var in struct {
		Image string `json:"image"`
	}
	if err := json.Unmarshal(doing.Input, &in); err != nil {
		return nil, err
	}
	return rebuilding{doing.Source.Image(in.Image)}, nil
}

// rebuilding puts an image on the disk and has the server run.
type rebuilding struct{ image string }

func (r rebuilding) next(s *hcloud.Server, past history, _ time.Duration) step {
	switch {
	case past.succeeded("rebuild_server") == nil:
		return beginOnce("rebuild_server", rebuild(r.image))
	case s.Status == hcloud.ServerStatusOff:
		return begin("start_server", poweron)
	}
	return settled(s, hcloud.ServerStatusRunning)
}

type beginning func(context.Context, *Provider, *hcloud.Server) (*hcloud.Action, error)

// begin is a step that does no harm if it is begun twice.
func begin(command string, b beginning) step { return step{command: command, begin: b} }

// beginOnce is a step that does.
func beginOnce(command string, b beginning) step {
	return step{command: command, begin: b, twice: true}
}

func poweron(ctx context.Context, p *Provider, s *hcloud.Server) (*hcloud.Action, error) {
	a, _, err := p.client.Server.Poweron(ctx, s)
	return a, err
}

func poweroff(ctx context.Context, p *Provider, s *hcloud.Server) (*hcloud.Action, error) {
	a, _, err := p.client.Server.Poweroff(ctx, s)
	return a, err
}

func shutdown(ctx context.Context, p *Provider, s *hcloud.Server) (*hcloud.Action, error) {
	a, _, err := p.client.Server.Shutdown(ctx, s)
	return a, err
}

func reboot(ctx context.Context, p *Provider, s *hcloud.Server) (*hcloud.Action, error) {
	a, _, err := p.client.Server.Reboot(ctx, s)
	return a, err
}

func reset(ctx context.Context, p *Provider, s *hcloud.Server) (*hcloud.Action, error) {
	a, _, err := p.client.Server.Reset(ctx, s)
	return a, err
}

func enableBackup(ctx context.Context, p *Provider, s *hcloud.Server) (*hcloud.Action, error) {
	a, _, err := p.client.Server.EnableBackup(ctx, s, "")
	return a, err
}

func rebuild(name string) beginning {
	return func(ctx context.Context, p *Provider, s *hcloud.Server) (*hcloud.Action, error) {
		image, err := p.image(ctx, name, s.ServerType.Architecture)
		if err != nil {
			return nil, err
		}
		// The password that comes without a key is not kept, and so nobody has it.
		result, _, err := p.client.Server.RebuildWithResult(ctx, s, hcloud.ServerRebuildOpts{Image: image})
		return result.Action, err
	}
}
