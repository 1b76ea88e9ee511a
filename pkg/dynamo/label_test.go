package dynamo_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// labelled is a new service of an agent with labels, and what the purchase writes of them.
func (s store) labelled(t *testing.T, agent id.Agent, labels ...string) shop.Service {
	t.Helper()
	service := fresh(agent).service
	service.Labels = labels
	s.commit(t, shop.Change{Services: []shop.Service{service}, Labelings: labelings(service, labels, false), At: now})
	return service
}

func labelings(service shop.Service, labels []string, gone bool) (all []shop.Labeling) {
	for _, label := range labels {
		all = append(all, shop.Labeling{Account: service.Account, Agent: service.Agent, Service: service.ID, Label: label, Gone: gone})
	}
	return all
}

// relabelled is the next version of a service, with another label in the place of one.
func (s store) relabelled(t *testing.T, service shop.Service, gone, label string) shop.Service {
	t.Helper()
	service.Version++
	service.Labels = []string{label}
	moved := slices.Concat(labelings(service, []string{gone}, true), labelings(service, []string{label}, false))
	s.commit(t, shop.Change{Services: []shop.Service{service}, Labelings: moved, At: now})
	return service
}

// found are the services of a list, all pages of that size.
func (s store) found(t *testing.T, account id.Account, own id.Agent, p shop.Page) (ids []string) {
	t.Helper()
	for {
		var page []shop.Service
		var next shop.Cursor
		var err error
		if own != "" {
			page, next, err = s.OwnServices(t.Context(), own, p)
		} else {
			page, next, err = s.Services(t.Context(), account, p)
		}
		expectOK(t, err)
		ids = append(ids, idsOf(page, func(s shop.Service) string { return string(s.ID) })...)
		if next == "" {
			return ids
		}
		p.After = next
	}
}

// A label finds the services that have it, as they are, and no others; one that is taken
// away finds nothing, and can come back.
func TestLabels(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for _, agent := range []id.Agent{newAgent(), newOwnAgent()} {
			stranger, account := newAgent(), agent.Account()
			first := s.labelled(t, agent, "ci", "v1.2")
			second := s.labelled(t, agent, "ci")
			s.labelled(t, agent)
			s.labelled(t, stranger, "ci")
			of := func(label string) []string {
				all := s.found(t, account, "", shop.Page{Limit: 9, Label: label})
				if agent.SeesOwn() {
					expectSame(t, "its own list", s.found(t, account, agent, shop.Page{Limit: 9, Label: label}), all)
				}
				return all
			}
			expectSame(t, "with a label", of("ci"), []string{string(second.ID), string(first.ID)})
			expectSame(t, "with one that holds a dot", of("v1.2"), []string{string(first.ID)})
			expectSame(t, "with the beginning of a label", of("c"), []string(nil))
			expectSame(t, "with a label of nothing", of("none"), []string(nil))

			second = s.relabelled(t, second, "ci", "run=42")
			expectSame(t, "without the one that lost it", of("ci"), []string{string(first.ID)})
			expectSame(t, "with the other label", of("run=42"), []string{string(second.ID)})
			second = s.relabelled(t, second, "run=42", "ci")
			expectSame(t, "with the one that has it again", of("ci"), []string{string(second.ID), string(first.ID)})

			page, _, err := s.Services(t.Context(), account, shop.Page{Limit: 1, Label: "ci"})
			expectOK(t, err)
			expectSame(t, "as it is", page, []shop.Service{second})
		}
	})
}

// Filters together leave out what any of them leaves out, page by page, in both orders.
func TestServiceFilters(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	whole := newAgent()
	account := whole.Account()
	own := newID(func(m id.Maker) id.Agent { return m.OwnAgent(account) })
	agents := []id.Agent{whole, own, newID(func(m id.Maker) id.Agent { return m.Agent(account) })}
	statuses := []shop.ServiceStatus{shop.ServiceActive, shop.ServiceCanceled}
	labels := []string{"ci", "run=42"}
	var all []shop.Service
	for i := range 120 {
		service := fresh(agents[i%3]).service
		service.Status = statuses[i/3%2]
		service.Labels = labels[:i/6%3]
		s.commit(t, shop.Change{Services: []shop.Service{service}, Labelings: labelings(service, service.Labels, false), At: now})
		all = append(all, service)
	}
	slices.SortFunc(all, func(a, b shop.Service) int { return strings.Compare(string(a.ID), string(b.ID)) })
	rapid.Check(t, func(r *rapid.T) {
		p := shop.Page{
			Limit:  rapid.IntRange(1, 50).Draw(r, "limit"),
			Oldest: rapid.Bool().Draw(r, "oldest"),
			Label:  rapid.SampledFrom([]string{"", "ci", "run=42", "none"}).Draw(r, "label"),
			Agent:  rapid.SampledFrom(append([]id.Agent{""}, agents...)).Draw(r, "agent"),
			Status: rapid.SampledFrom([]string{"", "active", "canceled"}).Draw(r, "status"),
		}
		var by id.Agent
		if rapid.Bool().Draw(r, "by the agent that sees its own") {
			by, p.Agent = own, ""
		}
		var want []string
		for _, service := range all {
			if (p.Label == "" || slices.Contains(service.Labels, p.Label)) && (p.Agent == "" || service.Agent == p.Agent) &&
				(p.Status == "" || string(service.Status) == p.Status) && (by == "" || service.Agent == by) {
				want = append(want, string(service.ID))
			}
		}
		if !p.Oldest {
			slices.Reverse(want)
		}
		if got := s.found(t, account, by, p); !slices.Equal(got, want) {
			r.Fatalf("%+v by %q finds %v, want %v", p, by, got, want)
		}
	})
}

// A purchase without labels writes who has bought it, and one with labels a row for each: its
// partitions are its own, so that no key takes the units of several.
func TestLabelsBurdenNoPartition(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	demand := func(labels ...string) (sum int, most int) {
		var recorder dynamotest.Recorder
		table := s.with(recorder.Record)
		service := fresh(newAgent()).service
		service.Labels = labels
		expectOK(t, table.Commit(t.Context(), shop.Change{
			Services: []shop.Service{service}, Jobs: []shop.Job{fresh(newAgent()).job}, Labelings: labelings(service, labels, false), At: now,
		}))
		for _, call := range recorder.Calls() {
			for key, units := range call.Demand {
				sum += units
				if strings.Contains(key, "LABEL#") {
					most = max(most, units)
				}
			}
		}
		return sum, most
	}
	without, none := demand()
	expectSame(t, "units of labels, without one", none, 2) // that its agent has it
	var labels []string
	for n := range shop.MaxLabels {
		labels = append(labels, fmt.Sprint("label-", n))
	}
	with, most := demand(labels...)
	if with < without+2*len(labels) || with > without+2*len(labels)+4 {
		t.Errorf("%d labels take %d units more", len(labels), with-without)
	}
	if most > 4 {
		t.Errorf("a partition of a label takes %d units", most)
	}
}

// What is in the way of a service is in the way of its labels too.
func TestLabelsStandAndFallWithTheirService(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		service := s.labelled(t, newAgent(), "ci")
		late := service
		late.Labels = []string{"late"}
		moved := slices.Concat(labelings(late, []string{"ci"}, true), labelings(late, []string{"late"}, false))
		err := s.Commit(t.Context(), shop.Change{Services: []shop.Service{late}, Labelings: moved, At: now})
		expectError(t, "a change of a version that is there", err, shop.ErrConflict)
		expectSame(t, "with the label", s.found(t, service.Account, "", shop.Page{Limit: 9, Label: "ci"}), []string{string(service.ID)})
		expectSame(t, "with the late one", s.found(t, service.Account, "", shop.Page{Limit: 9, Label: "late"}), []string(nil))
	})
}

// Services that are too large for one answer are read by several.
func TestLabelsOfLargeServices(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	large, err := json.Marshal(strings.Repeat("x", 300_000))
	expectOK(t, err)
	agent := newAgent()
	var want []string
	for range 60 { // 18 MB
		service := fresh(agent).service
		service.Configuration, service.Labels = large, []string{"ci"}
		s.commit(t, shop.Change{Services: []shop.Service{service}, Labelings: labelings(service, service.Labels, false), At: now})
		want = append([]string{string(service.ID)}, want...)
	}
	var recorder dynamotest.Recorder
	page, next, err := s.with(recorder.Record).Services(t.Context(), agent.Account(), shop.Page{Limit: shop.MaxPage, Label: "ci"})
	expectOK(t, err)
	expectSame(t, "cursor", next, shop.Cursor(""))
	expectSame(t, "services", idsOf(page, func(s shop.Service) string { return string(s.ID) }), want)
	expectSame(t, "calls", len(recorder.Calls()), 4+2)
}
