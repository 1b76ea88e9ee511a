package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"agentstore/pkg/shop"
)

// Fulfilment implements shop.Fulfilment and shop.Inventory with the providers that
// servers come from, under the names that the catalog gives them.
type Fulfilment struct{ Providers map[string]Provider }

// Perform carries out a job. The id of the job is the token of its action.
func (f Fulfilment) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	out := shop.Outcome{Service: service}
	if job.Intent.Action == shop.ActionDelete {
		return out, f.delete(ctx, service)
	}
	provider, err := f.provider(service)
	if err != nil {
		return out, err
	}
	machine, err := call(ctx, provider, service, job)
	switch {
	case isFinal(err):
		return out, &shop.Refusal{Reason: err.Error()}
	case err != nil:
		return out, err
	}
	out.Service.Resource.ID, out.Service.Resource.Operation = machine.ID, machine.Operation
	if machine.Busy > 0 {
		return out, &shop.Pending{After: askAgain(machine), Percent: machine.Percent, Left: machine.Busy}
	}
	if machine.Secret != "" {
		out.Secret = []byte(machine.Secret)
	}
	if job.Intent.Action == snapshotCreateName && machine.Copy.ID == "" {
		return out, &shop.Refusal{Reason: "the provider has made no snapshot"}
	}
	state, err := StateOf(service.State)
	if err != nil {
		return out, err
	}
	state.PublicIPv4 = machine.PublicIPv4
	if state.NewHostname != "" {
		out.Service.DisplayName = state.NewHostname
	}
	if machine.Copy.ID != "" {
		if err := state.took(machine.Copy, service.Current); err != nil {
			return out, err
		}
	}
	out.Service.State, err = state.Data()
	return out, err
}

// askAgain is when to ask the provider again: one that tells how far it is, more often,
// so that whoever waits can see it.
func askAgain(m Machine) time.Duration {
	if m.Percent == 0 {
		return m.Busy
	}
	return min(m.Busy, max(time.Second, m.Busy/4))
}

// provider is where the service comes from. A missing one may come back: the program
// that has it may not run yet, or no longer.
func (f Fulfilment) provider(service shop.Service) (Provider, error) {
	name := service.Resource.Provider
	provider, ok := f.Providers[name]
	if !ok {
		return nil, fmt.Errorf("server: no provider is called %q", name)
	}
	return provider, nil
}

func call(ctx context.Context, provider Provider, service shop.Service, job shop.Job) (Machine, error) {
	if job.Intent.Action != shop.ActionCreate {
		state, err := StateOf(service.State)
		if err != nil {
			return Machine{}, err
		}
		if job.Intent.Action == shop.ActionResume && state.StaysStopped {
			return Machine{ID: service.Resource.ID, Operation: service.Resource.Operation, PublicIPv4: state.PublicIPv4}, nil
		}
		return provider.Do(ctx, refOf(service), Doing{job.Intent.Action, string(job.ID), job.Intent.Input, state.Source})
	}
	spec, err := specOf(service, job.Personal)
	if err != nil {
		return Machine{}, err
	}
	return provider.Create(ctx, spec)
}

// delete makes sure that there is no server. If no service knows which provider has
// it, every one is asked.
func (f Fulfilment) delete(ctx context.Context, service shop.Service) error {
	if service.Resource.Provider != "" {
		provider, err := f.provider(service)
		if err != nil {
			return err
		}
		return deleteAt(ctx, provider, service)
	}
	var errs []error
	for _, provider := range f.Providers {
		errs = append(errs, deleteAt(ctx, provider, service))
	}
	return errors.Join(errs...)
}

func deleteAt(ctx context.Context, provider Provider, service shop.Service) error {
	err := provider.Delete(ctx, refOf(service))
	if errors.Is(err, ErrNoMachine) {
		return nil
	}
	return err
}

// Holdings lists the servers that the providers run for the store.
func (f Fulfilment) Holdings(ctx context.Context) ([]shop.Holding, error) {
	var holdings []shop.Holding
	for _, provider := range f.Providers {
		err := provider.List(ctx, func(l Listed) error {
			if key, ok := l.Label.service(); ok {
				holdings = append(holdings, shop.Holding{ServiceKey: key, CreatedAt: l.CreatedAt})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return holdings, nil
}

func refOf(service shop.Service) Ref {
	return Ref{Label: labelOf(service), ID: service.Resource.ID, Operation: service.Resource.Operation}
}

func specOf(service shop.Service, personal json.RawMessage) (Spec, error) {
	var c Configuration
	if err := json.Unmarshal(service.Configuration, &c); err != nil {
		return Spec{}, err
	}
	keys, err := giveComments(c.SSHKeys, service.Personal, personal)
	if err != nil {
		return Spec{}, err
	}
	state, err := StateOf(service.State)
	if err != nil {
		return Spec{}, err
	}
	return Spec{
		Label: labelOf(service), Hostname: c.Hostname, Region: c.Region, Image: c.Image,
		Plan: service.Item, Backups: c.BackupsEnabled, SSHKeys: keys, UserData: c.UserData, Firewall: c.Firewall,
		Source: state.Source,
	}, nil
}
