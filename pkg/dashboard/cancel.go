package dashboard

import (
	"context"
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// leaving is what the page about the end of a service shows.
type leaving struct {
	service   shop.Service
	now, term shop.Cancellation
	wrong     *fault.Error
	typed     string
	key       string
}

// cancel shows what a cancellation comes to.
func (s Site) cancel(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountServiceCancelPreview())
	if err != nil {
		return err
	}
	return s.showCancel(w, r, f, leaving{typed: f.written().Get("name")})
}

func (s Site) showCancel(w http.ResponseWriter, r *http.Request, f *frame, l leaving) error {
	l.key = newKey()
	err := s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		l.service, err = s.Shop.Service(ctx, f.caller, serviceOf(r))
		return err
	})
	if err == nil {
		l.now, err = s.Shop.CancellationOf(l.service, shop.CancelNow)
	}
	if err == nil {
		l.term, err = s.Shop.CancellationOf(l.service, shop.CancelEndOfTerm)
	}
	if err != nil {
		return err
	}
	return render(w, r, statusOf(l.wrong), cancelPage(f, l))
}

// end cancels a service. At once it asks for the name, which nobody types by mistake.
func (s Site) end(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.AccountServiceCancelPreview())
	if err != nil {
		return err
	}
	values := map[string]any{"serviceId": string(serviceOf(r)), "ends": fields.Get("ends"), "token": fields.Get("token")}
	err = s.named(r.Context(), f, serviceOf(r), fields.Get("ends"), fields.Get("name"))
	if err == nil {
		_, err = s.do(r, entry, api.AccountServiceCancel(), values, keyOf(fields))
	}
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error {
			return s.showCancel(w, r, f, leaving{wrong: wrong, typed: fields.Get("name")})
		})
	}
	http.Redirect(w, r, servicePath(serviceOf(r)), http.StatusSeeOther)
	return nil
}

// named checks that the name of a service that ends now was typed.
func (s Site) named(ctx context.Context, f *frame, serviceID id.Service, when, typed string) error {
	if when != string(shop.CancelNow) {
		return nil
	}
	service, err := s.Shop.Service(ctx, f.caller, serviceID)
	if err == nil && typed != service.DisplayName {
		err = fault.InvalidParam("$.name", "must be the name of the service, to be sure that it is the one you mean").
			Fix("Type %s.", service.DisplayName)
	}
	return err
}

// extend moves the end of a service to a later moment.
func (s Site) extend(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	values := map[string]any{"serviceId": string(serviceOf(r)), endsName: fields.Get(endsName)}
	if _, err := s.do(r, entry, api.AccountServiceExtend(), values, keyOf(fields)); err != nil {
		return err
	}
	http.Redirect(w, r, servicePath(serviceOf(r)), http.StatusSeeOther)
	return nil
}

// relabel replaces the labels of a service.
func (s Site) relabel(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	values := map[string]any{"serviceId": string(serviceOf(r)), "labels": append([]any{}, linesOf(fields.Get("labels"))...)}
	if _, err := s.do(r, entry, api.AccountServiceLabelsSet(), values, keyOf(fields)); err != nil {
		return err
	}
	http.Redirect(w, r, servicePath(serviceOf(r)), http.StatusSeeOther)
	return nil
}

// renew says whether a service is renewed.
func (s Site) renew(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	values := map[string]any{"serviceId": string(serviceOf(r)), "autoRenew": fields.Get("autoRenew") == "true"}
	if _, err := s.do(r, entry, api.AccountServiceRenewalSet(), values, keyOf(fields)); err != nil {
		return err
	}
	http.Redirect(w, r, servicePath(serviceOf(r)), http.StatusSeeOther)
	return nil
}
