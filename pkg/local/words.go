package local

import (
	"fmt"
	"net"
	"strings"

	"agentstore/pkg/app"
	"agentstore/pkg/shop"
)

// welcome says where the store is and what to do next.
func welcome(c app.Config, addr net.Addr, key string, funds shop.Wallet, db Database, catalog shop.Catalog) string {
	base := originOf(addr)
	var b strings.Builder
	fmt.Fprintf(&b, `
agentstore is running. %s

  REST API   %s/v1/agent
  MCP        %s/mcp
  OpenAPI    %s/openapi.json
  people     %s
  catalog    %d items
  wallet     %s

Give these to an agent, or to this shell. %s:

  export AGENT_STORE_API_BASE_URL=%s/v1/agent
  export AGENT_STORE_AGENT_API_KEY=%s

Or to an MCP client, such as Claude Code:

  claude mcp add --transport http agentstore %s/mcp \
    --header "Authorization: Bearer $AGENT_STORE_AGENT_API_KEY"

Try it:

  curl -s -H "Authorization: Bearer $AGENT_STORE_AGENT_API_KEY" \
    "$AGENT_STORE_API_BASE_URL/catalog?q=vps&limit=3"

%s

`, keeps(db), base, base, base, logins(c, addr), len(catalog.Items), funds.Balance, keyWords(db), base, key, base, endings(db))
	return b.String()
}

// teamWelcome says where a store for a team is.
func teamWelcome(c app.Config, addr net.Addr, db Database, catalog shop.Catalog) string {
	var b strings.Builder
	fmt.Fprintf(&b, `
agentstore is serving %[1]s. %[2]s

  listens on %[3]s
  REST API   %[1]s/v1/agent
  MCP        %[1]s/mcp
  people     %[1]s/, who log in at %[4]s
  catalog    %[5]d items

Make a key for an agent with: agentstore key create

`, c.PublicURL, keeps(db), listening(c.Serving, addr), c.OIDCIssuer, len(catalog.Items))
	return b.String()
}

// listening says where a store listens, and which proxies it believes.
func listening(s app.Serving, addr net.Addr) string {
	words := addr.String()
	if s.CertFile != "" {
		words += ", with TLS"
	}
	if len(s.Proxies) == 0 {
		return words + "; no proxy is believed about who asks"
	}
	var proxies []string
	for _, network := range s.Proxies {
		proxies = append(proxies, network.String())
	}
	return words + "; proxies at " + strings.Join(proxies, ", ") + " say who asks"
}

// keeps says where the data is, and how long it stays.
func keeps(db Database) string {
	switch {
	case db.InMemory:
		return "Its data is " + db.Place + "."
	case db.Folder != "":
		return "Its data is in the " + db.Place + ", and stays there."
	default:
		return "Its data is in the " + db.Place + "."
	}
}

// keyWords say how long the demo key can be read.
func keyWords(db Database) string {
	if db.Folder == "" {
		return "The key is shown only once"
	}
	return "The key is the same at the next start"
}

// logins says where people log in, and whom the store believes.
func logins(c app.Config, at net.Addr) string {
	switch home := originOf(at) + "/"; {
	case trial(c, at):
		return home + "\n             Who logs in first owns the demo account. Whoever opens it on this machine is believed: put no proxy in front of it."
	case c.OIDCIssuer == "":
		return "nobody can log in: other machines may reach the store, so it needs a real\n             issuer. Set OIDC_ISSUER and OIDC_CLIENT_ID."
	default:
		return home
	}
}

// endings say how the store stops, and how its data is removed.
func endings(db Database) string {
	if db.Folder == "" {
		return "Ctrl-C stops the store."
	}
	return "Ctrl-C stops the store, and make run (or agentstore run) continues it. make reset (or agentstore reset) starts from scratch."
}

func goodbye(db Database) string {
	if db.InMemory {
		return "\nagentstore has stopped. Its data is gone.\n"
	}
	return "\nagentstore has stopped. Its data stays in the " + db.Place + ".\n"
}
