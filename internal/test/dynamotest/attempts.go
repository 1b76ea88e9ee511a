package dynamotest

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
)

// attempt is one request of an API call. The SDK makes more than one when it
// retries.
type attempt struct {
	operation string
	// input is the call's *dynamodb.PutItemInput or the like.
	input any
	// send does the request and returns its *dynamodb.PutItemOutput or the like.
	send func() (output any, err error)
}

// wrapAttempts adds a function around every attempt. It runs inside the SDK's
// retries and inside every wrapper that was added before it.
func wrapAttempts(o *dynamodb.Options, wrap func(attempt) (output any, err error)) {
	id := middlewareID(o)
	// Only the first step of the stack sees the typed input, and only the
	// Finalize step is repeated by a retry.
	keepInput := middleware.InitializeMiddlewareFunc(id+".input", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(middleware.WithStackValue(ctx, inputKey{}, in.Parameters), in)
	})
	around := middleware.FinalizeMiddlewareFunc(id, func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
		out.Result, err = wrap(attempt{
			operation: middleware.GetOperationName(ctx),
			input:     middleware.GetStackValue(ctx, inputKey{}),
			send: func() (any, error) {
				var answer middleware.FinalizeOutput
				answer, metadata, err = next.HandleFinalize(ctx, in)
				return answer.Result, err
			},
		})
		return out, metadata, err
	})
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		if err := stack.Initialize.Add(keepInput, middleware.Before); err != nil {
			return err
		}
		return stack.Finalize.Add(around, middleware.After)
	})
}

type inputKey struct{}

// middlewareID returns a name for the next option's middleware. A stack wants
// names, each once, and several recorders may be options of one client.
func middlewareID(o *dynamodb.Options) string {
	return fmt.Sprintf("dynamotest.%d", len(o.APIOptions))
}
