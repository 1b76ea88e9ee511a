package dynamo

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/fault"
)

// shapes is the version of the shape in which this code writes each kind of item,
// and the newest that it reads. docs/upgrades.md says when to raise one: a new
// attribute is no reason to.
var shapes = map[string]int{
	"account":      1,
	"action":       1,
	"agent":        1,
	"approval":     2, // in shape 1 it holds nothing
	"budget":       2, // in shape 1 it holds nothing
	kindCategory:   1,
	"cancellation": 1,
	"cause":        1,
	"confirmation": 1,
	"credential":   1,
	kindEdition:    1,
	"entry":        1,
	"event":        1,
	"hold":         1,
	"identity":     1,
	"invitation":   1,
	kindItem:       1,
	JobKind:        1,
	"label":        1,
	"keylog":       1,
	"keyuse":       1,
	"member":       1,
	"mock":         1,
	"person":       1,
	"personal":     1,
	"purchase":     2, // in shape 1 release 0.1.0 can carry it out
	"quote":        2, // in shape 1 release 0.1.0 can buy it
	"record":       2, // in shape 1 its answer is not packed
	refusedKind:    1,
	"service":      1,
	"secret":       1,
	"session":      1,
	"sshkeys":      1,
	"token":        1,
	"waiting":      1,
	"wallet":       2, // in shape 1 it holds nothing
}

// checkShape returns store_unavailable for an item whose shape is newer than this
// code knows: it would be misread, and then written back wrong. An item without a
// shape has the first one.
func checkShape(i item) error {
	shape, has := i["shape"].(*types.AttributeValueMemberN)
	if !has || shape.Value == "1" {
		return nil
	}
	kind, _ := i["kind"].(*types.AttributeValueMemberS)
	if kind == nil {
		return nil
	}
	newest, known := shapes[strings.TrimPrefix(kind.Value, ownKindPrefix)]
	if n, err := strconv.Atoi(shape.Value); !known || err == nil && n <= newest {
		return nil
	}
	return fault.New(fault.StoreUnavailable, "A newer version of the store has written an item of the kind %q in shape %s, but this version reads only up to %d.", kind.Value, shape.Value, newest).
		Fix("Send the same request again in a minute, with the same idempotency key: it cannot happen twice.").
		After(time.Minute)
}
