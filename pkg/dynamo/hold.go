package dynamo

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// holdRow proves what has become of the change of a hold.
type holdRow struct {
	head
	Account string `dynamodbav:"account"`
	ID      string `dynamodbav:"id"`
	Void    bool   `dynamodbav:"void,omitempty"`
	At      millis `dynamodbav:"at"`
}

func storedProof(p shop.HoldProof) holdRow {
	row := holdRow{newHead(holdKey(p.Account, p.ID), "hold", 1), string(p.Account), string(p.ID), p.Void, toMillis(p.At)}
	row.TTL = p.At.Add(shop.ProofLifetime).Unix()
	return row
}

func (r holdRow) domain() shop.HoldProof {
	return shop.HoldProof{Account: id.Account(r.Account), ID: id.Hold(r.ID), Void: r.Void, At: r.At.time()}
}

// HoldProof reads what has become of the change of a hold. It returns shop.ErrNotFound.
func (t *Table) HoldProof(ctx context.Context, account id.Account, hold id.Hold) (shop.HoldProof, error) {
	row, err := get[holdRow](ctx, t, holdKey(account, hold))
	return row.domain(), err
}

// Committed reports whether a proof says that the change of a hold is committed. It may
// not have seen the proof yet: such a read costs half as much.
func (t *Table) Committed(ctx context.Context, account id.Account, hold id.Hold) (bool, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.name, Key: t.spread.item(holdKey(account, hold))})
	if err != nil || out.Item == nil {
		return false, classify(err)
	}
	row, err := decode[holdRow](out.Item)
	return err == nil && !row.Void, err
}

// VoidHold writes a proof where there is none. It returns shop.ErrConflict.
func (t *Table) VoidHold(ctx context.Context, p shop.HoldProof) error {
	b := t.builder()
	b.version(storedProof(p), 1)
	return t.write(ctx, b)
}

// Holding nominates the budgets that hold, and with those of accounts their wallets.
func (t *Table) Holding(ctx context.Context) ([]shop.Seat, error) {
	keys, err := t.index(ctx, holdIndexPrefix, everything, 0)
	seats := make([]shop.Seat, len(keys))
	for i, k := range keys {
		seats[i] = seatOf(k)
	}
	return seats, err
}

func seatOf(k key) shop.Seat {
	account, _ := accountOf(k.PK)
	return shop.Seat{Account: account, Agent: id.Agent(strings.TrimPrefix(k.SK, budgetPrefix))}
}

// contended is the error of a transaction that was lost: shop.ErrConflict or, where it
// was lost for rows of money and nothing else, those. What else is lost is lost to a
// twin, such as another purchase of the same quote.
func contended(entries []types.TransactWriteItem, err error) error {
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) || len(canceled.CancellationReasons) != len(entries) {
		return shop.ErrConflict
	}
	var lost shop.Contended
	for i, reason := range canceled.CancellationReasons {
		code := aws.ToString(reason.Code)
		if code != "ConditionalCheckFailed" && code != "TransactionConflict" {
			continue
		}
		switch k := writtenKey(entries[i]); {
		case k.SK == walletSort:
			lost.Wallet = true
		case strings.HasPrefix(k.SK, budgetPrefix):
			lost.Budgets = append(lost.Budgets, seatOf(k).Agent)
		case !strings.HasPrefix(k.SK, ledgerPrefix): // an entry is lost with its wallet
			return shop.ErrConflict
		}
	}
	if !lost.Wallet && len(lost.Budgets) == 0 {
		return shop.ErrConflict
	}
	return &lost
}

// writtenKey is the key of what an entry writes; empty for what it only checks.
func writtenKey(e types.TransactWriteItem) key {
	switch {
	case e.Put != nil:
		return keyOf(e.Put.Item)
	case e.Update != nil:
		return keyOf(e.Update.Key)
	default:
		return key{}
	}
}

// The name of the attribute of a hold says all about it but the number of its entry.
// Names are short, because a row of money is to stay within one write unit.

// walletHold is as 01K5…-1200 or, for a release, as 01K5…+1200r.
func walletHold(h shop.Hold) string {
	name := string(h.ID)
	if h.Minor >= 0 {
		name += "+"
	}
	name += strconv.FormatInt(h.Minor, 10)
	if h.Release {
		name += "r"
	}
	return name
}

func parseWalletHold(name string, number int64) shop.Hold {
	name, release := strings.CutSuffix(name, "r")
	h := shop.Hold{Number: int(number), Release: release}
	if len(name) > id.HoldLen {
		h.ID = id.Hold(name[:id.HoldLen])
		h.Minor, _ = strconv.ParseInt(name[id.HoldLen:], 10, 64) // only walletHold writes them
	}
	return h
}

// budgetHold is as 01K5…+1200/1/20484: the amount, the services, and the day in days
// since 1970.
func budgetHold(h shop.Hold) string {
	day, _ := time.Parse(time.DateOnly, h.Day) // what no budget has sets no day
	return strings.Join([]string{
		walletHold(shop.Hold{ID: h.ID, Minor: h.Minor}), strconv.Itoa(h.Services), strconv.FormatInt(day.Unix()/secondsPerDay, 10),
	}, "/")
}

const secondsPerDay = 24 * 60 * 60

func parseBudgetHold(name string) shop.Hold {
	amount, rest, _ := strings.Cut(name, "/")
	services, days, _ := strings.Cut(rest, "/")
	h := parseWalletHold(amount, 0)
	h.Services, _ = strconv.Atoi(services) // only budgetHold writes them
	day, _ := strconv.ParseInt(days, 10, 64)
	h.Day = time.Unix(day*secondsPerDay, 0).UTC().Format(time.DateOnly)
	return h
}
