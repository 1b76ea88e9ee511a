package dynamo

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"agentstore/pkg/id"
)

// Where people and what belongs to them are stored. A member, an invitation and a
// session are each in two places, so that they can be found from either side without
// an index.
const (
	personPrefix     = "PERSON#"
	identityPrefix   = "IDENTITY#"
	sessionPrefix    = "SESSION#"
	invitationPrefix = "INVITATION#"
	memberPrefix     = "MEMBER#"
	agentPrefix      = "AGENT#"

	personSort     = "PERSON"
	identitySort   = "IDENTITY"
	sessionSort    = "SESSION"
	invitationSort = "INVITATION"
	accountSort    = "ACCOUNT"
)

func personPartition(p id.Person) string { return personPrefix + string(p) }

func personKey(p id.Person) key { return key{personPartition(p), personSort} }

// identityKey hashes what an issuer says, which can have any length and any
// characters. The length of the issuer keeps two pairs from becoming the same text.
func identityKey(issuer, subject string) key {
	hash := sha256.Sum256([]byte(strconv.Itoa(len(issuer)) + " " + issuer + subject))
	return key{identityPrefix + hex.EncodeToString(hash[:]), identitySort}
}

func accountKey(a id.Account) key { return key{accountPartition(a), accountSort} }

func agentKey(a id.Agent) key { return key{accountPartition(a.Account()), agentPrefix + string(a)} }

func memberKey(a id.Account, p id.Person) key {
	return key{accountPartition(a), memberPrefix + string(p)}
}

func membershipKey(p id.Person, a id.Account) key {
	return key{personPartition(p), memberPrefix + string(a)}
}

func invitationKey(hash string) key { return key{invitationPrefix + hash, invitationSort} }

func accountInvitationKey(a id.Account, i id.Invitation) key {
	return key{accountPartition(a), invitationPrefix + string(i)}
}

func sessionKey(hash string) key { return key{sessionPrefix + hash, sessionSort} }

func personSessionKey(p id.Person, s id.Session) key {
	return key{personPartition(p), sessionPrefix + string(s)}
}
