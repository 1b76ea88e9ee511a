package auth

import (
	"io"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Issue makes a new key of the agent. The text is shown to its owner once; the
// credential is what is stored.
func Issue(mode Mode, ids id.Maker, entropy io.Reader, agent id.Agent, name string, scopes []shop.Scope) (shop.Credential, string, error) {
	key := ids.Key(agent)
	token, text, err := NewToken(mode, key, entropy)
	if err != nil {
		return shop.Credential{}, "", err
	}
	return shop.Credential{
		ID: key, Agent: agent, Version: 1, Name: name, SecretHash: token.Hash(),
		Scopes: scopes, CreatedAt: ids.Now(),
	}, text, nil
}
