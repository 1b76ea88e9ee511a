package house

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// row is an item as it is written.
type row map[string]types.AttributeValue

func (r row) text(name string) string {
	value, _ := r[name].(*types.AttributeValueMemberS)
	if value == nil {
		return ""
	}
	return value.Value
}

// isNew goes by the version, which a write's condition holds to what was there.
func (r row) isNew() bool {
	version, _ := r["version"].(*types.AttributeValueMemberN)
	return version != nil && version.Value == "1"
}

// size is in bytes (DynamoDB developer guide, "DynamoDB item sizes and formats").
func (r row) size() int {
	sum := 0
	for name, value := range r {
		sum += len(name) + valueSize(value)
	}
	return sum
}

func valueSize(value types.AttributeValue) int {
	const container, entry = 3, 1
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return (len(v.Value)+1)/2 + 1
	case *types.AttributeValueMemberL:
		sum := container
		for _, inner := range v.Value {
			sum += valueSize(inner) + entry
		}
		return sum
	case *types.AttributeValueMemberM:
		return container + row(v.Value).size() + entry*len(v.Value)
	default: // true, false and null
		return 1
	}
}
