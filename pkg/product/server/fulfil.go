package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Provider is where servers come from. Every call must be repeatable: no VPS
// provider takes an idempotency key for a create, so a server is found again by
// its label, and an action by its token.
type Provider interface {
	// Create makes the server with that label, or returns the one that has it.
	Create(context.Context, Spec) (Machine, error)
	// Restart begins a restart, unless the token was seen before. It returns
	// ErrNoMachine.
	Restart(ctx context.Context, label Label, token string) (Machine, error)
	// Reinstall begins a reinstall with the image, unless the token was seen
	// before. It returns ErrNoMachine.
	Reinstall(ctx context.Context, label Label, token, image string) (Machine, error)
	// Delete removes the server with that label. It returns ErrNoMachine.
	Delete(ctx context.Context, label Label) error
	// List names all servers that have a label of the store.
	List(context.Context) ([]Listed, error)
}

// Listed is a server in a provider's list.
type Listed struct {
	Label     Label
	CreatedAt time.Time
}

// Spec is what a provider is asked to make.
type Spec struct {
	Label    Label
	Hostname string
	Region   string
	Image    string
	Plan     id.Item
	Backups  bool
	SSHKeys  []string
	UserData string
}

// Machine is a server as its provider knows it.
type Machine struct {
	PublicIPv4 string
	// Busy is how long the provider still works on it; zero when it is done.
	Busy time.Duration
}

// The errors of a provider that are final. Any other error may pass.
var (
	// ErrNoMachine: there is no server with the label.
	ErrNoMachine = errors.New("the provider has no such server")
	// ErrRefused is wrapped around a provider's own words.
	ErrRefused = errors.New("the provider refuses")
)

// Fulfilment implements shop.Fulfilment and shop.Inventory over a provider.
type Fulfilment struct{ Provider Provider }

// Perform carries out a job. The id of the job is the token of its action.
func (f Fulfilment) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Service, error) {
	if job.Type == shop.ActionDelete {
		return service, f.delete(ctx, service)
	}
	machine, err := f.call(ctx, service, job)
	switch {
	case errors.Is(err, ErrNoMachine) || errors.Is(err, ErrRefused):
		return service, &shop.Refusal{Reason: err.Error()}
	case err != nil:
		return service, err
	case machine.Busy > 0:
		return service, &shop.Pending{After: machine.Busy}
	}
	server := *service.Server
	server.PublicIPv4 = machine.PublicIPv4
	server.PowerState = shop.PowerRunning
	if job.Type != shop.ActionRestart { // which does not mend the image of a failed reinstall
		server.ProvisioningStatus = shop.ProvisioningReady
	}
	service.Server = &server
	return service, nil
}

// delete makes sure that there is no server.
func (f Fulfilment) delete(ctx context.Context, service shop.Service) error {
	err := f.Provider.Delete(ctx, labelOf(service))
	if errors.Is(err, ErrNoMachine) {
		return nil
	}
	return err
}

// Holdings lists the servers that the provider runs for the store.
func (f Fulfilment) Holdings(ctx context.Context) ([]shop.Holding, error) {
	listed, err := f.Provider.List(ctx)
	if err != nil {
		return nil, err
	}
	var holdings []shop.Holding
	for _, l := range listed {
		if key, ok := l.Label.service(); ok {
			holdings = append(holdings, shop.Holding{ServiceKey: key, CreatedAt: l.CreatedAt})
		}
	}
	return holdings, nil
}

func (f Fulfilment) call(ctx context.Context, service shop.Service, job shop.Job) (Machine, error) {
	label := labelOf(service)
	switch job.Type {
	case shop.ActionCreate:
		spec, err := specOf(service)
		if err != nil {
			return Machine{}, err
		}
		return f.Provider.Create(ctx, spec)
	case shop.ActionRestart:
		return f.Provider.Restart(ctx, label, string(job.ID))
	case shop.ActionReinstall:
		return f.Provider.Reinstall(ctx, label, string(job.ID), service.Server.Image)
	default:
		return Machine{}, fmt.Errorf("%w: a server cannot %s", ErrRefused, job.Type)
	}
}

func specOf(service shop.Service) (Spec, error) {
	var c Configuration
	if err := json.Unmarshal(service.Configuration, &c); err != nil {
		return Spec{}, err
	}
	return Spec{
		Label: labelOf(service), Hostname: c.Hostname, Region: c.Region, Image: c.Image,
		Plan: service.Item, Backups: c.BackupsEnabled, SSHKeys: c.SSHKeys, UserData: c.UserData,
	}, nil
}
