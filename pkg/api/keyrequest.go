package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// KeyRequestList lists what a key was used for.
func KeyRequestList() Operation {
	return Operation{
		Name: "key_request_list", Title: "List the requests of a key",
		Summary:     fmt.Sprintf("List the last %d requests of a key that are known, the newest first.", shop.MaxKeyRequests),
		Description: "What it has written and what was refused it is in the audit trail, and is always there. What it has only read is there if the process that served it has written it down, beside what the key wrote, once a minute at most. Requests with a key that is not good are in the log alone.",
		Method:      get, Path: keys + "/{keyId}/requests",
		Role: shop.RoleViewer, TokenScope: shop.ScopeAccountRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(agentField(), keyIDField()),
		answers: output[keyRequestsAnswer], Errors: []fault.Code{fault.NotFound},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in keyArguments) (keyRequestsAnswer, error) {
			if err := in.check(); err != nil {
				return keyRequestsAnswer{}, err
			}
			known, err := s.KeyRequests(ctx, caller, in.Key)
			return keyRequestsAnswer{each(known.Requests, wireKeyRequest), known.Complete}, err
		}),
	}
}

type keyRequestsAnswer struct {
	Requests []keyRequestWire `json:"requests"`
	Complete bool             `json:"complete" jsonschema:"false where older writes of the key may be missing, because others of the account have written much since"`
}

type keyRequestWire struct {
	At        time.Time  `json:"at"`
	Operation string     `json:"operation"`
	Code      fault.Code `json:"code,omitempty" jsonschema:"why it was refused or has failed; absent for what was done"`
	RequestID string     `json:"requestId"`
	Count     int        `json:"count,omitempty" jsonschema:"how many refusals of one kind it stands for; absent for one request"`
}

func wireKeyRequest(r shop.KeyRequest) keyRequestWire {
	return keyRequestWire{r.At, r.Operation, r.Code, r.RequestID, r.Count}
}
