package linear

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
)

// network lies between the store and its table. Of the transactions it loses
// some before they arrive, loses the answers of others, and delivers others
// after the caller has given up.
type network struct {
	direct *dynamodb.Client
	count  atomic.Int64
	late   sync.WaitGroup
}

var errLost = errors.New("the network lost it")

func (n *network) inject(o *dynamodb.Options) {
	faults := dynamotest.Faults{Before: n.before, After: n.after}
	faults.Inject(o)
}

const latest = 50 * time.Millisecond

func (n *network) before(_ string, input any) error {
	transaction, ok := input.(*dynamodb.TransactWriteItemsInput)
	if !ok {
		return nil
	}
	switch n.count.Add(1) % 32 {
	case 7:
		return errLost
	case 15:
		n.late.Go(func() {
			time.Sleep(rand.N(latest))
			_, _ = n.direct.TransactWriteItems(context.Background(), transaction)
		})
		return errLost
	}
	return nil
}

func (n *network) after(_ string, input any) error {
	_, ok := input.(*dynamodb.TransactWriteItemsInput)
	if ok && n.count.Load()%16 == 4 {
		return errLost
	}
	return nil
}
