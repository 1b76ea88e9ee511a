package embedded

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// invalid is a ValidationException.
func invalid(format string, args ...any) error {
	return &smithy.GenericAPIError{
		Code: "ValidationException", Message: fmt.Sprintf(format, args...), Fault: smithy.FaultClient,
	}
}

// reason is why an entry of a transaction fails. The zero reason means that it does
// not.
type reason struct {
	code, message string
	item          item
}

// The codes of reasons (API reference, TransactWriteItems).
const (
	codeNone      = "None"
	codeCondition = "ConditionalCheckFailed"
	codeInvalid   = "ValidationError"
)

const conditionMessage = "The conditional request failed"

// single is the error of a call that is not a transaction.
func (r reason) single() error {
	switch r.code {
	case "":
		return nil
	case codeCondition:
		return &types.ConditionalCheckFailedException{Message: aws.String(r.message), Item: r.item}
	default:
		return invalid("%s", r.message)
	}
}

// canceled is the error of a transaction with a reason for each entry.
func canceled(reasons []reason) error {
	e := &types.TransactionCanceledException{}
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i] = codeNone
		answer := types.CancellationReason{Item: r.item}
		if r.code != "" {
			codes[i] = r.code
			answer.Message = aws.String(r.message)
		}
		answer.Code = &codes[i]
		e.CancellationReasons = append(e.CancellationReasons, answer)
	}
	e.Message = aws.String("Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]")
	return e
}
