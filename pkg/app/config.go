// Package app wires the store. It is the only reader of the environment, and
// the one package that knows all the others.
package app

import (
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"agentstore/pkg/auth"
	"agentstore/pkg/provider/mock"
)

// Config is what the environment says. Each program uses the part that it needs.
type Config struct {
	TableName        string        // TABLE_NAME
	DynamoDBEndpoint string        // DYNAMODB_ENDPOINT; empty is AWS
	Region           string        // AWS_REGION
	AccessKeyID      string        // AWS_ACCESS_KEY_ID
	SecretAccessKey  string        // AWS_SECRET_ACCESS_KEY
	SessionToken     string        // AWS_SESSION_TOKEN
	KeyMode          auth.Mode     // KEY_MODE: live or test
	QuoteLifetime    time.Duration // QUOTE_LIFETIME, as 15m
	LogLevel         slog.Level    // LOG_LEVEL: debug, info, warn or error
	MockLatency      time.Duration // MOCK_LATENCY, as 3s
	MockFailures     mock.Failures // MOCK_FAILURES, as create:0.5,restart:refuse
	Provisioner      string        // PROVISIONER_FUNCTION: the function that a purchase calls
	Addr             string        // ADDR: where the local store listens
	PublicURL        string        // PUBLIC_URL, as https://store.example.com; empty is where a request was sent to
}

// The defaults.
const (
	defaultTable         = "agentstore"
	defaultQuoteLifetime = "15m"
	defaultAddr          = "127.0.0.1:3000"
)

// Environment reads the configuration. An error names the variable, its value
// and what it should be.
func Environment(getenv func(string) string) (Config, error) {
	env := environment{getenv: getenv}
	c := Config{
		TableName:        env.text("TABLE_NAME", defaultTable),
		DynamoDBEndpoint: env.text("DYNAMODB_ENDPOINT", ""),
		Region:           env.text("AWS_REGION", env.text("AWS_DEFAULT_REGION", "us-east-1")),
		AccessKeyID:      env.text("AWS_ACCESS_KEY_ID", ""),
		SecretAccessKey:  env.text("AWS_SECRET_ACCESS_KEY", ""),
		SessionToken:     env.text("AWS_SESSION_TOKEN", ""),
		KeyMode:          env.mode("KEY_MODE"),
		QuoteLifetime:    env.duration("QUOTE_LIFETIME", defaultQuoteLifetime, time.Second),
		LogLevel:         env.level("LOG_LEVEL"),
		MockLatency:      env.duration("MOCK_LATENCY", "0s", 0),
		Provisioner:      env.text("PROVISIONER_FUNCTION", ""),
		Addr:             env.text("ADDR", defaultAddr),
		PublicURL:        env.origin("PUBLIC_URL"),
	}
	var err error
	if c.MockFailures, err = mock.ParseFailures(getenv("MOCK_FAILURES")); err != nil {
		env.fail("MOCK_FAILURES: %v", err)
	}
	return c, env.err
}

// environment keeps the first thing that is wrong.
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
	}
	return value
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
