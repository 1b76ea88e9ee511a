package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// ServiceCancelPreview says what a cancellation would come to.
func ServiceCancelPreview() Operation {
	return Operation{
		Name: "service_cancel_preview", Title: "Preview a cancellation",
		Summary:     "See what cancelling a service refunds, what is lost, when.",
		Description: "Use it before service_cancel, which takes its token. Not needed for a lease: it ends by itself.",
		Method:      get, Path: "/v1/agent/services/{serviceId}/cancel",
		Scope: shop.ScopeServicesRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(serviceField(), whenField()),
		answers: output[cancelPreviewAnswer],
		Errors:  []fault.Code{fault.NotFound, fault.ActionInProgress, fault.ServiceNotReady},
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `","ends":"now"}`, Output: exampleCancelPreview},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in cancelArguments) (cancelPreviewAnswer, error) {
			c, err := s.PreviewCancel(ctx, caller, in.Service, in.when())
			return wireCancellation(c), err
		}),
	}
}

// ServiceCancel ends a service.
func ServiceCancel() Operation {
	return Operation{
		Name: "service_cancel", Title: "Cancel a service",
		Summary:     "End a service, now or with the term that is paid.",
		Description: "Use it when it is not needed. Now deletes its data and refunds unused time. Not without service_cancel_preview: send its token.",
		Method:      post, Path: "/v1/agent/services/{serviceId}/cancel",
		Scope: shop.ScopeServicesCancel, Effect: Erases, Status: http.StatusOK,
		Input:   schema.Object(serviceField(), whenField(), tokenField(), keyField()),
		answers: output[serviceAnswer],
		Errors: []fault.Code{
			fault.NotFound, fault.ActionInProgress, fault.ServiceNotReady,
			fault.ApprovalRequired, fault.ApprovalLimitReached, fault.IdempotencyConflict, fault.IdempotencyInFlight,
		},
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `","ends":"now","token":"` + exampleCancelToken + `"}`, Output: exampleCancelled},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in cancelArguments, request shop.Request[shop.Service]) (shop.Response, error) {
			return s.Cancel(ctx, caller, in.Service, shop.CancelOrder{When: in.when(), Token: in.Token}, request)
		}, wireOneService),
	}
}

// ServiceRenewalSet says whether a service is renewed.
func ServiceRenewalSet() Operation {
	return Operation{
		Name: "service_renewal_set", Title: "Set the renewal",
		Summary:     "Say if a service is renewed or ends with its term.",
		Description: "Use it too to charge it again now. Not to end it now: use service_cancel.",
		Method:      post, Path: "/v1/agent/services/{serviceId}/renewal",
		Scope: shop.ScopeServicesRenew, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(serviceField(), autoRenewField(), keyField()),
		answers: output[serviceAnswer],
		Errors:  []fault.Code{fault.NotFound, fault.ServiceNotReady, fault.IdempotencyConflict, fault.IdempotencyInFlight},
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `","autoRenew":false}`, Output: exampleRenewalSet},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in renewalArguments, request shop.Request[shop.Service]) (shop.Response, error) {
			return s.SetRenewal(ctx, caller, in.Service, in.AutoRenew, request)
		}, wireOneService),
	}
}

// AccountServiceCancelPreview says what a cancellation would come to.
func AccountServiceCancelPreview() Operation {
	return forMembers(ServiceCancelPreview(), "account_service_cancel_preview", account+"/services/{serviceId}/cancel")
}

// AccountServiceCancel ends a service.
func AccountServiceCancel() Operation {
	o := forBuyers(ServiceCancel(), "account_service_cancel", account+"/services/{serviceId}/cancel")
	o.FreshLogin = true
	return o
}

// AccountServiceRenewalSet says whether a service is renewed.
func AccountServiceRenewalSet() Operation {
	o := forBuyers(ServiceRenewalSet(), "account_service_renewal_set", account+"/services/{serviceId}/renewal")
	o.FreshLogin = true
	return o
}

func serviceField() schema.Field {
	return schema.Required("serviceId", idSchema("The id of a service."))
}

func whenField() schema.Field {
	return schema.Optional("ends", schema.Default(schema.Enum("When.", string(shop.CancelNow), string(shop.CancelEndOfTerm)), `"now"`))
}

func tokenField() schema.Field {
	return schema.Required("token", schema.Identifier("The token of the preview.", 64))
}

func autoRenewField() schema.Field {
	return schema.Required("autoRenew", schema.Boolean("false: it ends with its term."))
}

type cancelArguments struct {
	serviceArguments
	When  shop.CancelWhen `json:"ends"`
	Token string          `json:"token"`
}

func (a cancelArguments) when() shop.CancelWhen {
	if a.When == "" {
		return shop.CancelNow
	}
	return a.When
}

type renewalArguments struct {
	serviceArguments
	AutoRenew bool `json:"autoRenew"`
}

type cancelPreviewAnswer struct {
	ServiceID   string          `json:"serviceId"`
	When        shop.CancelWhen `json:"ends"`
	EndsAt      time.Time       `json:"endsAt" jsonschema:"when the service is deleted"`
	RefundMinor int64           `json:"refundMinor" jsonschema:"what comes back, in the minor unit of the currency"`
	Currency    string          `json:"currency"`
	Lost        []string        `json:"lost" jsonschema:"what cannot be had back"`
	Token       string          `json:"token" jsonschema:"pass it to service_cancel"`
	TokenUntil  time.Time       `json:"tokenExpiresAt"`
}

func wireCancellation(c shop.Cancellation) cancelPreviewAnswer {
	return cancelPreviewAnswer{
		ServiceID: string(c.Service.ID), When: c.When, EndsAt: c.EndsAt, RefundMinor: c.Refund.Minor, Currency: string(c.Refund.Currency),
		Lost:  slices.Concat([]string{c.Service.DisplayName + ", with all its data."}, c.Lost, []string{lostMoney(c)}),
		Token: c.Token, TokenUntil: c.TokenUntil,
	}
}

// lostMoney says what is not refunded.
func lostMoney(c shop.Cancellation) string {
	switch {
	case c.When == shop.CancelEndOfTerm:
		return "Nothing is refunded: it can be used until " + c.EndsAt.Format(time.RFC3339) + "."
	case c.Service.Bill.Term.Hours > 0:
		return "The hour that has begun is not refunded."
	default:
		return "What was paid for the time until now, and for setup, is not refunded."
	}
}
