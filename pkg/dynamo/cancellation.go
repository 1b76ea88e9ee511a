package dynamo

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

type cancellationRow struct {
	head
	// DuePK and DueSK are there while something is left to do.
	DuePK       string `dynamodbav:"GSI1PK,omitempty"`
	DueSK       string `dynamodbav:"GSI1SK,omitempty"`
	ID          string `dynamodbav:"id"`
	Account     string `dynamodbav:"account"`
	Person      string `dynamodbav:"person,omitempty"`
	Token       string `dynamodbav:"token,omitempty"`
	Heeds       bool   `dynamodbav:"heeds,omitempty"`
	Froze       int    `dynamodbav:"froze,omitempty"`
	Agent       string `dynamodbav:"agent,omitempty"`
	Key         string `dynamodbav:"key,omitempty"`
	Label       string `dynamodbav:"label,omitempty"`
	Of          string `dynamodbav:"of,omitempty"`
	Matches     string `dynamodbav:"matches,omitempty"` // JSON
	PreviewedAt millis `dynamodbav:"previewedAt"`
	CreatedAt   millis `dynamodbav:"createdAt"`
	UpdatedAt   millis `dynamodbav:"updatedAt"`
	DueAt       millis `dynamodbav:"dueAt,omitempty"`
}

// matchRow is short: there may be a thousand.
type matchRow struct {
	Service   string `json:"s"`
	PaidUntil millis `json:"u"`
	Paid      int64  `json:"p,omitempty"`
	State     string `json:"t,omitempty"` // open where it is absent
	Code      string `json:"c,omitempty"`
	Refund    int64  `json:"r,omitempty"`
	Currency  string `json:"m,omitempty"`
}

// cancellationKept is how long one that is done can be read: longer than the record of
// its idempotency key.
const cancellationKept = 60 * 24 * time.Hour

// ManyCancellation reads one cancellation of many.
func (t *Table) ManyCancellation(ctx context.Context, account id.Account, cancellation id.Cancellation) (shop.ManyCancellation, error) {
	row, err := get[cancellationRow](ctx, t, cancellationKey(account, cancellation))
	if err != nil {
		return shop.ManyCancellation{}, err
	}
	return row.domain()
}

// DueCancellations nominates the cancellations of many with which something is left to do
// at that time, the longest due first.
func (t *Table) DueCancellations(ctx context.Context, now time.Time) ([]shop.CancellationKey, error) {
	keys, err := t.index(ctx, cancelIndexPrefix, dueSort(now)+"$", duePage) // as of DueJobs
	due := make([]shop.CancellationKey, len(keys))
	for i, k := range keys {
		account, _ := accountOf(k.PK)
		due[i] = shop.CancellationKey{Account: account, Cancellation: id.Cancellation(strings.TrimPrefix(k.SK, cancelPrefix))}
	}
	return due, err
}

func storedCancellation(c shop.ManyCancellation) cancellationRow {
	row := cancellationRow{
		head: newHead(cancellationKey(c.Account, c.ID), "cancellation", c.Version),
		ID:   string(c.ID), Account: string(c.Account), Person: string(c.By.Person), Token: string(c.By.Token), Heeds: c.Heeds, Froze: c.Froze, Agent: string(c.By.Agent), Key: string(c.By.Key),
		Label: c.Matching.Label, Of: string(c.Matching.Agent),
		PreviewedAt: toMillis(c.PreviewedAt), CreatedAt: toMillis(c.CreatedAt), UpdatedAt: toMillis(c.UpdatedAt), DueAt: toMillis(c.DueAt),
	}
	if len(c.Matches) > 0 {
		row.Matches = storedMatches(c.Matches)
	}
	if c.DueAt.IsZero() {
		row.TTL = c.UpdatedAt.Add(cancellationKept).Unix()
	} else {
		row.DuePK, row.DueSK = shardOf(cancelIndexPrefix, string(c.ID)), dueSort(c.DueAt)+"#"+string(c.ID)
	}
	return row
}

func storedMatches(matches []shop.Match) string {
	rows := make([]matchRow, len(matches))
	for i, m := range matches {
		rows[i] = matchRow{string(m.Service), toMillis(m.PaidUntil), m.Paid, string(m.State), string(m.Code), m.Refund.Minor, string(m.Refund.Currency)}
		if m.State == shop.MatchOpen {
			rows[i].State = ""
		}
	}
	text, _ := json.Marshal(rows) // texts and numbers always encode
	return string(text)
}

func (r cancellationRow) domain() (shop.ManyCancellation, error) {
	c := shop.ManyCancellation{
		ID: id.Cancellation(r.ID), Account: id.Account(r.Account), Version: r.Version,
		By: shop.Actor{Person: id.Person(r.Person), Token: id.Token(r.Token), Agent: id.Agent(r.Agent), Key: id.Key(r.Key)}, Heeds: r.Heeds, Froze: r.Froze,
		Matching:    shop.Matching{Label: r.Label, Agent: id.Agent(r.Of)},
		PreviewedAt: r.PreviewedAt.time(), CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(), DueAt: r.DueAt.time(),
	}
	if r.Matches == "" {
		return c, nil
	}
	var rows []matchRow
	if err := json.Unmarshal([]byte(r.Matches), &rows); err != nil {
		return c, err
	}
	for _, m := range rows {
		match := shop.Match{
			Service: id.Service(m.Service), PaidUntil: m.PaidUntil.time(), Paid: m.Paid, State: shop.MatchState(m.State),
			Code: fault.Code(m.Code), Refund: money.Money{Minor: m.Refund, Currency: money.Currency(m.Currency)},
		}
		if m.State == "" {
			match.State = shop.MatchOpen
		}
		c.Matches = append(c.Matches, match)
	}
	return c, nil
}
