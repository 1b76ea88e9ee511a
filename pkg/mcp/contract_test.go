package mcp_test

import (
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
)

// The flow of the contract, in every revision of the protocol.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, revision := range sdk.SupportedProtocolVersions() {
		t.Run(revision, func(t *testing.T) {
			t.Parallel()
			dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
				s := storetest.New(t, engine, storetest.Options{})
				session := contract.Client{Base: s.URL, Key: s.Key, Revision: revision}.Connect(t)
				if got := session.InitializeResult().ProtocolVersion; got != revision {
					t.Errorf("the revision is %s", got)
				}
				contract.Replay(t, contract.MCP(session))
			})
		})
	}
}
