package api

import (
	"context"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// ServiceExtend moves the end of a lease.
func ServiceExtend() Operation {
	return Operation{
		Name: "service_extend", Title: "Extend a lease",
		Summary: "Have a service with a lease live longer.",
		Description: "Use it before the lease ends. It costs nothing now: renewals is what is charged until the new end. " +
			"See that first with dryRun. Not to end it earlier: use service_cancel.",
		Method: post, Path: "/v1/agent/services/{serviceId}/lease",
		Scope: shop.ScopeServicesRenew, Effect: Acts, Status: http.StatusOK,
		Input: schema.Object(
			serviceField(),
			schema.Optional("expiresAfter", schema.Pattern("How long from now, ISO 8601.", leasePattern, 40)),
			expiresAtField(),
			schema.Optional("onExpiry", schema.Enum("Then; as before if absent.", string(shop.ExpiryStop), string(shop.ExpiryDelete))),
			schema.Optional(dryRunName, schema.Boolean("Say what would happen, and write nothing.")),
			keyField(),
		),
		answers: output[extensionAnswer],
		Errors:  []fault.Code{fault.NotFound, fault.ServiceNotReady, fault.PolicyViolation, fault.IdempotencyConflict, fault.IdempotencyInFlight}, Replaces: "service_get",
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `","expiresAfter":"P2M"}`, Output: exampleExtended},
		call:    replaces(wireWholeService, extendOrRehearse),
	}
}

// AccountServiceExtend moves the end of a lease.
func AccountServiceExtend() Operation {
	o := forBuyers(ServiceExtend(), "account_service_extend", account+"/services/{serviceId}/lease")
	o.FreshLogin, o.Replaces = true, "account_service_get"
	return o
}

type extendArguments struct {
	serviceArguments
	leaseArguments
}

// order is the new end, which must be given. It returns invalid_input.
func (a extendArguments) order() (shop.LeaseOrder, error) {
	order, err := a.lease()
	if err != nil {
		return shop.LeaseOrder{}, err
	}
	if order == nil {
		return shop.LeaseOrder{}, fault.InvalidParam("$.expiresAfter", "is required, unless expiresAt is given").
			Fix("Send expiresAfter, counted from now, or expiresAt.")
	}
	order.OnExpiry = a.OnExpiry // absent, it stays
	return *order, nil
}

func extendOrRehearse(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
	if !args.DryRun {
		return writes(extendLease, wireExtension)(ctx, s, caller, args)
	}
	return plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in extendArguments) (extensionAnswer, error) {
		order, err := in.order()
		if err != nil {
			return extensionAnswer{}, err
		}
		e, err := s.RehearseExtension(ctx, caller, in.Service, order)
		if err != nil {
			return extensionAnswer{}, err
		}
		return wireExtension(e, viewBy(s, caller)), nil
	})(ctx, s, caller, args)
}

func extendLease(ctx context.Context, s *shop.Shop, caller shop.Caller, in extendArguments, request shop.Request[shop.Extension]) (shop.Response, error) {
	order, err := in.order()
	if err != nil {
		return shop.Response{}, err
	}
	return s.Extend(ctx, caller, in.Service, order, request)
}

// extensionAnswer is a service whose lease was moved, or would be by a dry run.
type extensionAnswer struct {
	Service     serviceWire          `json:"service" jsonschema:"as it is from now on; after a dry run, as it would be"`
	Renewals    extendedRenewalsWire `json:"renewals"`
	RefundMinor int64                `json:"refundMinor" jsonschema:"what comes back at the new end"`
}

// extendedRenewalsWire is what is charged until the end of a lease.
type extendedRenewalsWire struct {
	Count      int       `json:"count" jsonschema:"how many charges there are until the new end; none is due now"`
	TotalMinor int64     `json:"totalMinor" jsonschema:"what they come to at the present price, in the minor unit"`
	Currency   string    `json:"currency"`
	NextAt     time.Time `json:"nextAt,omitzero" jsonschema:"when the first is due; absent for none"`
	NextMinor  int64     `json:"nextMinor" jsonschema:"what the first comes to"`
}

func wireExtension(e shop.Extension, v view) extensionAnswer {
	c := e.Charges
	return extensionAnswer{
		wireService(e.Service, v),
		extendedRenewalsWire{c.Count, c.Minor, string(e.Service.Bill.Renewal.Currency), c.First.At, c.First.Minor},
		e.Refund,
	}
}
