package dynamo

import (
	"context"
	"strings"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type approvalRow struct {
	head
	ID        string `dynamodbav:"id"`
	Account   string `dynamodbav:"account"`
	Agent     string `dynamodbav:"agent"`
	Key       string `dynamodbav:"key,omitempty"`
	Status    string `dynamodbav:"status"`
	Reason    string `dynamodbav:"reason"`
	Purchase  string `dynamodbav:"purchase,omitempty"`
	Service   string `dynamodbav:"service,omitempty"`
	Action    string `dynamodbav:"action,omitempty"`
	Input     string `dynamodbav:"input,omitempty"` // JSON
	CreatedAt millis `dynamodbav:"createdAt"`
	ExpiresAt millis `dynamodbav:"expiresAt"`
	DecidedBy string `dynamodbav:"decidedBy,omitempty"`
	DecidedAt millis `dynamodbav:"decidedAt,omitempty"`
	Note      string `dynamodbav:"note,omitempty"`
	Held      bool   `dynamodbav:"held,omitempty"`
	// IndexPK and IndexSK are there while it holds money.
	IndexPK string `dynamodbav:"GSI1PK,omitempty"`
	IndexSK string `dynamodbav:"GSI1SK,omitempty"`
}

// Approval reads one approval.
func (t *Table) Approval(ctx context.Context, account id.Account, approval id.Approval) (shop.Approval, error) {
	row, err := get[approvalRow](ctx, t, approvalKey(account, approval))
	return row.domain(), err
}

// Approvals lists the approvals of an account.
func (t *Table) Approvals(ctx context.Context, account id.Account, p shop.Page) ([]shop.Approval, shop.Cursor, error) {
	return withStatus(ctx, t, accountPartition(account), approvalPrefix, p, approvalRow.domain, func(a shop.Approval) shop.ApprovalStatus {
		return a.StatusAt(p.At)
	})
}

func storedApproval(a shop.Approval) approvalRow {
	row := approvalRow{
		head: newHead(approvalKey(a.Account, a.ID), "approval", a.Version),
		ID:   string(a.ID), Account: string(a.Account), Agent: string(a.Agent), Key: string(a.Key), Status: string(a.Status), Reason: a.Reason,
		Purchase: string(a.Purchase), Service: string(a.Service), Action: string(a.Intent.Action), Input: string(a.Intent.Input),
		CreatedAt: toMillis(a.CreatedAt), ExpiresAt: toMillis(a.ExpiresAt),
		DecidedBy: string(a.DecidedBy), DecidedAt: toMillis(a.DecidedAt), Note: a.Note, Held: a.Held,
	}
	if a.Held {
		row.Shape = shapes["approval"] // an older version would pay a second time
	}
	if a.Held && a.Status == shop.ApprovalPending {
		row.IndexPK, row.IndexSK = shardOf(askedIndexPrefix, string(a.ID)), dueSort(a.ExpiresAt)+"#"+string(a.ID)
	}
	return row
}

// HeldQuestions nominates the approvals that hold money and are over at a time.
func (t *Table) HeldQuestions(ctx context.Context, now time.Time) ([]shop.HeldQuestion, error) {
	keys, err := t.index(ctx, askedIndexPrefix, dueSort(now)+"$", duePage) // as of DueJobs
	over := make([]shop.HeldQuestion, len(keys))
	for i, k := range keys {
		account, _ := accountOf(k.PK)
		over[i] = shop.HeldQuestion{Account: account, Approval: id.Approval(strings.TrimPrefix(k.SK, approvalPrefix))}
	}
	return over, err
}

func (r approvalRow) domain() shop.Approval {
	return shop.Approval{
		ID: id.Approval(r.ID), Account: id.Account(r.Account), Agent: id.Agent(r.Agent), Key: id.Key(r.Key), Version: r.Version,
		Status: shop.ApprovalStatus(r.Status), Reason: r.Reason, Purchase: id.Purchase(r.Purchase), Service: id.Service(r.Service),
		Intent:    intentOf(r.Action, r.Input),
		CreatedAt: r.CreatedAt.time(), ExpiresAt: r.ExpiresAt.time(),
		DecidedBy: id.Person(r.DecidedBy), DecidedAt: r.DecidedAt.time(), Note: r.Note, Held: r.Held,
	}
}
