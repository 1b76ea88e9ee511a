package dashboard

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"agentstore/pkg/api"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// console is what the page of a service shows.
type console struct {
	seen
	actions []shop.Action
	offered []product.Action // what its product can do with it
	allowed []string
	barred  []shop.Blocked // and why
	sights  []product.Read // what is seen of it besides
	// cancel is what a cancellation would come to now; nil where it cannot be cancelled.
	cancel *shop.Cancellation
}

// service shows one service, and what can be done with it.
func (s Site) service(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountServiceGet())
	if err != nil {
		return err
	}
	c, err := s.console(r, f)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, servicePage(f, c))
}

func (s Site) console(r *http.Request, f *frame) (c console, err error) {
	serviceID := serviceOf(r)
	err = s.fill(r.Context(), f,
		func(ctx context.Context) (err error) {
			c.Service, err = s.Shop.Service(ctx, f.caller, serviceID)
			return err
		},
		func(ctx context.Context) (err error) {
			c.actions, _, err = s.Shop.Actions(ctx, f.caller, serviceID, shop.Page{Limit: onPage})
			return err
		},
	)
	if err != nil {
		return c, err
	}
	// What cannot be cancelled now has no preview.
	if cancel, err := s.Shop.CancellationOf(c.Service, shop.CancelNow); err == nil {
		c.cancel = &cancel
	}
	if c.look, err = s.look(c.Service); err != nil {
		return c, err
	}
	c.state = s.stateOfService(c.Service, c.look)
	if c.allowed, err = s.Shop.Products.AllowedActions(c.Service); err != nil {
		return c, err
	}
	if c.barred, err = s.Shop.Products.BlockedActions(c.Service, f.now); err != nil {
		return c, err
	}
	for _, a := range s.wordsOf(c.ServiceType).Actions {
		if c.can(a) || c.why(a) != "" { // its provider can do it
			c.offered = append(c.offered, a)
		}
	}
	if made := s.Shop.Products[c.ServiceType]; made != nil && c.Status == shop.ServiceActive {
		for _, read := range s.charted(c.ServiceType) {
			if made.Provides(c.Resource.Provider, read.Name) {
				c.sights = append(c.sights, read)
			}
		}
	}
	return c, nil
}

func serviceOf(r *http.Request) id.Service { return id.Service(r.PathValue("serviceId")) }

// can reports whether an action can begin now.
func (c console) can(a product.Action) bool {
	return slices.Contains(c.allowed, shop.Capability(c.ServiceType, a.Name))
}

// why says what keeps an action from beginning; empty where nothing does.
func (c console) why(a product.Action) string {
	i := slices.IndexFunc(c.barred, func(b shop.Blocked) bool { return b.Action == shop.Capability(c.ServiceType, a.Name) })
	if i < 0 {
		return ""
	}
	return cmp.Or(c.blocked(), c.barred[i].Detail)
}

// blocked says why nothing can begin now; empty where something can.
func (c console) blocked() string {
	switch {
	case c.Status.Ended():
		return "It has ended."
	case c.Status == shop.ServiceProvisioning:
		return "It is still being made."
	case c.Current != nil:
		return "Other actions wait until this one ends."
	case c.Status == shop.ServiceSuspended:
		return "It is suspended until it is paid."
	default:
		return ""
	}
}

// denied reports whether a member has said no to its renewal.
func (c console) denied() bool {
	return c.Bill.Asked != nil && c.Bill.Asked.Denied && !c.Status.Ended()
}
