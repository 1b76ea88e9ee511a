package dashboard

import (
	"net/http"
	"slices"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// seen is a service as lists show it.
type seen struct {
	shop.Service
	look  product.Look
	state state
}

// services shows what the account has.
func (s Site) services(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountServiceList())
	if err != nil {
		return err
	}
	l, err := newList[shop.Service](r)
	if err != nil {
		return err
	}
	if l.query != "" {
		l.match = s.findable(l.query)
	}
	if isSheet(r) {
		return writeSheet(s, w, r, f, l, s.Shop.Services, serviceLines(s))
	}
	if err := s.fill(r.Context(), f, l.load(f, s.Shop.Services)); err != nil {
		return err
	}
	rows, err := s.see(l.items)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, servicesPage(f, l, rows))
}

// findable reports whether a service is looked for: by a part of its name, of its id, or
// of an address that its product names.
func (s Site) findable(query string) func(shop.Service) bool {
	query = strings.ToLower(query)
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), query) }
	return func(service shop.Service) bool {
		if has(service.DisplayName) || has(string(service.ID)) {
			return true
		}
		look, err := s.look(service)
		return err == nil && slices.ContainsFunc(look.Access, func(fact product.Fact) bool { return has(fact.Value) })
	}
}

// see has the products say how their services look.
func (s Site) see(services []shop.Service) ([]seen, error) {
	rows := make([]seen, len(services))
	for i, service := range services {
		look, err := s.look(service)
		if err != nil {
			return nil, err
		}
		rows[i] = seen{service, look, s.stateOfService(service, look)}
	}
	return rows, nil
}

// inMotion reports whether something changes by itself soon.
func inMotion(rows []seen) bool {
	for _, r := range rows {
		if r.state.icon == busy {
			return true
		}
	}
	return false
}

func serviceStatuses() []shop.ServiceStatus {
	return []shop.ServiceStatus{
		shop.ServiceActive, shop.ServiceProvisioning, shop.ServiceSuspended, shop.ServiceCanceled, shop.ServiceFailed,
	}
}
