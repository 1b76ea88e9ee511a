package dashboard

import (
	"context"
	"net/http"
	"slices"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// guard shows what agents need an approval for.
func (s Site) guard(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountServiceGet())
	if err != nil {
		return err
	}
	return s.showGuard(w, r, f, nil)
}

func (s Site) showGuard(w http.ResponseWriter, r *http.Request, f *frame, wrong *fault.Error) error {
	var service shop.Service
	err := s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		service, err = s.Shop.Service(ctx, f.caller, serviceOf(r))
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, statusOf(wrong), guardPage(f, service, s.Shop.Products.Protectable(service.ServiceType), wrong))
}

// setGuard sets it.
func (s Site) setGuard(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.AccountServiceGet())
	if err != nil {
		return err
	}
	chosen := []any{}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(fields["protection"]))) {
		chosen = append(chosen, name)
	}
	values := map[string]any{"serviceId": string(serviceOf(r)), "protection": chosen}
	if _, err := s.do(r, entry, api.ProtectionSet(s.Shelf), values, ""); err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showGuard(w, r, f, wrong) })
	}
	http.Redirect(w, r, servicePath(serviceOf(r)), http.StatusSeeOther)
	return nil
}
