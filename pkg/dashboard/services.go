package dashboard

import (
	"net/http"

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
	if err := s.fill(r.Context(), f, l.load(f, s.Shop.Services)); err != nil {
		return err
	}
	rows, err := s.see(l.items)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, servicesPage(f, l, rows))
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
