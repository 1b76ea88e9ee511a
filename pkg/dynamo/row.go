package dynamo

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// head is what every item has.
type head struct {
	PK      string `dynamodbav:"PK"`
	SK      string `dynamodbav:"SK"`
	Kind    string `dynamodbav:"kind"`
	Version int    `dynamodbav:"version"`
	Shape   int    `dynamodbav:"shape,omitempty"` // see shapes; absent is 1
	// TTL is when DynamoDB may delete the item, in seconds; it may be days late,
	// so that code checks its own expiry.
	TTL int64 `dynamodbav:"ttl,omitempty"`
}

func newHead(k key, kind string, version int) head {
	return head{PK: k.PK, SK: k.SK, Kind: kind, Version: version, Shape: shapes[kind]}
}

// directHead is that of a row of money that holds nothing, as versions before 2 of its
// shape know it.
func directHead(k key, kind string, version int) head {
	return head{PK: k.PK, SK: k.SK, Kind: kind, Version: version, Shape: 1}
}

// millis is a time in milliseconds since 1970, which conditions can compare. Zero
// means no time.
type millis int64

func toMillis(t time.Time) millis {
	if t.IsZero() {
		return 0
	}
	return millis(t.UnixMilli())
}

func (m millis) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// texts turns texts of one type into those of another.
func texts[To, From ~string](list []From) []To {
	if len(list) == 0 {
		return nil
	}
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = To(v)
	}
	return out
}

// storedData encodes what only a product reads: the number of its shape, then the
// JSON.
func storedData(d shop.Data) string {
	if d.Shape == 0 {
		return ""
	}
	return strconv.Itoa(d.Shape) + string(d.JSON)
}

func dataOf(text string) shop.Data {
	i := strings.IndexByte(text, '{')
	if i < 0 {
		return shop.Data{}
	}
	shape, _ := strconv.Atoi(text[:i]) // an invalid one is 0, which no product uses
	return shop.Data{Shape: shape, JSON: json.RawMessage(text[i:])}
}

func intentOf(action, input string) shop.Intent {
	intent := shop.Intent{Action: shop.ActionName(action)}
	if input != "" {
		intent.Input = json.RawMessage(input)
	}
	return intent
}

func moneyOf(minor int64, currency string) money.Money {
	return money.Money{Minor: minor, Currency: money.Currency(currency)}
}
