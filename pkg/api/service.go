package api

import (
	"context"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// ServiceList lists services.
func ServiceList() Operation {
	return Operation{
		Name: "service_list", Title: "List services",
		Summary:     "List the services that you see, the newest first.",
		Description: "Use it to find what runs, or what one run made by its label, and their ids. Not for one whose id you know: use service_get.",
		Method:      get, Path: "/v1/agent/services",
		Scope: shop.ScopeServicesRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(append(timeFields(), statusField(serviceStatuses()), labelField(), boughtByField())...),
		answers: output[servicesAnswer],
		Example: Example{Input: `{"limit":20}`, Output: exampleServices},
		call: lists(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in servicesArguments, p shop.Page) ([]shop.Service, shop.Cursor, error) {
			p.Label, p.Agent = in.Label, in.Agent
			return s.Services(ctx, caller, p)
		}, func(services []shop.Service, page pageWire, v view) servicesAnswer {
			return servicesAnswer{wireServices(services, v), page}
		}),
	}
}

func serviceStatuses() []shop.ServiceStatus {
	return []shop.ServiceStatus{shop.ServiceProvisioning, shop.ServiceActive, shop.ServiceSuspended, shop.ServiceCanceled, shop.ServiceFailed}
}

// ServiceGet reads a service.
func ServiceGet() Operation {
	return Operation{
		Name: "service_get", Title: "Get a service",
		Summary:     "Read a service: its state, how to reach it, and what can be done now.",
		Description: "Use it after purchase_create until status is active, and before you act on it: allowedActions names what can be done now, blockedActions why the rest cannot, protection what a member must approve. Not for the outcome of an action: use action_get.",
		Method:      get, Path: "/v1/agent/services/{serviceId}",
		Scope: shop.ScopeServicesRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("serviceId", idSchema("The id of a service."))),
		answers: output[serviceAnswer],
		Errors:  []fault.Code{fault.NotFound},
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `"}`, Output: exampleService},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in serviceArguments) (serviceAnswer, error) {
			service, err := s.Service(ctx, caller, in.Service)
			return wireWholeService(service, viewBy(s, caller)), err
		}),
	}
}

type serviceArguments struct {
	Service id.Service `json:"serviceId"`
}

type serviceAnswer struct {
	Service serviceWire `json:"service"`
}

// wireWholeService is a service that is read by itself: it also says what cannot be done
// with it now.
func wireWholeService(s shop.Service, v view) serviceAnswer {
	w := wireService(s, v)
	if w.state.err != nil {
		return serviceAnswer{w}
	}
	var blocked []shop.Blocked
	blocked, w.state.err = v.products.BlockedActions(s, v.now)
	w.BlockedActions = each(blocked, wireBlocked)
	return serviceAnswer{w}
}

func wireOneService(s shop.Service, v view) serviceAnswer { return serviceAnswer{wireService(s, v)} }

type servicesAnswer struct {
	Services []serviceWire `json:"services"`
	pageWire
}

type serviceWire struct {
	ID             string             `json:"id" jsonschema:"pass it as serviceId"`
	Status         shop.ServiceStatus `json:"status"`
	ServiceType    string             `json:"serviceType"`
	DisplayName    string             `json:"displayName"`
	CatalogItemID  string             `json:"catalogItemId"`
	PurchaseID     string             `json:"purchaseId"`
	PersonalID     string             `json:"personalId,omitempty"`
	AllowedActions []string           `json:"allowedActions" jsonschema:"what can be done now"`
	BlockedActions []blockedWire      `json:"blockedActions,omitempty" jsonschema:"what cannot be done now, and why; in service_get alone"`
	Protection     []shop.ActionName  `json:"protection" jsonschema:"what a member must approve"`
	CurrentAction  *actionWire        `json:"currentAction,omitempty" jsonschema:"absent when there is none"`
	FailureReason  string             `json:"failureReason,omitempty"`
	Renewal        serviceRenewalWire `json:"renewal"`
	Billing        billingWire        `json:"billing"`
	Lease          *leaseWire         `json:"lease,omitempty" jsonschema:"absent for a service that lives as long as it is paid"`
	Labels         []string           `json:"labels"`
	CreatedAt      time.Time          `json:"createdAt"`
	UpdatedAt      time.Time          `json:"updatedAt"`
	state          member
	text           []byte // what MarshalJSON returns, where it is asked more than once
}

// MarshalJSON implements json.Marshaler.
func (s serviceWire) MarshalJSON() ([]byte, error) {
	type own serviceWire
	if s.text != nil {
		return s.text, nil
	}
	return join(own(s), s.state)
}

// blockedWire is an action that cannot begin now, with the code and the detail of the
// refusal.
type blockedWire struct {
	Action string     `json:"action"`
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
	From   *time.Time `json:"from,omitempty" jsonschema:"when it can probably begin; absent where nobody knows"`
}

func wireBlocked(b shop.Blocked) blockedWire {
	w := blockedWire{Action: b.Action, Code: b.Code, Detail: b.Detail}
	if !b.From.IsZero() {
		w.From = &b.From
	}
	return w
}

type serviceRenewalWire struct {
	PriceMinor int64     `json:"priceMinor"`
	Currency   string    `json:"currency"`
	RenewsAt   time.Time `json:"renewsAt"`
}

func wireService(s shop.Service, v view) serviceWire {
	w := serviceWire{
		ID: string(s.ID), Status: s.Status, ServiceType: s.ServiceType, DisplayName: s.DisplayName,
		CatalogItemID: string(s.Item), PurchaseID: string(s.Purchase), PersonalID: string(s.Personal),
		Protection:    append([]shop.ActionName{}, s.Protection...),
		FailureReason: s.Failure,
		Renewal:       serviceRenewalWire{s.Bill.Renewal.Minor, string(s.Bill.Renewal.Currency), s.Bill.PaidUntil},
		Billing:       wireBilling(s, v.now), Lease: wireLease(s.Lease),
		Labels: append([]string{}, s.Labels...), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
		state: v.stateOf(s),
	}
	if w.state.err == nil {
		w.AllowedActions, w.state.err = v.products.AllowedActions(s)
	}
	if s.Current != nil {
		current := wireAction(*s.Current)
		w.CurrentAction = &current
	}
	return w
}

func wireServices(list []shop.Service, v view) []serviceWire {
	return each(list, func(s shop.Service) serviceWire { return wireService(s, v) })
}
