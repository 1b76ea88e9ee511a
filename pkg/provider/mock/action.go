package mock

import (
	"encoding/json"
	"time"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// action is what the mock can do with a server.
type action struct {
	// does changes the server; nil changes nothing.
	does func(m *machine, do server.Doing, now time.Time) error
	// gives is what whoever asked for it is given to see once; nil is nothing.
	gives func(m machine, token string) string
}

// actions are what the mock can do.
var actions = map[shop.ActionName]action{
	"restart":          {does: turned(on)},
	"start":            {does: turned(on)},
	"stop":             {does: turned(off)},
	shop.ActionSuspend: {does: turned(off)},
	shop.ActionResume:  {does: turned(on)},
	"reinstall":        {does: reinstall},
	"rename":           {does: rename},
	"rescue":           {does: turned(on), gives: rescuePassword},
	"password_reset":   {gives: password},
	"console":          {gives: console},
	"firewall_set":     {does: setFirewall},
	"resize":           {does: resize},
	"snapshot_create":  {does: copied},
	"snapshot_delete":  {does: removeCopy},
}

const (
	on  = true
	off = false
)

// turned has the server run, or not.
func turned(running bool) func(*machine, server.Doing, time.Time) error {
	return func(m *machine, _ server.Doing, now time.Time) error {
		m.turn(running, now)
		return nil
	}
}

func setFirewall(m *machine, do server.Doing, _ time.Time) (err error) {
	m.Spec.Firewall, err = server.FirewallOf(do.Input)
	return err
}

func rename(m *machine, do server.Doing, _ time.Time) error {
	var in struct {
		Hostname string `json:"hostname"`
	}
	if err := json.Unmarshal(do.Input, &in); err != nil {
		return err
	}
	m.Spec.Hostname = in.Hostname
	return nil
}

// takes is how long an action takes: what is forced does not wait for the operating
// system.
func takes(latency time.Duration, input json.RawMessage) time.Duration {
	var in struct {
		Force bool `json:"force"`
	}
	if json.Unmarshal(input, &in) == nil && in.Force {
		return latency / 4
	}
	return latency
}
