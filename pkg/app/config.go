// Package app wires the store. It is the only reader of the environment, and the
// only package that knows all the others.
package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/money"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/web"
)

// Config is what the environment says. Each program uses the part that it needs.
type Config struct {
	TableName        string // TABLE_NAME
	DynamoDBEndpoint string // DYNAMODB_ENDPOINT; empty is that of Endpoints
	DataDir          string // DATA_DIR: the folder of the embedded store, or "memory"
	Region           string // AWS_REGION
	AccessKeyID      string // AWS_ACCESS_KEY_ID
	SecretAccessKey  string // AWS_SECRET_ACCESS_KEY
	SessionToken     string // AWS_SESSION_TOKEN
	Endpoints        Endpoints
	Spread           *dynamo.Spread // SPREAD_SINCE: always, never, or a time, as 2027-01-31T12:00:00Z; nil where it is not set
	SecretsKey       string         // SECRETS_KEY: the id or ARN of the AWS KMS key for what providers give in confidence
	KeyMode          auth.Mode      // KEY_MODE: live or test
	KeyUse           time.Duration  // KEY_USE: how coarsely the last use of a key is kept, as 1h; 0s keeps none
	QuoteLifetime    time.Duration  // QUOTE_LIFETIME, as 15m
	ApprovalLifetime time.Duration  // APPROVAL_LIFETIME, as 24h
	LogLevel         slog.Level     // LOG_LEVEL: debug, info, warn or error
	MockLatency      time.Duration  // MOCK_LATENCY, as 3s
	MockFailures     mock.Failures  // MOCK_FAILURES, as create:0.5,restart:refuse
	Provisioner      string         // PROVISIONER_FUNCTION: the function that a purchase calls
	Addr             string         // ADDR: where the local store listens
	PublicURL        string         // PUBLIC_URL, as https://store.example.com; empty is wherever a request has reached it
	OIDCIssuer       string         // OIDC_ISSUER: who says who people are; empty is nobody
	OIDCClientID     string         // OIDC_CLIENT_ID: what the store is called there
	OIDCClientSecret string         // OIDC_CLIENT_SECRET; empty is a public client
	AuthTimeClaim    string         // AUTH_TIME_CLAIM: the claim that says when somebody has logged in
	MFAClaim         string         // MFA_CLAIM: the claim that says how
	MFAValues        []string       // MFA_VALUES: which of its values mean more than one factor, as mfa,otp
	DemoCredit       money.Money    // DEMO_CREDIT_MINOR and DEMO_CREDIT_CURRENCY: what a new account starts with, including the demo account
	Serving          Serving
	Hetzner          Hetzner
	// Providers are those that servers come from besides the mock, by the names that the
	// catalog gives them. They are not of the environment: package provision makes them,
	// for the few programs that link their clients.
	Providers map[string]server.Provider
}

// The defaults.
const (
	defaultTable            = "agentstore"
	defaultQuoteLifetime    = "15m"
	defaultApprovalLifetime = "24h"
	defaultAddr             = "127.0.0.1:3000"
	defaultDataDir          = "./data"

	// InMemory is the DATA_DIR of a store that keeps nothing.
	InMemory = "memory"
)

// Environment reads the configuration. An error names the variable, its value
// and what it should be.
func Environment(getenv func(string) string) (Config, error) {
	env := environment{getenv: getenv}
	c := Config{
		TableName:        env.text("TABLE_NAME", defaultTable),
		DynamoDBEndpoint: env.text("DYNAMODB_ENDPOINT", ""),
		DataDir:          env.text("DATA_DIR", defaultDataDir),
		Region:           env.text("AWS_REGION", env.text("AWS_DEFAULT_REGION", "us-east-1")),
		AccessKeyID:      env.text("AWS_ACCESS_KEY_ID", ""),
		SecretAccessKey:  env.text("AWS_SECRET_ACCESS_KEY", ""),
		SessionToken:     env.text("AWS_SESSION_TOKEN", ""),
		Endpoints:        env.endpoints(),
		Spread:           env.spread("SPREAD_SINCE"),
		SecretsKey:       env.text("SECRETS_KEY", ""),
		KeyMode:          env.mode("KEY_MODE"),
		KeyUse:           env.duration("KEY_USE", "1h", 0),
		QuoteLifetime:    env.duration("QUOTE_LIFETIME", defaultQuoteLifetime, time.Second),
		ApprovalLifetime: env.duration("APPROVAL_LIFETIME", defaultApprovalLifetime, time.Minute),
		LogLevel:         env.level("LOG_LEVEL"),
		MockLatency:      env.duration("MOCK_LATENCY", "0s", 0),
		Provisioner:      env.text("PROVISIONER_FUNCTION", ""),
		Addr:             env.text("ADDR", defaultAddr),
		PublicURL:        env.origin("PUBLIC_URL"),
		OIDCIssuer:       env.issuer("OIDC_ISSUER"),
		OIDCClientID:     env.text("OIDC_CLIENT_ID", ""),
		OIDCClientSecret: env.text("OIDC_CLIENT_SECRET", ""),
		AuthTimeClaim:    env.text("AUTH_TIME_CLAIM", "auth_time"),
		MFAClaim:         env.text("MFA_CLAIM", "amr"),
		MFAValues:        strings.Split(env.text("MFA_VALUES", "mfa"), ","),
		DemoCredit:       env.amount("DEMO_CREDIT_MINOR", "DEMO_CREDIT_CURRENCY"),
		Serving:          env.serving(),
		Hetzner:          env.hetzner(),
	}
	if (c.OIDCIssuer == "") != (c.OIDCClientID == "") {
		env.fail("OIDC_ISSUER is %q and OIDC_CLIENT_ID is %q: set both or neither", c.OIDCIssuer, c.OIDCClientID)
	}
	var err error
	if c.MockFailures, err = mock.ParseFailures(getenv("MOCK_FAILURES")); err != nil {
		env.fail("MOCK_FAILURES: %v", err)
	}
	return c, env.err
}

// environment keeps the first error.
type environment struct {
	getenv func(string) string
	err    error
}

func (e *environment) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

func (e *environment) text(name, fallback string) string {
	if value := e.getenv(name); value != "" {
		return value
	}
	return fallback
}

func (e *environment) duration(name, fallback string, least time.Duration) time.Duration {
	value := e.text(name, fallback)
	d, err := time.ParseDuration(value)
	if err != nil || d < least {
		e.fail("%s is %q: use a duration such as %s", name, value, fallback)
	}
	return d
}

// origin is a scheme and a host, and nothing else (RFC 6454, section 6.2).
func (e *environment) origin(name string) string {
	value := e.text(name, "")
	u, err := url.Parse(value)
	if value != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != value) {
		e.fail("%s is %q: use an address without a path, such as https://store.example.com", name, value)
	} else if value != "" && web.Canonical(value) != value {
		e.fail("%s is %q: write it as %s", name, value, web.Canonical(value))
	}
	return value
}

// issuer is the address of an OpenID Connect issuer, which is asked over TLS unless
// it is on this machine (OpenID Connect Discovery 1.0, section 3).
func (e *environment) issuer(name string) string {
	value := e.text(name, "")
	u, err := url.Parse(value)
	good := err == nil && u.Host != "" && u.RawQuery == "" && u.Fragment == "" &&
		(u.Scheme == "https" || u.Scheme == "http" && web.IsLoopback(u.Host))
	if value != "" && !good {
		e.fail("%s is %q: use the address of an issuer, such as https://login.example.com", name, value)
	}
	return value
}

// amount is money in the minor unit of its currency; zero is none.
func (e *environment) amount(minorName, currencyName string) money.Money {
	currency, err := money.ParseCurrency(e.text(currencyName, "usd"))
	if err != nil {
		e.fail("%s is %q: use a lower-case ISO 4217 code, such as usd", currencyName, e.getenv(currencyName))
	}
	minor, err := strconv.ParseInt(e.text(minorName, "0"), 10, 64)
	credit := money.Money{Minor: minor, Currency: currency}
	switch {
	case errors.Is(err, strconv.ErrRange) && minor > 0:
		e.fail("%s is %q: a wallet holds at most %s", minorName, e.getenv(minorName), credit)
	case err != nil || minor < 0:
		e.fail("%s is %q: use an amount in the minor unit of the currency, such as 100000 of usd for $1,000.00", minorName, e.getenv(minorName))
	case minor > 0:
		return credit
	}
	return money.Money{}
}

func (e *environment) mode(name string) auth.Mode {
	mode := auth.Mode(e.text(name, string(auth.Live)))
	if mode != auth.Live && mode != auth.Test {
		e.fail("%s is %q: use live or test", name, mode)
	}
	return mode
}

func (e *environment) level(name string) (level slog.Level) {
	value := e.text(name, "info")
	if err := level.UnmarshalText([]byte(value)); err != nil {
		e.fail("%s is %q: use debug, info, warn or error", name, value)
	}
	return level
}
