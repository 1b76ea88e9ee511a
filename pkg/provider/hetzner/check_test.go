package hetzner_test

import (
	"testing"

	"agentstore/internal/test/hetznerfake"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/provider/hetzner"
)

func offer(change func(*hetzner.Offer)) hetzner.Offer {
	o := hetzner.Offer{Item: "cat_test", Regions: []string{"eu-central"}, Images: []string{"debian-12"}, Source: spec().Source}
	change(&o)
	return o
}

// A check says what the provider would deliver at which price, and changes nothing.
func TestCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, spec())
	w.cloud.SoldOut = map[string]bool{"cx23/nbg1": true}
	before := len(w.cloud.Commands())
	for what, test := range map[string]struct {
		offer    hetzner.Offer
		problems []string
	}{
		"good":         {offer(func(*hetzner.Offer) {}), nil},
		"no such type": {offer(func(o *hetzner.Offer) { o.Source.Type = "cx11" }), []string{`there is no server type "cx11"`}},
		"no such location": {
			offer(func(o *hetzner.Offer) { o.Source.Locations = map[string]string{"eu-central": "hel9"} }),
			[]string{`eu-central: cx23 is not sold in "hel9"`},
		},
		"sold out": {
			offer(func(o *hetzner.Offer) { o.Source.Locations = map[string]string{"eu-central": "nbg1"} }),
			[]string{"eu-central: cx23 is sold out in nbg1"},
		},
		"no such image": {offer(func(o *hetzner.Offer) { o.Images = []string{"beos-5"} }), []string{`there is no image "beos-5" for x86`}},
	} {
		r, err := w.Check(t.Context(), []hetzner.Offer{test.offer})
		expectOK(t, err)
		expectSame(t, what, r.Items[0].Problems, test.problems)
		expectSame(t, "servers, own, writes", []any{r.Servers, r.Own, r.Writes, r.Limit}, []any{1, 1, true, 3600})
		if test.problems == nil {
			expectSame(t, "costs", r.Items[0].Costs, map[string]hetzner.Cost{"eu-central": {Server: "3.4900000000", Address: "0.5000000000", Currency: "EUR"}})
		}
	}
	w.cloud.ReadOnly = true
	r, err := w.Check(t.Context(), nil)
	expectOK(t, err)
	expectSame(t, "writes", r.Writes, false)
	expectSame(t, "actions", len(w.cloud.Commands()), before)
	expectSame(t, "servers", len(w.cloud.Servers()), 1)

	project := w.project()
	project.HTTP = documented.ClientOf(t, hetznerfake.OpenAPI) // what it sends is wrong on purpose
	_, err = hetzner.New(project).Check(t.Context(), []hetzner.Offer{offer(func(*hetzner.Offer) {})})
	expectOK(t, err)
	project.Token = "another"
	if _, err = hetzner.New(project).Check(t.Context(), nil); err == nil {
		t.Error("a token that is none is good")
	}
}
