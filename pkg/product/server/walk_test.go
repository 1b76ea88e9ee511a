package server_test

import (
	"context"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

var (
	steps = flag.Int("steps", 200, "how far to walk the state machine at random; make proof walks 10000 steps")
	seed  = flag.Uint64("seed", 1, "where the walk begins")
)

// dying is a provider whose worker dies now and then: before the call, after it, or when
// the provider has refused.
type dying struct {
	shop.Fulfilment
	random *rand.Rand
	die    context.CancelFunc
	// refused counts the actions that the provider has refused.
	refused int
}

// Perform implements shop.Fulfilment.
func (d *dying) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	switch d.random.IntN(12) {
	case 0: // before the call
		d.die()
		return shop.Outcome{Service: service}, context.Canceled
	case 1: // after it
		defer d.die()
	case 2:
		if service.Resource.Operation == "" && service.Current.Percent == 0 && job.Attempts == 1 {
			d.refused++
			return shop.Outcome{Service: service}, &shop.Refusal{Reason: "no capacity"}
		}
	}
	return d.Fulfilment.Perform(ctx, service, job)
}

// walked is one way to ask for an action.
type walked struct {
	action shop.ActionName
	option string
	input  string
}

var ways = []walked{
	{"start", "", `{}`},
	{"stop", "", `{}`},
	{"stop", "", `{"force":true}`},
	{"restart", "", `{}`},
	{"restart", "", `{"force":true}`},
	{"reinstall", "", `{"image":"debian-12"}`},
	{"rename", "", `{"hostname":"build-node-02"}`},
	{"rescue", "on", `{"enabled":true}`},
	{"rescue", "off", `{"enabled":false}`},
	{"password_reset", "", `{}`},
	{"console", "", `{}`},
	{"firewall_set", "", `{"rules":[{"protocol":"tcp","ports":"22","sources":["0.0.0.0/0"]}]}`},
}

// walk is a store with one server, two agents and a provider of which a worker dies.
type walk struct {
	agents  [2]storetest.Store
	service string
	dying   *dying
	random  *rand.Rand
	// accepted counts the calls that were.
	accepted int
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Latency: 3 * time.Second})
	w := &walk{service: s.Service(t), random: rand.New(rand.NewPCG(*seed, 0))}
	s.Work(t)
	s.Clock.Advance(3 * time.Second)
	s.Work(t)
	w.dying = &dying{Fulfilment: s.Worker.Fulfilments[server.ServiceType], random: w.random}
	s.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: w.dying}
	w.agents = [2]storetest.Store{*s, *s}
	w.agents[1].Key = s.NewKey(t, s.Shop.IDs.Agent(s.Agent.Account()), s.Shop.Products.Scopes()...)
	return w
}

// seen is what service_get says.
type seen struct {
	Service struct {
		Status         string   `json:"status"`
		AllowedActions []string `json:"allowedActions"`
		BlockedActions []struct {
			Action, Code, Detail string
			From                 time.Time
		} `json:"blockedActions"`
		CurrentAction *struct {
			Progress int `json:"progress"`
		} `json:"currentAction"`
		Server server.State `json:"server"`
	} `json:"service"`
}

func (w *walk) see(t *testing.T) seen {
	t.Helper()
	var s seen
	if err := json.Unmarshal([]byte(w.agents[0].Call(t, http.MethodGet, storetest.Services+"/"+w.service, nil).Body), &s); err != nil {
		t.Fatal(err)
	}
	if all := len(s.Service.AllowedActions) + len(s.Service.BlockedActions); all != len(server.Rules{}.Actions()) {
		t.Fatalf("%d actions are allowed or blocked: %+v", all, s)
	}
	return s
}

// modeOf is the mode of a server that has settled; empty for one that has not.
func modeOf(s server.State) server.Mode {
	mode := server.Mode(s.PowerState)
	if s.RescueEnabled {
		mode = server.ModeRescue
	}
	settled := slices.Contains(server.SettledModes(), mode) && (!s.RescueEnabled || s.PowerState == server.PowerRunning)
	image := s.ProvisioningStatus == server.ProvisioningReady || s.ProvisioningStatus == server.ProvisioningFailed
	if !settled || !image || s.NewHostname != "" {
		return ""
	}
	return mode
}

// row is the transition by which it would begin.
func (v walked) row(s server.State) (server.Transition, bool) {
	rows := server.Transitions()
	i := slices.IndexFunc(rows, func(r server.Transition) bool {
		return r.Action == v.action && r.Option == v.option && r.From == modeOf(s) && slices.Contains(r.Image.From, s.ProvisioningStatus)
	})
	if i < 0 {
		return server.Transition{}, false
	}
	return rows[i], true
}

// ask has both agents ask at once, each for something of its own, and returns the call
// that was accepted and its action; false for none.
func (w *walk) ask(t *testing.T, before seen) (walked, string, bool) {
	t.Helper()
	var asked [2]walked
	var answers [2]storetest.Answer
	var wait sync.WaitGroup
	for i := range w.agents {
		asked[i] = ways[w.random.IntN(len(ways))]
		wait.Go(func() {
			path := storetest.Services + "/" + w.service + "/server/" + string(asked[i].action)
			answers[i] = w.agents[i].Call(t, http.MethodPost, path, json.RawMessage(asked[i].input))
		})
	}
	wait.Wait()
	accepted, possible := -1, false
	for i, a := range answers {
		_, can := asked[i].row(before.Service.Server)
		possible = possible || can
		switch {
		case a.Status == http.StatusAccepted && can && accepted < 0:
			accepted = i
		case a.Status == http.StatusConflict && a.Code() == "action_in_progress":
		case a.Status == http.StatusConflict && a.Code() == "service_not_ready" && !can:
		default:
			t.Fatalf("%+v of %+v: %d %s", asked[i], before.Service.Server, a.Status, a.Body)
		}
	}
	if possible != (accepted >= 0) {
		t.Fatalf("of %+v none was accepted: %+v", asked, before.Service.Server)
	}
	if accepted < 0 {
		return walked{}, "", false
	}
	w.accepted++
	return asked[accepted], answers[accepted].Text("actionId"), true
}

// settle works, and dies, until the action has ended, and returns its status.
func (w *walk) settle(t *testing.T, action string) string {
	t.Helper()
	s := w.agents[0]
	last := 0
	for range 100 {
		ctx, die := context.WithCancel(t.Context())
		w.dying.die = die
		_, _ = s.Worker.RunDue(ctx) // of one that has died nobody hears
		die()
		now := s.Call(t, http.MethodGet, storetest.Services+"/"+w.service+"/actions/"+action, nil)
		progress := int(now.Get("action", "progress").(float64))
		if status := now.Text("action", "status"); status != "running" {
			return status
		}
		if progress < last || progress > 99 {
			t.Fatalf("the progress goes from %d to %d", last, progress)
		}
		last = progress
		if v := w.see(t); len(v.Service.AllowedActions) > 0 {
			t.Fatalf("something is allowed while it is busy: %+v", v)
		}
		s.Clock.Advance(time.Duration(1+w.random.IntN(130)) * time.Second)
	}
	t.Fatal("it has not ended")
	return ""
}

// TestWalk walks the state machine at random, with two agents that cross each other and
// workers that die: each call is refused with a reason, or ends in a state that is listed,
// and the provider has begun one action for each that was accepted.
func TestWalk(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	before := w.see(t)
	endings := map[string]int{}
	for range *steps {
		way, action, accepted := w.ask(t, before)
		if !accepted {
			endings["refused"]++
			continue
		}
		row, _ := way.row(before.Service.Server)
		ending := w.settle(t, action)
		endings[ending]++
		after := w.see(t)
		want, image := row.From, before.Service.Server.ProvisioningStatus
		if ending == "succeeded" {
			want = row.To
		}
		if row.Image.During != "" {
			image = map[bool]server.ProvisioningStatus{true: row.Image.To, false: row.Image.Else}[ending == "succeeded"]
		}
		if got := after.Service.Server; modeOf(got) != want || got.ProvisioningStatus != image || after.Service.Status != "active" {
			t.Fatalf("%+v has %s and leaves %+v, want %s and %s", way, ending, after.Service, want, image)
		}
		w.expectOnce(t)
		before = after
	}
	t.Logf("%d steps from seed %d: %v", *steps, *seed, endings)
}

// expectOnce asks the provider how many actions it has begun, and whether it runs: the
// rows of the machine alone would prove themselves.
func (w *walk) expectOnce(t *testing.T) {
	t.Helper()
	s := w.agents[0]
	service, err := s.Table.Service(t.Context(), s.Agent.Account(), id.Service(w.service))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Provider().Read(t.Context(), service, "status", nil)
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Actions int  `json:"actions"`
		Off     bool `json:"off"`
	}
	if err := json.Unmarshal(answer, &known); err != nil {
		t.Fatal(err)
	}
	if known.Actions != w.accepted-w.dying.refused {
		t.Errorf("the provider has begun %d actions, of %d that were accepted it has refused %d", known.Actions, w.accepted, w.dying.refused)
	}
	if off := modeOf(w.see(t).Service.Server) == server.ModeStopped; off != known.Off {
		t.Errorf("the store says that it is off: %v, and the provider %v", off, known.Off)
	}
}
