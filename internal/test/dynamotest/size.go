package dynamotest

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// SizeOf is the size of a value in bytes, rounded up: a few bytes more than what
// AWS counts, at most (DynamoDB developer guide, "DynamoDB item sizes and formats").
func SizeOf(value types.AttributeValue) int {
	const overhead = 3 // of a list or map, and one byte more for each member
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value) + 1
	case *types.AttributeValueMemberL:
		size := overhead
		for _, member := range v.Value {
			size += 1 + SizeOf(member)
		}
		return size
	case *types.AttributeValueMemberM:
		size := overhead
		for name, member := range v.Value {
			size += 1 + len(name) + SizeOf(member)
		}
		return size
	default: // true, false and null
		return 1
	}
}
