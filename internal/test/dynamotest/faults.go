package dynamotest

import "github.com/aws/aws-sdk-go-v2/service/dynamodb"

// Faults makes requests fail. A hook gets the name of the operation and its
// input, a *dynamodb.PutItemInput or the like, and returns the error that the
// caller shall see, or nil to leave the request alone. The SDK wraps the error,
// so the caller finds it with errors.As or errors.Is.
//
// Hooks run once for each attempt, so a client that retries is tested with its
// retries. They may run at the same time; they may wait, to hold up a request.
// Set them before the first request. A nil hook does nothing.
type Faults struct {
	// Before runs before the request. With an error the engine never sees it.
	Before func(operation string, input any) error
	// After runs after the engine has answered. With an error the answer is lost:
	// the engine has done what it was asked, and the caller cannot know.
	After func(operation string, input any) error
}

// Inject is an option for dynamodb.New and for [Engine.With]. Behind
// [Recorder.Record] among the options its faults are recorded like answers.
func (f *Faults) Inject(o *dynamodb.Options) {
	wrapAttempts(o, f.attempt)
}

func (f *Faults) attempt(a attempt) (any, error) {
	if f.Before != nil {
		if err := f.Before(a.operation, a.input); err != nil {
			return nil, err
		}
	}
	output, answer := a.send()
	if f.After != nil {
		if err := f.After(a.operation, a.input); err != nil {
			return nil, err
		}
	}
	return output, answer
}
