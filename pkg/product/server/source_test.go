package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/product/server"
)

// Every member of a plan and of a state is kept, and what is the provider's is shown to
// nobody.
func TestSourceIsKeptAndNotShown(t *testing.T) {
	t.Parallel()
	source := server.Source{Type: "cx23", Locations: map[string]string{"eu-central": "fsn1"}, Images: map[string]string{"debian-12": "debian-12-lts"}}
	rules := []server.Rule{{Protocol: server.TCP, Ports: "443", Sources: []string{"::/0"}}}
	state := server.State{
		Hostname: "web", Region: "eu-central", Image: "debian-12", SSHUsername: "root", SSHPort: 22, Firewall: rules, NextFirewall: &rules, NewHostname: "web-2", Source: source,
	}
	kept, err := state.Data()
	if err != nil {
		t.Fatal(err)
	}
	got, err := server.StateOf(kept)
	if diff := cmp.Diff(state, got); diff != "" || err != nil {
		t.Errorf("the state (-kept +read), %v:\n%s", err, diff)
	}
	shown, err := server.Rules{}.ShowState(kept)
	if err != nil || !json.Valid(shown) || strings.Contains(string(shown), "cx23") || strings.Contains(string(shown), "fsn1") {
		t.Errorf("shown is %s, %v", shown, err)
	}
	plan := server.Plan{CPUCores: 1, Architecture: "x86_64", Regions: []string{"eu-central"}, Images: []string{"debian-12"}, Source: source}
	if kept, err = plan.Data(); err != nil {
		t.Fatal(err)
	}
	read, err := server.PlanOf(kept)
	if diff := cmp.Diff(plan, read); diff != "" || err != nil {
		t.Errorf("the plan (-kept +read), %v:\n%s", err, diff)
	}
	shown, err = server.Rules{}.ShowPlan(kept)
	if err != nil || strings.Contains(string(shown), "cx23") {
		t.Errorf("shown is %s, %v", shown, err)
	}
}
