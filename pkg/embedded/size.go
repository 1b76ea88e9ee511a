package embedded

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The limits, in bytes (DynamoDB developer guide, "Quotas in Amazon DynamoDB").
const (
	maxItem        = 400 << 10
	maxTransaction = 4 << 20
	maxPage        = 1 << 20
	maxPartition   = 2048
	maxSort        = 1024
)

// sizeOf is the size of an item as DynamoDB counts it (DynamoDB developer guide,
// "DynamoDB item sizes and formats").
func sizeOf(i item) int {
	size := 0
	for name, value := range i {
		size += len(sent(name)) + sizeOfValue(value)
	}
	return size
}

func sizeOfValue(value types.AttributeValue) int {
	const (
		overhead = 3 // of a list or map
		member   = 1 // of each in it
	)
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(sent(v.Value))
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		digits, _ := whole(v.Value)
		return sizeOfNumber(digits)
	case *types.AttributeValueMemberL:
		size := overhead
		for _, m := range v.Value {
			size += member + sizeOfValue(m)
		}
		return size
	case *types.AttributeValueMemberM:
		return overhead + len(v.Value)*member + sizeOf(v.Value)
	default:
		return 1
	}
}

// sizeOfNumber is a byte for two significant digits, and one more.
func sizeOfNumber(digits string) int {
	size := (significant(digits)+1)/2 + 1
	if strings.HasPrefix(digits, "-") {
		size++
	}
	return size
}
