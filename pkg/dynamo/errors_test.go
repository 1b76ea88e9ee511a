package dynamo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

func apiError(code string) error { return &smithy.GenericAPIError{Code: code} }

// canceled is a transaction that was cancelled for the reasons of its entries.
func canceled(codes ...string) error {
	e := &types.TransactionCanceledException{}
	for _, code := range codes {
		e.CancellationReasons = append(e.CancellationReasons, types.CancellationReason{Code: aws.String(code)})
	}
	return e
}

// What a caller is told of an error, in words that it can act on.
const (
	conflict    = "conflict"
	limited     = string(fault.RateLimited)
	unreachable = string(fault.ProviderUnavailable)
	ended       = string(fault.StoreUnavailable)
	ours        = string(fault.Internal)
)

// failedDisk is the error of a store in this process, which package dynamo does not
// know.
type failedDisk struct{}

func (failedDisk) Error() string          { return "no space left on device" }
func (failedDisk) StoreUnavailable() bool { return true }

func verdict(err error) string {
	if errors.Is(err, shop.ErrConflict) {
		return conflict
	}
	return string(fault.From(err).Code)
}

func TestClassify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"failed condition", &types.ConditionalCheckFailedException{}, conflict},
		{"conflict outside a transaction", &types.TransactionConflictException{}, conflict},
		{"transaction in progress", &types.TransactionInProgressException{}, conflict},

		{"entry: condition", canceled("None", "ConditionalCheckFailed", "None"), conflict},
		{"entry: conflict", canceled("TransactionConflict"), conflict},
		{"entry: condition and conflict", canceled("ConditionalCheckFailed", "TransactionConflict"), conflict},
		{"entry: throttling", canceled("None", "ThrottlingError"), limited},
		{"entry: throughput", canceled("ProvisionedThroughputExceeded", "None"), limited},
		{"entry: throttling after a condition", canceled("ConditionalCheckFailed", "ThrottlingError"), limited},
		{"entry: invalid", canceled("None", "ValidationError"), ours},
		{"entry: collection", canceled("ItemCollectionSizeLimitExceeded"), ours},
		{"entry: new to us", canceled("SomethingNew"), unreachable},
		{"entry: None alone", canceled("None", "None"), unreachable},
		{"entry: no text", canceled(""), unreachable},
		{"entry: no text, then condition", canceled("", "ConditionalCheckFailed"), conflict},
		{"entry: no code", &types.TransactionCanceledException{CancellationReasons: make([]types.CancellationReason, 2)}, unreachable},
		{
			"entry: no code, then condition",
			&types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{}, {Code: aws.String("ConditionalCheckFailed")}}},
			conflict,
		},
		{"no reasons", canceled(), unreachable},

		{"throttling", &types.ThrottlingException{}, limited},
		{"throttling, generic", apiError("ThrottlingException"), limited},
		{"throughput", &types.ProvisionedThroughputExceededException{}, limited},
		{"request limit", &types.RequestLimitExceeded{}, limited},
		{"validation", apiError("ValidationException"), ours},
		{"no table", &types.ResourceNotFoundException{}, ours},
		{"no rights", apiError("AccessDeniedException"), ours},
		{"internal server error", &types.InternalServerError{}, unreachable},
		{"service unavailable", apiError("ServiceUnavailable"), unreachable},
		{"new to us", apiError("SomethingNew"), unreachable},

		{"failed disk", failedDisk{}, ended},

		{"deadline", context.DeadlineExceeded, unreachable},
		{"broken connection", &net.OpError{Op: "read", Err: net.ErrClosed}, unreachable},
		{"anything else", errors.New("no answer"), unreachable},
		{"cancelled", context.Canceled, ours},
		{"cancelled, by the SDK", &aws.RequestCanceledError{Err: context.Canceled}, ours},
	}
	for _, test := range tests {
		for name, err := range map[string]error{
			test.name: test.err,
			test.name + ", wrapped": &smithy.OperationError{
				ServiceID: "DynamoDB", OperationName: "PutItem", Err: fmt.Errorf("attempt 3: %w", test.err),
			},
		} {
			got := classify(err)
			if verdict(got) != test.want {
				t.Errorf("%s: %v is %s, want %s", name, got, verdict(got), test.want)
			}
			if test.want != conflict && !errors.Is(got, err) {
				t.Errorf("%s: %v does not tell the log of its cause", name, got)
			}
		}
	}
	if err := classify(nil); err != nil {
		t.Errorf("no error is %v", err)
	}
}

// A caller who shall try again is told when.
func TestClassifySaysWhen(t *testing.T) {
	t.Parallel()
	for want, err := range map[time.Duration]error{
		time.Second:     &types.ThrottlingException{},
		2 * time.Second: &types.InternalServerError{},
		time.Minute:     failedDisk{},
	} {
		e := fault.From(classify(err))
		if e.RetryAfter != want || len(e.Fixes) == 0 || !e.Code.Retryable() {
			t.Errorf("%v says %+v", err, e)
		}
	}
}
