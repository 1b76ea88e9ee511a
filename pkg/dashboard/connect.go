package dashboard

import (
	"context"
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// connecting is how far the connection of an agent is.
type connecting struct {
	agent id.Agent // empty: none is chosen yet
	keys  []shop.Credential
}

// connect leads through the connection of an agent, step by step.
func (s Site) connect(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.KeyList())
	if err != nil {
		return err
	}
	c := connecting{agent: id.Agent(r.URL.Query().Get("agent"))}
	err = s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		if c.agent != "" {
			c.keys, err = s.Shop.Keys(ctx, f.caller, c.agent)
		}
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, connectPage(f, c))
}

// called is the first key that was used; nil for none.
func (c connecting) called() *shop.Credential {
	for i, k := range c.keys {
		if !k.LastUse.At.IsZero() {
			return &c.keys[i]
		}
	}
	return nil
}
