package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
)

// Where is the primary key of the row of an account that has that sort key.
func (t *Table) Where(account id.Account, sort string) map[string]types.AttributeValue {
	return t.spread.item(key{accountPartition(account), sort})
}
