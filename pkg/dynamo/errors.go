package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// classify turns an error of DynamoDB into one that the shop or a caller
// understands. Codes are those of the DynamoDB developer guide, "Error handling
// with DynamoDB".
func classify(err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var store interface{ StoreUnavailable() bool }
	if errors.As(err, &store) && store.StoreUnavailable() {
		return storeUnavailable(err)
	}
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) {
		return shop.ErrConflict
	}
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		return classifyReasons(canceled.CancellationReasons, err)
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return classifyCode(api.ErrorCode(), err)
	}
	return unavailable(err) // no answer: the network, a deadline, a cancelled request
}

// classifyReasons finds why a transaction was cancelled: each entry has a reason,
// and those not at fault say None.
func classifyReasons(reasons []types.CancellationReason, err error) error {
	conflict := false
	for _, reason := range reasons {
		if reason.Code == nil {
			continue
		}
		switch code := *reason.Code; code {
		case "None", "":
		case "ConditionalCheckFailed", "TransactionConflict":
			conflict = true
		default:
			return classifyCode(code, err)
		}
	}
	if conflict {
		return shop.ErrConflict
	}
	return unavailable(err)
}

// lostFirst reports whether a transaction was cancelled because of its first entry.
func lostFirst(err error) bool {
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) || len(canceled.CancellationReasons) == 0 {
		return false
	}
	code := canceled.CancellationReasons[0].Code
	return code != nil && (*code == "ConditionalCheckFailed" || *code == "TransactionConflict")
}

func classifyCode(code string, err error) error {
	switch code {
	case "TransactionConflictException", "TransactionInProgressException":
		return shop.ErrConflict
	case "ThrottlingException", "ThrottlingError", "ProvisionedThroughputExceededException",
		"ProvisionedThroughputExceeded", "RequestLimitExceeded":
		return fault.Wrap(fault.RateLimited, err, "The store is receiving more requests than it can take.").
			Fix("Wait a second and send the same request again, with the same idempotency key.").
			After(time.Second)
	case "ValidationException", "ValidationError", "ResourceNotFoundException", "AccessDeniedException",
		"ItemCollectionSizeLimitExceeded":
		return err // our own mistake: an internal error
	default:
		return unavailable(err)
	}
}

// storeUnavailable reports that a store in one process can no longer read or write.
// A write that was under way may be on disk: its idempotency key tells.
func storeUnavailable(err error) error {
	return fault.Wrap(fault.StoreUnavailable, err, "The store cannot read or write its data until it is started again.").
		Fix("Send the same request again in a minute, with the same idempotency key: it cannot happen twice.").
		After(time.Minute)
}

// unavailable reports that the outcome is unknown. A write may have happened: its
// idempotency key tells.
func unavailable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err // nobody waits for the answer
	}
	return fault.Wrap(fault.ProviderUnavailable, err, "The store cannot reach its data at this moment.").
		Fix("Send the same request again in a few seconds, with the same idempotency key: it cannot happen twice.").
		After(2 * time.Second)
}
