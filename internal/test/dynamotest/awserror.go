package dynamotest

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What AWS says (API reference, "TransactWriteItems"). An on-demand table, as ours
// is, throttles with a ThrottlingException, and a transaction with the reason
// ThrottlingError; a provisioned one has names of its own for both.
const (
	ongoing = "Transaction is ongoing for the item"
	tooMuch = "Throughput exceeds the current capacity of your table or index."
)

// canceledAt is the error of a transaction that was cancelled for the entries that
// are marked.
func canceledAt(marked []bool, code, message string) error {
	reasons := make([]types.CancellationReason, len(marked))
	codes := make([]string, len(marked))
	for i, at := range marked {
		reasons[i].Code = new("None")
		if at {
			reasons[i] = types.CancellationReason{Code: new(code), Message: new(message)}
		}
		codes[i] = *reasons[i].Code
	}
	return &types.TransactionCanceledException{
		Message:             new(fmt.Sprintf("Transaction cancelled, please refer cancellation reasons for specific reasons [%s]", strings.Join(codes, ", "))),
		CancellationReasons: reasons,
	}
}
