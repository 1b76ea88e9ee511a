package dynamo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// key is the primary key of an item, as if all rows of an account were in one
// partition; see Spread.
type key struct{ PK, SK string }

// The sort keys of an account's partition begin with these.
const (
	quotePrefix    = "QUOTE#"
	purchasePrefix = "PURCHASE#"
	servicePrefix  = "SERVICE#"
	personalPrefix = "PERSONAL#"
	jobPrefix      = "JOB#"
	keyPrefix      = "KEY#"
	tokenPrefix    = "TOKEN#"
	recordPrefix   = "RECORD#"
	actionPrefix   = "ACTION#"
	ledgerPrefix   = "LEDGER#"
	causePrefix    = "CAUSE#"
	confirmPrefix  = "CONFIRMATION#"
	approvalPrefix = "APPROVAL#"
	waitingPrefix  = "WAITING#"
	budgetPrefix   = "BUDGET#"
	refusedPrefix  = "REFUSED#"
	eventPrefix    = "EVENT#"
	ownPrefix      = "OWN#"
	holdPrefix     = "HOLD#"
	labelPrefix    = "LABEL#"
	cancelPrefix   = "CANCEL#"
	walletSort     = "WALLET"
	sshKeysSort    = "SSHKEYS"

	catalogPartition = "CATALOG"
	categoryPrefix   = "CATEGORY#"
	itemPrefix       = "ITEM#"
	editionSort      = "#EDITION" // the first of the partition

	accountPrefix = "ACCOUNT#"
	keyUsePrefix  = "KEYUSE#"
	secretPrefix  = "SECRET#"
)

func accountPartition(a id.Account) string { return accountPrefix + string(a) }

func itemKey(i id.Item) key { return key{catalogPartition, itemPrefix + string(i)} }

func editionKey() key { return key{catalogPartition, editionSort} }

func categoryKey(c string) key { return key{catalogPartition, categoryPrefix + c} }

func quoteKey(a id.Account, q id.Quote) key {
	return key{accountPartition(a), quotePrefix + string(q)}
}

func purchaseKey(a id.Account, p id.Purchase) key {
	return key{accountPartition(a), purchasePrefix + string(p)}
}

func serviceKey(a id.Account, s id.Service) key {
	return key{accountPartition(a), servicePrefix + string(s)}
}

// labelledBy is where the services with a label are: those of one agent, or of the whole
// account.
func labelledBy(agent id.Agent, label string) string {
	return labelPrefix + string(agent) + "#" + label + "#"
}

func labelKey(a id.Account, agent id.Agent, label string, s id.Service) key {
	return key{accountPartition(a), labelledBy(agent, label) + string(s)}
}

func cancellationKey(a id.Account, c id.Cancellation) key {
	return key{accountPartition(a), cancelPrefix + string(c)}
}

func personalKey(a id.Account, p id.Personal) key {
	return key{accountPartition(a), personalPrefix + string(p)}
}

func jobKey(r shop.JobRef) key { return key{accountPartition(r.Account), jobPrefix + string(r.Job)} }

// actionsOf is where the actions of a service are.
func actionsOf(s id.Service) string { return actionPrefix + string(s) + "#" }

func actionKey(a id.Account, s id.Service, action id.Action) key {
	return key{accountPartition(a), actionsOf(s) + string(action)}
}

// secretKey is in a partition beside that of the account, so that whoever may delete
// secrets may delete nothing else: an IAM policy can only tell partitions apart.
func secretKey(a id.Account, action id.Action) key {
	return key{secretPrefix + string(a), actionPrefix + string(action)}
}

func walletKey(a id.Account) key { return key{accountPartition(a), walletSort} }

// entryKey numbers the ledger with a fixed width, so that it sorts as numbers.
func entryKey(a id.Account, number int) key {
	return key{accountPartition(a), fmt.Sprintf("%s%012d", ledgerPrefix, number)}
}

func causeKey(a id.Account, cause string) key {
	return key{accountPartition(a), causePrefix + cause}
}

func sshKeysKey(a id.Account) key { return key{accountPartition(a), sshKeysSort} }

func approvalKey(a id.Account, approval id.Approval) key {
	return key{accountPartition(a), approvalPrefix + string(approval)}
}

func waitingKey(a id.Account, agent id.Agent) key {
	return key{accountPartition(a), waitingPrefix + string(agent)}
}

// budgetKey is that of an agent or, without one, of the account itself.
func budgetKey(a id.Account, agent id.Agent) key {
	return key{accountPartition(a), budgetPrefix + string(agent)}
}

func eventKey(a id.Account, event id.Event) key {
	return key{accountPartition(a), eventPrefix + string(event)}
}

// refusedKey is where the refusals of one kind are counted: those to one actor, of
// one operation, with one code, in one hour of UTC.
func refusedKey(e shop.Event) key {
	kind := []string{e.Actor.ID(), e.Operation, string(e.Outcome), e.At.UTC().Format("2006-01-02T15")}
	return key{accountPartition(e.Account), refusedPrefix + strings.Join(kind, "#")}
}

func holdKey(a id.Account, h id.Hold) key { return key{accountPartition(a), holdPrefix + string(h)} }

func confirmationKey(a id.Account, hash string) key {
	return key{accountPartition(a), confirmPrefix + hash}
}

func credentialKey(k id.Key) key { return key{accountPartition(k.Account()), keyPrefix + string(k)} }

func tokenKey(t id.Token) key { return key{accountPartition(t.Account()), tokenPrefix + string(t)} }

// tokensOf is where the tokens of a member are: their ids begin with the account's and
// the person's.
func tokensOf(a id.Account, p id.Person) span {
	return span{
		partition: accountPartition(a),
		prefix:    tokenPrefix + "tok_" + strings.TrimPrefix(string(a), "acc_") + strings.TrimPrefix(string(p), "psn_"),
	}
}

// keyUsePartition is where the uses of an agent's keys are.
func keyUsePartition(agent id.Agent) string { return keyUsePrefix + string(agent) }

func keyUseKey(k id.Key) key { return key{keyUsePartition(k.Agent()), keyPrefix + string(k)} }

// keyLogKey is where the requests of a key are as a process knows them, or, without a
// process, the prefix of all of those. They lie apart from the uses, which are listed.
func keyLogKey(k id.Key, process string) key {
	return key{keyUsePartition(k.Agent()) + "#REQUESTS", keyPrefix + string(k) + "#" + process}
}

// keysOf is where the keys of an agent are: their ids begin with the agent's.
func keysOf(agent id.Agent) span {
	return span{partition: accountPartition(agent.Account()), prefix: keyPrefix + strings.TrimPrefix(string(agent), "agt_")}
}

// recordKey hashes the idempotency key, which is up to 255 arbitrary characters.
func recordKey(r shop.RecordKey) key {
	hash := sha256.Sum256([]byte(r.Key))
	return key{
		accountPartition(r.Agent.Account()),
		recordPrefix + string(r.Agent) + "#" + r.Operation + "#" + hex.EncodeToString(hash[:]),
	}
}

// shards is the number of partitions of the index over which each kind of work is
// spread.
const shards = 8

// The partitions of the index begin with these.
const (
	dueIndexPrefix    = "DUE#"
	liveIndexPrefix   = "LIVE#" // services that a provider has
	lifeIndexPrefix   = "LIFE#" // services that need none
	walletIndexPrefix = "WALLET#"
	holdIndexPrefix   = "HOLD#"
	askedIndexPrefix  = "ASKED#"
	cancelIndexPrefix = "CANCEL#"
)

// shardOf is the partition of the index for an object. It follows from the id,
// so that the object moves within one partition.
func shardOf(prefix, id string) string {
	return shard(prefix, int(hashOf(id)%shards))
}

// hashOf is FNV-1a, as of package hash/fnv, which makes two values of each text.
func hashOf(text string) uint32 {
	hash := uint32(2166136261)
	for i := range len(text) {
		hash = (hash ^ uint32(text[i])) * 16777619
	}
	return hash
}

func shard(prefix string, n int) string { return prefix + strconv.Itoa(n) }

// dueKey is where the index has a job that is due at that time.
func dueKey(j id.Job, at time.Time) (partition, sort string) {
	return shardOf(dueIndexPrefix, string(j)), dueSort(at) + "#" + string(j)
}

// dueSort has a fixed width, so that times sort as texts.
func dueSort(at time.Time) string { return at.UTC().Format(dueLayout) }

const dueLayout = "2006-01-02T15:04:05.000Z"

// JobRef reads the key of an item as a reference to a job.
func JobRef(pk, sk string) (shop.JobRef, bool) {
	account, isAccount := accountOf(pk)
	job, isJob := strings.CutPrefix(sk, jobPrefix)
	return shop.JobRef{Account: account, Job: id.Job(job)}, isAccount && isJob
}
