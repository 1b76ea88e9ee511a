package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type sshKeysRow struct {
	head
	Account string      `dynamodbav:"account"`
	Keys    []sshKeyRow `dynamodbav:"keys,omitempty"`
}

type sshKeyRow struct {
	ID          string `dynamodbav:"id"`
	Name        string `dynamodbav:"name"`
	Line        string `dynamodbav:"line"`
	Comment     string `dynamodbav:"comment,omitempty"`
	Fingerprint string `dynamodbav:"fingerprint"`
	CreatedAt   millis `dynamodbav:"createdAt"`
}

// SSHKeys reads the SSH keys of an account.
func (t *Table) SSHKeys(ctx context.Context, account id.Account) (shop.SSHKeys, error) {
	row, err := get[sshKeysRow](ctx, t, sshKeysKey(account))
	return row.domain(), err
}

func (r sshKeysRow) domain() shop.SSHKeys {
	s := shop.SSHKeys{Account: id.Account(r.Account), Version: r.Version}
	for _, k := range r.Keys {
		s.Keys = append(s.Keys, shop.SSHKey{
			ID: id.SSHKey(k.ID), Name: k.Name, Line: k.Line, Comment: k.Comment, Fingerprint: k.Fingerprint, CreatedAt: k.CreatedAt.time(),
		})
	}
	return s
}

func storedSSHKeys(s shop.SSHKeys) sshKeysRow {
	row := sshKeysRow{head: newHead(sshKeysKey(s.Account), "sshkeys", s.Version), Account: string(s.Account)}
	for _, k := range s.Keys {
		row.Keys = append(row.Keys, sshKeyRow{string(k.ID), k.Name, k.Line, k.Comment, k.Fingerprint, toMillis(k.CreatedAt)})
	}
	return row
}
