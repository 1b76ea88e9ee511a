package dashboard

import (
	"net/http"
	"net/url"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// doing is what the page of an action shows: what it asks for, and what it destroys.
type doing struct {
	console
	action product.Action
	inputs []input
	wrong  *fault.Error
	key    string
}

// act shows the form of an action.
func (s Site) act(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountServiceGet())
	if err != nil {
		return err
	}
	return s.showAct(w, r, f, f.written(), nil)
}

func (s Site) showAct(w http.ResponseWriter, r *http.Request, f *frame, fields url.Values, wrong *fault.Error) error {
	c, err := s.console(r, f)
	if err != nil {
		return err
	}
	action, err := s.actionOf(r, c.Service)
	if err != nil {
		return err
	}
	d := doing{console: c, action: action, wrong: wrong, key: newKey()}
	of, err := inputOf(action, c.Service)
	if err != nil {
		return err
	}
	d.inputs = inputs(of, of.PropertyOrder, "", s.wordsOf(c.ServiceType).Labels, fields, wrong)
	return render(w, r, statusOf(wrong), actPage(f, d))
}

// actionOf is the action of a service that the path names. It returns not_found.
func (s Site) actionOf(r *http.Request, service shop.Service) (product.Action, error) {
	action, known := s.action(service.ServiceType, shop.ActionName(r.PathValue("action")))
	if !known {
		return action, fault.New(fault.NotFound, "The service has no action %+q.", r.PathValue("action")).
			Fix("Open the service: it shows what can be done with it.")
	}
	return action, nil
}

// inputOf is the schema of an action's input, with what the state of the service allows.
func inputOf(a product.Action, service shop.Service) (*schema.Schema, error) {
	of := schema.Object(a.Input...)
	if a.Options == nil {
		return of, nil
	}
	options, err := a.Options(service.State)
	for name, values := range options {
		known := of.Properties[name]
		if known == nil {
			continue // another action takes it
		}
		member := *known
		for _, v := range values {
			member.Enum = append(member.Enum, v)
		}
		of.Properties[name] = &member
	}
	return of, err
}

// begin begins an action.
func (s Site) begin(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.AccountServiceGet())
	if err != nil {
		return err
	}
	service, err := s.Shop.Service(r.Context(), f.caller, serviceOf(r))
	if err != nil {
		return err
	}
	action, err := s.actionOf(r, service)
	if err != nil {
		return err
	}
	values := object(schema.Object(action.Input...), "", fields)
	values["serviceId"] = string(service.ID)
	operation := api.ActionOf(service.ServiceType, action)
	if action.Charge != nil {
		operation = api.ActionQuoteOf(service.ServiceType, action)
	}
	answer, err := s.do(r, entry, api.AccountProduct(operation), values, keyOf(fields))
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showAct(w, r, f, fields, wrong) })
	}
	to := servicePath(service.ID)
	if action.Charge != nil {
		quoted, err := read[struct{ Quote struct{ ID string } }](answer)
		if err != nil {
			return err
		}
		to = "/quotes/" + quoted.Quote.ID
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
