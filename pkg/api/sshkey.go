package api

import (
	"context"
	"net/http"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/sshkey"
)

const (
	sshKeys = "/v1/agent/ssh-keys"

	// sshKeyName has no space, which every key has, and no underscore, which every id has: so a
	// configuration can name a key among keys.
	sshKeyName = "^[A-Za-z0-9][A-Za-z0-9.@-]{0,62}$"
	// maxSSHKey fits an RSA key of 8192 bits with a comment. With shop.MaxSSHKeys it keeps the
	// keys of an account in one item of the table.
	maxSSHKey = 2 << 10
)

// SSHKeyCreate adds an SSH key of the account.
func SSHKeyCreate() Operation {
	return Operation{
		Name: "ssh_key_create", Title: "Add an SSH key",
		Summary:     "Keep a public SSH key under a name, for servers to come.",
		Description: "Use it once for each key: sshKeys of a configuration then takes its name. Not for servers that are there already: they do not get it.",
		Method:      post, Path: sshKeys,
		Scope: shop.ScopeSSHKeysWrite, Effect: Creates, Status: http.StatusCreated,
		Input: schema.Object(
			schema.Required("name", schema.Pattern("What you call it.", sshKeyName, 63)),
			schema.Required("publicKey", schema.Pattern("One line of OpenSSH. Its comment is personal data.", schema.ASCIIPattern, maxSSHKey)),
			keyField(),
		),
		answers: output[sshKeyAnswer],
		Errors:  []fault.Code{fault.IdempotencyConflict, fault.IdempotencyInFlight},
		Example: Example{Input: `{"name":"laptop","publicKey":"` + exampleSSHKey + `"}`, Output: exampleSSHKeyCreated},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in newSSHKeyArguments, request shop.Request[shop.SSHKey]) (shop.Response, error) {
			key, ok := sshkey.Parse(in.PublicKey)
			if !ok {
				return shop.Response{}, fault.InvalidParam("$.publicKey", sshkey.Must).
					Fix("Send $.publicKey as one line of an OpenSSH public key file, without options.")
			}
			return s.CreateSSHKey(ctx, caller, shop.SSHKey{Name: in.Name, Line: key.Line, Comment: key.Comment, Fingerprint: key.Fingerprint}, request)
		}, wireOneSSHKey),
	}
}

// SSHKeyList lists the SSH keys of the account.
func SSHKeyList() Operation {
	return Operation{
		Name: "ssh_key_list", Title: "List SSH keys",
		Summary:     "List the account's public SSH keys, the oldest first.",
		Description: "Use it to find the names that sshKeys of a configuration takes. Not needed for keys that are sent whole.",
		Method:      get, Path: sshKeys,
		Scope: shop.ScopeSSHKeysRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(), answers: output[sshKeysAnswer],
		Example: Example{Input: `{}`, Output: exampleSSHKeys},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, _ struct{}) (sshKeysAnswer, error) {
			keys, err := s.SSHKeys(ctx, caller)
			return sshKeysAnswer{each(keys.Keys, wireListedSSHKey)}, err
		}),
	}
}

// SSHKeyDelete deletes an SSH key of the account.
func SSHKeyDelete() Operation {
	return Operation{
		Name: "ssh_key_delete", Title: "Delete an SSH key",
		Summary:     "Delete a public SSH key of the account, and its comment.",
		Description: "Use it when no new server shall get the key. Not for servers that have it: remove it there.",
		Method:      post, Path: sshKeys + "/{sshKeyId}/delete",
		Scope: shop.ScopeSSHKeysWrite, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(schema.Required("sshKeyId", idSchema("The id of an SSH key.")), keyField()),
		answers: output[sshKeyAnswer],
		Errors:  []fault.Code{fault.NotFound, fault.IdempotencyConflict, fault.IdempotencyInFlight},
		Example: Example{Input: `{"sshKeyId":"` + exampleSSHKeyID + `"}`, Output: exampleSSHKeyDeleted},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in sshKeyArguments, request shop.Request[shop.SSHKey]) (shop.Response, error) {
			return s.DeleteSSHKey(ctx, caller, in.SSHKey, request)
		}, wireOneSSHKey),
	}
}

// AccountSSHKeyCreate adds an SSH key of the account.
func AccountSSHKeyCreate() Operation {
	o := forBuyers(SSHKeyCreate(), "account_ssh_key_create", account+"/ssh-keys")
	o.FreshLogin = true
	return o
}

// AccountSSHKeyList lists the SSH keys of the account.
func AccountSSHKeyList() Operation {
	return forMembers(SSHKeyList(), "account_ssh_key_list", account+"/ssh-keys")
}

// AccountSSHKeyDelete deletes an SSH key of the account.
func AccountSSHKeyDelete() Operation {
	o := forBuyers(SSHKeyDelete(), "account_ssh_key_delete", account+"/ssh-keys/{sshKeyId}/delete")
	o.FreshLogin = true
	return o
}

type newSSHKeyArguments struct {
	Name      string `json:"name"`
	PublicKey string `json:"publicKey"`
}

type sshKeyArguments struct {
	SSHKey id.SSHKey `json:"sshKeyId"`
}

type sshKeyAnswer struct {
	SSHKey sshKeyWire `json:"sshKey"`
}

type sshKeysAnswer struct {
	SSHKeys []listedSSHKeyWire `json:"sshKeys"`
}

// sshKeyWire is without the comment of the key: it is in answers that are kept for a replay.
type sshKeyWire struct {
	ID          string    `json:"id" jsonschema:"pass it as sshKeyId, or in sshKeys of a configuration"`
	Name        string    `json:"name" jsonschema:"sshKeys of a configuration takes it"`
	PublicKey   string    `json:"publicKey" jsonschema:"without its comment"`
	Fingerprint string    `json:"fingerprint" jsonschema:"as ssh-keygen -l shows it"`
	CreatedAt   time.Time `json:"createdAt"`
}

type listedSSHKeyWire struct {
	sshKeyWire
	Comment string `json:"comment,omitempty" jsonschema:"what the key says about whose it is"`
}

func wireSSHKey(k shop.SSHKey) sshKeyWire {
	return sshKeyWire{string(k.ID), k.Name, k.Line, k.Fingerprint, k.CreatedAt}
}

func wireOneSSHKey(k shop.SSHKey, _ view) sshKeyAnswer { return sshKeyAnswer{wireSSHKey(k)} }

func wireListedSSHKey(k shop.SSHKey) listedSSHKeyWire {
	return listedSSHKeyWire{wireSSHKey(k), k.Comment}
}
