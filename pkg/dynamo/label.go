package dynamo

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
)

// The services with a label are a range of the account, and those of an agent that sees
// only its own are one of the agent's as well. A row of it says only which service it is
// about, so that nothing but a change of labels writes it: a page is read from the
// range, and then the services as they are.

// labelRow nominates a service for a label or a status, or, without one, for its agent. One
// with a TTL does so no more, and goes.
type labelRow struct {
	head
	Account string `dynamodbav:"account"`
	Agent   string `dynamodbav:"agent"`
	Service string `dynamodbav:"service"`
	Label   string `dynamodbav:"label,omitempty"`
	// Outlook is there for the status of a service that lives.
	Outlook *outlookRow `dynamodbav:"o,omitempty"`
}

func (r labelRow) service() id.Service { return id.Service(r.Service) }

// label adds what a labeling writes. The rows have no condition of their own: they are
// written together with the service, on its condition.
func (b *builder) label(l shop.Labeling, at time.Time) {
	b.labelUnder(l, "", at)
	if l.Agent.SeesOwn() {
		b.labelUnder(l, l.Agent, at)
	}
}

func (b *builder) labelUnder(l shop.Labeling, agent id.Agent, at time.Time) {
	row := labelRow{
		head:    newHead(labelKey(l.Account, agent, l.Label, l.Service), "label", 1),
		Account: string(l.Account), Agent: string(l.Agent), Service: string(l.Service), Label: l.Label, Outlook: storedOutlook(l.Outlook),
	}
	if l.Gone {
		row.TTL = max(at.Unix(), 1)
	}
	b.rewrite(row, "", nil)
}

// labelled lists the services that the rows of a range nominate, as they are, as far as
// the page wants them.
func (t *Table) labelled(ctx context.Context, account id.Account, prefix string, p shop.Page) ([]shop.Service, shop.Cursor, error) {
	found := []shop.Service{}
	for reads := 1; ; reads++ {
		rest := p
		rest.Limit -= len(found)
		rows, next, err := t.labelRows(ctx, accountPartition(account), prefix, rest, reads > 1)
		if err != nil {
			return nil, "", err
		}
		services, err := t.servicesOf(ctx, account, nominees(rows))
		if err != nil {
			return nil, "", err
		}
		for _, s := range services {
			if p.WantsService(s) {
				found = append(found, s)
			}
		}
		if next == "" || len(found) == p.Limit || reads == maxLabelReads || shop.Tired(ctx) {
			return found, next, nil
		}
		p.After = next
	}
}

// labelRows reads a page of a range. Where many rows nominate nothing any more, it looks
// far.
func (t *Table) labelRows(ctx context.Context, partition, prefix string, p shop.Page, far bool) ([]labelRow, shop.Cursor, error) {
	row := func(r labelRow) labelRow { return r }
	if far {
		return sift(ctx, t, partition, prefix, p, row, sieve[labelRow]{wants: func(r labelRow) bool { return r.TTL == 0 }})
	}
	return list(ctx, t, partition, prefix, p, row)
}

// nominees are the services that rows nominate.
func nominees(rows []labelRow) (services []id.Service) {
	for _, r := range rows {
		if r.TTL == 0 {
			services = append(services, r.service())
		}
	}
	return services
}

// maxLabelReads is how often a page of a label looks for more, where another filter has
// left out what it has found: each time it reads every partition, and the services.
const maxLabelReads = 4

// servicesOf reads services in the order of their ids. One that is not there is left out.
func (t *Table) servicesOf(ctx context.Context, account id.Account, ids []id.Service) ([]shop.Service, error) {
	keys := make([]item, len(ids))
	for i, s := range ids {
		keys[i] = t.spread.item(serviceKey(account, s))
	}
	items, err := t.batch(ctx, keys)
	if err != nil {
		return nil, err
	}
	rows, err := rowsOf[serviceRow](items)
	if err != nil {
		return nil, err
	}
	byID := make(map[id.Service]shop.Service, len(rows))
	for _, row := range rows {
		byID[id.Service(row.ID)] = row.domain()
	}
	services := make([]shop.Service, 0, len(ids))
	for _, s := range ids {
		if service, has := byID[s]; has {
			services = append(services, service)
		}
	}
	return services, nil
}

// maxBatch is how many items a call of BatchGetItem may ask for.
const maxBatch = 100

// batch reads items strongly consistently, in any order.
func (t *Table) batch(ctx context.Context, keys []item) (items []item, err error) {
	for len(keys) > 0 {
		some := keys[:min(len(keys), maxBatch)]
		out, err := t.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{t.name: {Keys: some, ConsistentRead: aws.Bool(true)}},
		})
		if err != nil {
			return nil, classify(err)
		}
		items = append(items, out.Responses[t.name]...)
		keys = slices.Concat(keys[len(some):], out.UnprocessedKeys[t.name].Keys)
	}
	return items, nil
}

// labelItems are the items of the labels that services have, which are spread over more
// partitions than can be listed.
func (t *Table) labelItems(ctx context.Context, account id.Account, items []item) ([]item, error) {
	if !t.spread.includes(account) {
		return nil, nil // they are among the others
	}
	ranges := make(map[string]bool)
	for _, i := range items {
		if !strings.HasPrefix(keyOf(i).SK, servicePrefix) {
			continue
		}
		row, err := decode[serviceRow](i)
		if err != nil {
			return nil, err
		}
		for _, prefix := range rangesOf(row) {
			ranges[prefix] = true
		}
		for _, label := range row.Labels {
			ranges[labelledBy("", label)] = true
			if agent := id.Agent(row.Agent); agent.SeesOwn() {
				ranges[labelledBy(agent, label)] = true
			}
		}
	}
	var found []item
	for prefix := range ranges {
		more, err := t.all(ctx, t.spread.partitions(accountPartition(account), prefix), prefix)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	sorting.By(found, func(a, b item) int { return cmp.Compare(keyOf(a).SK, keyOf(b).SK) })
	return found, nil
}

// addLabeling puts the rows of the account into the books; those of an agent say the same.
func addLabeling(b *shop.Books, i item) error {
	row, err := decode[labelRow](i)
	b.Labelings = append(b.Labelings, shop.Labeling{
		Account: id.Account(row.Account), Agent: id.Agent(row.Agent), Service: row.service(), Label: row.Label, Gone: row.TTL > 0, Outlook: row.Outlook.domain(),
	})
	return err
}
