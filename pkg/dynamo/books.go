package dynamo

import (
	"context"
	"errors"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Books reads everything that the table holds for an account, but for its events. It
// is a snapshot only while nobody writes.
func (t *Table) Books(ctx context.Context, account id.Account) (shop.Books, error) {
	items, err := t.all(ctx, t.spread.every(account, eventPrefix, causePrefix), "")
	if err != nil {
		return shop.Books{}, err
	}
	labels, err := t.labelItems(ctx, account, items)
	if err != nil {
		return shop.Books{}, err
	}
	b := shop.Books{Account: account, Wallet: shop.Wallet{Account: account}, Together: !t.spread.includes(account)}
	var errs []error
	for _, i := range append(items, labels...) {
		h, err := decode[head](i)
		errs = append(errs, err, addTo(&b, h.Kind, i))
	}
	return b, errors.Join(errs...)
}

// addTo puts an item in its place in the books. Keys and causes are not part of
// them.
func addTo(b *shop.Books, kind string, i item) error {
	switch kind {
	case "wallet":
		row, err := decode[walletRow](i)
		b.Wallet = row.domain()
		return err
	case "entry":
		return add(i, &b.Entries, entryRow.domain)
	case "quote":
		return add(i, &b.Quotes, quoteRow.domain)
	case "purchase":
		return add(i, &b.Purchases, purchaseRow.domain)
	case "approval":
		return add(i, &b.Approvals, approvalRow.domain)
	case "personal":
		return add(i, &b.Personal, personalRow.domain)
	case "budget":
		return add(i, &b.Budgets, budgetRow.domain)
	case "hold":
		return add(i, &b.Proofs, holdRow.domain)
	case "service":
		return add(i, &b.Services, serviceRow.domain)
	case ownKindPrefix + "purchase":
		return add(i, &b.OwnPurchases, purchaseRow.domain)
	case ownKindPrefix + "service":
		return add(i, &b.OwnServices, serviceRow.domain)
	case "cancellation":
		row, err := decode[cancellationRow](i)
		if err == nil {
			var c shop.ManyCancellation
			c, err = row.domain()
			b.Cancellations = append(b.Cancellations, c)
		}
		return err
	case "label":
		return addLabeling(b, i)
	case "agent":
		return add(i, &b.Agents, agentRow.domain)
	case "action":
		return add(i, &b.Actions, actionRow.domain)
	case JobKind:
		return add(i, &b.Jobs, jobRow.domain)
	case "record":
		return add(i, &b.Records, recordRow.domain)
	}
	return nil
}

func add[Row, T any](i item, to *[]T, domain func(Row) T) error {
	row, err := decode[Row](i)
	*to = append(*to, domain(row))
	return err
}
