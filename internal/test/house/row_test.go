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
