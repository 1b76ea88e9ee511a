package local

import (
	"fmt"
	"net"
	"strings"

	"agentstore/pkg/app"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// welcome says where the store is and what to do next.
func welcome(c app.Config, addr net.Addr, key string, funds shop.Wallet, db Database, catalog shop.Catalog) string {
	base := originOf(addr)
	var b strings.Builder
	fmt.Fprintf(&b, `
agentstore is running. Its data are %s.

  REST API   %s/v1/agent
  MCP        %s/mcp
  OpenAPI    %s/openapi.json
  people     %s
  catalog    %d items
  wallet     %s

Give these to an agent, or to this shell. The key is shown this once:

  export AGENT_STORE_API_BASE_URL=%s/v1/agent
  export AGENT_STORE_AGENT_API_KEY=%s

Or to a client of MCP, such as Claude Code:

  claude mcp add --transport http agentstore %s/mcp \
    --header "Authorization: Bearer $AGENT_STORE_AGENT_API_KEY"

Try it:

  curl -s -H "Authorization: Bearer $AGENT_STORE_AGENT_API_KEY" \
    "$AGENT_STORE_API_BASE_URL/catalog?q=vps&limit=3"

Ctrl-C stops the store.

`, db.Place, base, base, base, logins(c, addr), len(catalog.Items), Amount(funds.Balance), base, key, base)
	return b.String()
}

// logins says where people log in, and whom the store believes.
func logins(c app.Config, at net.Addr) string {
	switch home := originOf(at) + "/"; {
	case trial(c, at):
		return home + "\n             Whoever opens it on this machine is believed: put no proxy before it."
	case c.OIDCIssuer == "":
		return "nobody can log in: others than this machine may reach the store, so it needs a real\n             issuer. Set OIDC_ISSUER and OIDC_CLIENT_ID."
	default:
		return home
	}
}

func goodbye(db Database) string {
	if db.InMemory {
		return "\nagentstore has stopped. Its data are gone.\n"
	}
	return "\nagentstore has stopped. Its data stay in the " + db.Place + ".\n"
}

// Amount writes money as people do, for currencies with two decimals. An empty
// wallet may have none.
func Amount(m money.Money) string {
	return strings.TrimSpace(fmt.Sprintf("%d.%02d %s", m.Minor/100, m.Minor%100, m.Currency))
}
