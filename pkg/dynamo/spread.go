package dynamo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/id"
)

// A partition key takes 1,000 write units a second, which is 25 purchases if all
// rows of an account lie under one. So what grows with its purchases lies beside the
// account, in partitions whose keys begin with its own. Keys are made as if all lay
// together, see key.go; only place knows better.

// Spread says which accounts are spread over partitions. It goes by the identifier
// of the account alone, so that all processes agree, and nothing ever moves. The zero
// value spreads none.
type Spread struct {
	first id.Account // the first of them that is spread; empty is none
}

// Always spreads all accounts. It is for a table in which none is together yet.
func Always() Spread { return Spread{" "} }

// Since spreads the accounts that were made at that time or later.
func Since(at time.Time) Spread { return Spread{id.FirstAccount(at)} }

func (s Spread) includes(a id.Account) bool { return s.first != "" && a >= s.first }

// width is over how many partitions the rows of one kind are spread. With the largest
// rows, of 2 KiB, they take 1,000 of them a second.
const width = 4

// spreadKinds begin the sort keys of what is spread, and name its partitions.
var spreadKinds = []string{
	quotePrefix, purchasePrefix, servicePrefix, personalPrefix, jobPrefix, actionPrefix, recordPrefix,
	ledgerPrefix, causePrefix, budgetPrefix, eventPrefix, holdPrefix, cancelPrefix, ownPrefix + purchasePrefix, ownPrefix + servicePrefix,
}

// spreadOf is as which kind a row is spread, and by what, which the prefix of many
// rows leaves empty. Those that are listed together, as the actions of a service, go
// by what they share. It returns false for what stays with its account: it is small,
// and purchases do not add to it.
func spreadOf(sort string) (kind, by string, spread bool) {
	kind, by = cutKind(sort)
	switch kind {
	case actionPrefix:
		by, _, _ = strings.Cut(by, "#")
	case labelPrefix:
		kind, by = cutLabel(by)
		return kind, by, true
	case ownPrefix:
		agent, of, _ := strings.Cut(by, "#")
		of, _ = cutKind(of)
		kind, by = kind+of, agent
	}
	return kind, by, slices.Contains(spreadKinds, kind)
}

// cutKind cuts a sort key behind its first #.
func cutKind(sort string) (kind, rest string) {
	end := strings.IndexByte(sort, '#') + 1
	return sort[:end], sort[end:]
}

// cutLabel has each label spread by itself, so that a purchase with several burdens no
// partition with all of them. A label may hold what a partition key may not, so its hash
// stands for it: those that meet share the partitions.
func cutLabel(sort string) (kind, by string) {
	end := strings.LastIndexByte(sort, '#') + 1
	return fmt.Sprintf("%s%08x#", labelPrefix, hashOf(sort[:end])), sort[end:]
}

// spreads is spreadOf, for a row of a partition.
func (s Spread) spreads(k key) (kind, by string, spread bool) {
	account, isAccount := accountOf(k.PK)
	if !isAccount || !s.includes(account) {
		return "", "", false
	}
	return spreadOf(k.SK)
}

// place is where a row is.
func (s Spread) place(k key) key {
	if kind, by, spread := s.spreads(k); spread {
		k.PK = part(k.PK, kind, partOf(kind, by))
	}
	return k
}

// partitions are where the rows of a partition are that begin with a prefix.
func (s Spread) partitions(partition, prefix string) []string {
	kind, by, spread := s.spreads(key{partition, prefix})
	switch {
	case !spread:
		return []string{partition}
	case by == "":
		return allOf(partition, kind)
	default:
		return []string{part(partition, kind, partOf(kind, by))}
	}
}

// every are all partitions of an account, but for those of some kinds, and of labels.
func (s Spread) every(a id.Account, but ...string) []string {
	partition := accountPartition(a)
	all := []string{partition}
	if !s.includes(a) {
		return all
	}
	for _, kind := range spreadKinds {
		if !slices.Contains(but, kind) {
			all = append(all, allOf(partition, kind)...)
		}
	}
	return all
}

func allOf(partition, kind string) []string {
	all := make([]string, width)
	for n := range all {
		all[n] = part(partition, kind, n)
	}
	return all
}

func part(partition, kind string, n int) string { return partition + "#" + kind + strconv.Itoa(n) }

// partOf deals out the ledger in turn, so that whatever stretch of it is read is in
// equal parts, and everything else by chance.
func partOf(kind, by string) int {
	if kind == ledgerPrefix {
		number, _ := strconv.Atoi(by)
		return number % width
	}
	switch {
	case kind != budgetPrefix:
		return int(hashOf(by) % width)
	case by == "": // every purchase writes the budget of the account
		return 0
	default:
		return 1 + int(hashOf(by)%(width-1))
	}
}

// accountOf is the account that a partition belongs to.
func accountOf(partition string) (id.Account, bool) {
	rest, isAccount := strings.CutPrefix(partition, accountPrefix)
	account, _, _ := strings.Cut(rest, "#")
	return id.Account(account), isAccount
}

// item is the primary key of a row.
func (s Spread) item(k key) item {
	k = s.place(k)
	return item{"PK": text(k.PK), "SK": text(k.SK)}
}

// put gives an item the primary key of where it is.
func (s Spread) put(i item) item {
	k := keyOf(i)
	if placed := s.place(k); placed != k {
		i["PK"] = text(placed.PK)
	}
	return i
}
