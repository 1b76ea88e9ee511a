package local

import (
	"fmt"
	"net"
	"strings"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// welcome says where the store is and what to do next.
func welcome(addr net.Addr, key string, funds shop.Wallet, db Database, catalog shop.Catalog) string {
	base := originOf(addr)
	var b strings.Builder
	fmt.Fprintf(&b, `
agentstore is running. Its data are %s.

  REST API   %s/v1/agent
  MCP        %s/mcp
  OpenAPI    %s/openapi.json
  people     %s/
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

`, db.Place, base, base, base, base, len(catalog.Items), Amount(funds.Balance), base, key, base)
	return b.String()
}

func goodbye(db Database) string {
	if db.InMemory {
		return "\nagentstore has stopped. Its data are gone.\n"
	}
	return "\nagentstore has stopped. Its data stay in the " + db.Place + ".\n"
}

// Amount writes money as people do, for currencies with two decimals.
func Amount(m money.Money) string {
	return fmt.Sprintf("%d.%02d %s", m.Minor/100, m.Minor%100, m.Currency)
}
