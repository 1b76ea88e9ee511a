package dynamo

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// outlookRow is as short as can be: those of thousands of services are read at once.
type outlookRow struct {
	CreatedAt millis `dynamodbav:"c"`
	Months    int    `dynamodbav:"m,omitempty"`
	Discount  int    `dynamodbav:"d,omitempty"`
	Hours     int    `dynamodbav:"h,omitempty"`
	Minor     int64  `dynamodbav:"p"`
	Currency  string `dynamodbav:"y"`
	PaidUntil millis `dynamodbav:"u"`
	Ceiling   int64  `dynamodbav:"x,omitempty"`
	MonthPaid int64  `dynamodbav:"n,omitempty"`
	Month     millis `dynamodbav:"f,omitempty"`
	Ends      bool   `dynamodbav:"e,omitempty"`
	LeaseEnds millis `dynamodbav:"l,omitempty"`
	Expired   bool   `dynamodbav:"z,omitempty"`
	Late      bool   `dynamodbav:"t,omitempty"`
}

func storedOutlook(o shop.Outlook) *outlookRow {
	if o == (shop.Outlook{}) {
		return nil
	}
	return &outlookRow{
		CreatedAt: toMillis(o.CreatedAt), Months: o.Term.Months, Discount: o.Term.DiscountPercent, Hours: o.Term.Hours,
		Minor: o.Renewal.Minor, Currency: string(o.Renewal.Currency), PaidUntil: toMillis(o.PaidUntil),
		Ceiling: o.Ceiling, MonthPaid: o.MonthPaid, Month: toMillis(o.Month), Ends: o.Ends,
		LeaseEnds: toMillis(o.LeaseEnds), Expired: o.Expired, Late: o.Late,
	}
}

func (r *outlookRow) domain() shop.Outlook {
	if r == nil {
		return shop.Outlook{}
	}
	return shop.Outlook{
		CreatedAt: r.CreatedAt.time(), Term: shop.Term{Months: r.Months, DiscountPercent: r.Discount, Hours: r.Hours},
		Renewal: moneyOf(r.Minor, r.Currency), PaidUntil: r.PaidUntil.time(),
		Ceiling: r.Ceiling, MonthPaid: r.MonthPaid, Month: r.Month.time(), Ends: r.Ends,
		LeaseEnds: r.LeaseEnds.time(), Expired: r.Expired, Late: r.Late,
	}
}

// Foretold reads the outlooks of the services of an account that live, or of those of an
// agent that sees only its own, by one query of each partition, side by side. Each reads at
// most 1 MB, some 2,500 services. It returns false where there are more, or where some of
// them have none: those of accounts that are together, and of earlier versions of the
// store.
func (t *Table) Foretold(ctx context.Context, account id.Account, agent id.Agent) (all []shop.Foretold, whole bool, err error) {
	if !t.spread.includes(account) {
		return nil, false, nil
	}
	if !agent.SeesOwn() {
		agent = ""
	}
	var ranges []span
	for _, status := range []shop.ServiceStatus{shop.ServiceActive, shop.ServiceSuspended} {
		label, _ := shop.StatusLabel(status)
		prefix := labelledBy(agent, label)
		for _, partition := range t.spread.partitions(accountPartition(account), prefix) {
			ranges = append(ranges, span{partition: partition, prefix: prefix})
		}
	}
	found := make([][]shop.Foretold, len(ranges))
	wholes := make([]bool, len(ranges))
	err = sideBySide(len(ranges), func(n int) (err error) {
		found[n], wholes[n], err = t.foretoldIn(ctx, ranges[n])
		return err
	})
	return slices.Concat(found...), !slices.Contains(wholes, false), err
}

func (t *Table) foretoldIn(ctx context.Context, in span) (all []shop.Foretold, whole bool, err error) {
	out, err := t.client.Query(ctx, &dynamodb.QueryInput{
		TableName: &t.name, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("PK = :pk AND begins_with(SK, :prefix)"),
		ExpressionAttributeValues: item{":pk": text(in.partition), ":prefix": text(in.prefix)},
	})
	if err != nil {
		return nil, false, classify(err)
	}
	rows, err := rowsOf[labelRow](out.Items)
	whole = len(out.LastEvaluatedKey) == 0
	for _, row := range rows {
		if row.TTL > 0 {
			continue
		}
		if row.Outlook == nil {
			whole = false
			continue
		}
		all = append(all, shop.Foretold{Service: id.Service(strings.TrimPrefix(row.SK, in.prefix)), Outlook: row.Outlook.domain()})
	}
	return all, whole, err
}
