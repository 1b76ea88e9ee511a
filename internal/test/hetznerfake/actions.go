package hetznerfake

import (
	"slices"
	"strconv"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud/schema"
)

// action is an action, and what comes of it.
type action struct {
	schema.Action
	on   *machine
	ends time.Time
	do   func()
	undo func()
}

// begin begins an action, which changes something when it has ended.
func (c *Cloud) begin(command string, on *machine, takes time.Duration, do func()) *action {
	a := &action{on: on, ends: c.Now().Add(takes), do: do, Action: schema.Action{
		ID: c.number(), Status: "running", Command: command, Started: c.Now(),
		Resources: []schema.ActionResourceReference{{ID: on.ID, Type: "server"}},
	}}
	c.actions = append(c.actions, a)
	return a
}

// tick ends what has ended by now.
func (c *Cloud) tick() {
	for _, a := range c.actions {
		if a.Status != "running" || a.ends.After(c.Now()) {
			continue
		}
		a.Finished = ptr(a.ends)
		a.Progress = 100
		if codes := c.Failing[a.Command]; len(codes) > 0 {
			c.Failing[a.Command] = codes[1:]
			a.Status, a.Error = "error", &schema.ActionError{Code: codes[0], Message: "Action failed"}
			if a.undo != nil {
				a.undo()
			}
			continue
		}
		a.Status = "success"
		a.do()
	}
}

// wire is the action as it is now.
func (a *action) wire(now time.Time) schema.Action {
	one := a.Action
	if one.Status == "running" && a.ends.After(a.Started) {
		one.Progress = int(100 * now.Sub(a.Started) / a.ends.Sub(a.Started))
	}
	return one
}

func (c *Cloud) listActions(r request) (any, error) {
	var found []schema.Action
	for _, a := range c.actions {
		if slices.Contains(r.query["id"], strconv.FormatInt(a.ID, 10)) {
			found = append(found, a.wire(c.Now()))
		}
	}
	return page("actions", found, r.query)
}

func (c *Cloud) getAction(r request) (any, error) {
	for _, a := range c.actions {
		if a.ID == r.number {
			return map[string]any{"action": a.wire(c.Now())}, nil
		}
	}
	return nil, fail("not_found", "action not found")
}

func (c *Cloud) listServerActions(r request) (any, error) {
	m, err := c.find(r.number)
	if err != nil {
		return nil, err
	}
	var found []schema.Action
	for _, a := range c.actions {
		if a.on == m {
			found = append(found, a.wire(c.Now()))
		}
	}
	if r.query.Get("sort") == "id:desc" {
		slices.Reverse(found)
	}
	return page("actions", found, r.query)
}

// Commands are the actions of all servers, the oldest first.
func (c *Cloud) Commands() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, a := range c.actions {
		all = append(all, a.Command)
	}
	return all
}
