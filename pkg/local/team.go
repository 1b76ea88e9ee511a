package local

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"agentstore/pkg/app"
	"agentstore/pkg/web"
)

// CheckTeam returns what a store for a team lacks, as a sentence.
func CheckTeam(c app.Config) error {
	host, _, _ := net.SplitHostPort(c.Addr)
	switch {
	case c.OIDCIssuer == "":
		return errors.New("OIDC_ISSUER is not set: a store for a team needs to know who people are; set OIDC_ISSUER and OIDC_CLIENT_ID, or try the store out with agentstore run")
	case !strings.HasPrefix(c.PublicURL, "https://"):
		return fmt.Errorf("PUBLIC_URL is %q: a store for a team needs the address at which it is reached over TLS, such as https://store.example.com", c.PublicURL)
	case c.DemoCredit.Minor > 0:
		return errors.New("DEMO_CREDIT_MINOR is set: a store for a team gives away no money; use agentstore fund")
	case c.DataDir == app.InMemory && c.DynamoDBEndpoint == "":
		return errors.New("DATA_DIR is memory: a store for a team keeps its data; name a folder")
	case c.Serving.CertFile == "" && len(c.Serving.Proxies) == 0 && !web.IsLoopback(host):
		return fmt.Errorf("ADDR is %q, which other machines may reach without TLS: set TLS_CERT_FILE and TLS_KEY_FILE, or TRUSTED_PROXIES to the proxy that speaks TLS for the store", c.Addr)
	}
	return nil
}

// CheckTrial returns what a store for trying out must not have, as a sentence.
func CheckTrial(c app.Config) error {
	if c.Serving.CertFile != "" || len(c.Serving.Proxies) > 0 {
		return errors.New("TLS_CERT_FILE and TRUSTED_PROXIES are for agentstore serve, but this is agentstore run, which is for trying the store out on one machine")
	}
	return nil
}
