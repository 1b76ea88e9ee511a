package app_test

import (
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/money"
	"agentstore/pkg/provider/mock"
)

// environment reads a configuration from variables.
func environment(variables map[string]string) (app.Config, error) {
	return app.Environment(func(name string) string { return variables[name] })
}

func failures(t *testing.T, text string) mock.Failures {
	t.Helper()
	parsed, err := mock.ParseFailures(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// everywhere is one endpoint of all services.
func everywhere(url string) app.Endpoints {
	return app.Endpoints{DynamoDB: url, KMS: url, Lambda: url, Secrets: url}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	defaults := app.Config{
		TableName: "agentstore", Region: "us-east-1", KeyMode: auth.Live, KeyUse: time.Hour, QuoteLifetime: 15 * time.Minute, ApprovalLifetime: 24 * time.Hour,
		LogLevel: slog.LevelInfo, MockFailures: failures(t, ""), Addr: "127.0.0.1:3000",
		AuthTimeClaim: "auth_time", MFAClaim: "amr", MFAValues: []string{"mfa"}, DataDir: "./data",
	}
	with := func(change func(*app.Config)) app.Config {
		c := defaults
		change(&c)
		return c
	}
	tests := []struct {
		name      string
		variables map[string]string
		want      app.Config
	}{
		{"nothing", nil, defaults},
		{"everything", map[string]string{
			"TABLE_NAME": "orders", "DYNAMODB_ENDPOINT": "http://127.0.0.1:8000", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2",
			"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
			"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "SPREAD_SINCE": "2027-01-31T12:00:00Z", "SECRETS_KEY": "arn:aws:kms:x", "KEY_MODE": "test", "KEY_USE": "2h",
			"QUOTE_LIFETIME": "1h30m", "APPROVAL_LIFETIME": "2h", "LOG_LEVEL": "debug", "MOCK_LATENCY": "3s", "MOCK_FAILURES": "create:0.5,restart:refuse",
			"PROVISIONER_FUNCTION": "provisioner", "ADDR": ":8080", "PUBLIC_URL": "https://store.example.com",
			"OIDC_ISSUER": "https://login.example.com/pool", "OIDC_CLIENT_ID": "store", "OIDC_CLIENT_SECRET": "secret",
			"AUTH_TIME_CLAIM": "custom:at", "MFA_CLAIM": "custom:how", "MFA_VALUES": "otp,hwk",
			"DEMO_CREDIT_MINOR": "5000", "DEMO_CREDIT_CURRENCY": "eur", "DATA_DIR": "/var/lib/agentstore",
			"TLS_CERT_FILE": "cert.pem", "TLS_KEY_FILE": "key.pem", "TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,2001:db8::/32",
		}, app.Config{
			TableName: "orders", DynamoDBEndpoint: "http://127.0.0.1:8000", Region: "eu-west-1",
			AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "token", Endpoints: everywhere("http://127.0.0.1:4566"), Spread: new(dynamo.Since(time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC))), SecretsKey: "arn:aws:kms:x", KeyMode: auth.Test, KeyUse: 2 * time.Hour,
			QuoteLifetime: 90 * time.Minute, ApprovalLifetime: 2 * time.Hour, LogLevel: slog.LevelDebug, MockLatency: 3 * time.Second,
			MockFailures: failures(t, "create:0.5,restart:refuse"), Provisioner: "provisioner", Addr: ":8080",
			PublicURL: "https://store.example.com", OIDCIssuer: "https://login.example.com/pool", OIDCClientID: "store",
			OIDCClientSecret: "secret", AuthTimeClaim: "custom:at", MFAClaim: "custom:how", MFAValues: []string{"otp", "hwk"},
			DemoCredit: money.Money{Minor: 5000, Currency: "eur"}, DataDir: "/var/lib/agentstore",
			Serving: app.Serving{CertFile: "cert.pem", KeyFile: "key.pem", Proxies: []netip.Prefix{
				netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::/32"),
			}},
		}},
		{"an endpoint of one service", map[string]string{"AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:1"}, with(func(c *app.Config) {
			c.Endpoints.Lambda = "http://127.0.0.1:1"
		})},
		{"an endpoint of each service", map[string]string{
			"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:2", "AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:3", "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:4",
		}, with(func(c *app.Config) {
			c.Endpoints = app.Endpoints{DynamoDB: "http://127.0.0.1:2", KMS: "http://127.0.0.1:3", Lambda: "http://127.0.0.1:4", Secrets: "http://127.0.0.1:1"}
		})},
		{"endpoints that are to be ignored", map[string]string{
			"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
		}, defaults},
		{"the region of the command line's tools", map[string]string{"AWS_DEFAULT_REGION": "eu-west-2"}, with(func(c *app.Config) { c.Region = "eu-west-2" })},
		{"an issuer on this machine", map[string]string{"OIDC_ISSUER": "http://127.0.0.1:3000/x", "OIDC_CLIENT_ID": "a"}, with(func(c *app.Config) {
			c.OIDCIssuer, c.OIDCClientID = "http://127.0.0.1:3000/x", "a"
		})},
		{"a credit in the usual currency", map[string]string{"DEMO_CREDIT_MINOR": "1"}, with(func(c *app.Config) {
			c.DemoCredit = money.Money{Minor: 1, Currency: "usd"}
		})},
		{"a currency and no credit", map[string]string{"DEMO_CREDIT_CURRENCY": "eur"}, defaults},
		{"accounts that are all spread", map[string]string{"SPREAD_SINCE": "always"}, with(func(c *app.Config) { c.Spread = new(dynamo.Always()) })},
		{"accounts that are all together", map[string]string{"SPREAD_SINCE": "never"}, with(func(c *app.Config) { c.Spread = new(dynamo.Spread{}) })},
		{"a live store", map[string]string{"KEY_MODE": "live"}, defaults},
		{"the shortest quotes", map[string]string{"QUOTE_LIFETIME": "1s"}, with(func(c *app.Config) { c.QuoteLifetime = time.Second })},
		{"another case of a level", map[string]string{"LOG_LEVEL": "Warn"}, with(func(c *app.Config) { c.LogLevel = slog.LevelWarn })},
		{"errors alone", map[string]string{"LOG_LEVEL": "error"}, with(func(c *app.Config) { c.LogLevel = slog.LevelError })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := environment(tt.variables)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnvironmentRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		variable, value string
		want            string
	}{
		{"KEY_MODE", "prod", `KEY_MODE is "prod": use live or test`},
		{"KEY_MODE", "Live", `KEY_MODE is "Live": use live or test`},
		{"QUOTE_LIFETIME", "15", `QUOTE_LIFETIME is "15": use a duration such as 15m`},
		{"QUOTE_LIFETIME", "soon", `QUOTE_LIFETIME is "soon": use a duration such as 15m`},
		{"QUOTE_LIFETIME", "0s", `QUOTE_LIFETIME is "0s": use a duration such as 15m`},
		{"QUOTE_LIFETIME", "999ms", `QUOTE_LIFETIME is "999ms": use a duration such as 15m`},
		{"QUOTE_LIFETIME", "-15m", `QUOTE_LIFETIME is "-15m": use a duration such as 15m`},
		{"SPREAD_SINCE", "2027-01-31", `SPREAD_SINCE is "2027-01-31": use always, never, or a time such as 2027-01-31T12:00:00Z`},
		{"APPROVAL_LIFETIME", "30s", `APPROVAL_LIFETIME is "30s": use a duration such as 24h`},
		{"LOG_LEVEL", "loud", `LOG_LEVEL is "loud": use debug, info, warn or error`},
		{"MOCK_LATENCY", "3", `MOCK_LATENCY is "3": use a duration such as 0s`},
		{"MOCK_LATENCY", "-1s", `MOCK_LATENCY is "-1s": use a duration such as 0s`},
		{"PUBLIC_URL", "store.example.com", `PUBLIC_URL is "store.example.com": use an address without a path, such as https://store.example.com`},
		{"PUBLIC_URL", "https://store.example.com/", `PUBLIC_URL is "https://store.example.com/": use an address without a path, such as https://store.example.com`},
		{"PUBLIC_URL", "https://Store.example.com:443", `PUBLIC_URL is "https://Store.example.com:443": write it as https://store.example.com`},
		{"PUBLIC_URL", "http://store.example.com.:8080", `PUBLIC_URL is "http://store.example.com.:8080": write it as http://store.example.com:8080`},
		{"PUBLIC_URL", "ftp://store.example.com", `PUBLIC_URL is "ftp://store.example.com": use an address without a path, such as https://store.example.com`},
		{"OIDC_ISSUER", "login.example.com", `OIDC_ISSUER is "login.example.com": use the address of an issuer, such as https://login.example.com`},
		{"OIDC_ISSUER", "http://login.example.com", `OIDC_ISSUER is "http://login.example.com": use the address of an issuer, such as https://login.example.com`},
		{"OIDC_ISSUER", "https://login.example.com", `OIDC_ISSUER is "https://login.example.com" and OIDC_CLIENT_ID is "": set both or neither`},
		{"OIDC_CLIENT_ID", "store", `OIDC_ISSUER is "" and OIDC_CLIENT_ID is "store": set both or neither`},
		{"DEMO_CREDIT_MINOR", "10.00", `DEMO_CREDIT_MINOR is "10.00": use an amount in the minor unit of the currency, such as 100000 of usd for $1,000.00`},
		{"DEMO_CREDIT_MINOR", "-1", `DEMO_CREDIT_MINOR is "-1": use an amount in the minor unit of the currency, such as 100000 of usd for $1,000.00`},
		{"DEMO_CREDIT_MINOR", "9223372036854775808", `DEMO_CREDIT_MINOR is "9223372036854775808": a wallet holds at most $92,233,720,368,547,758.07`},
		{"DEMO_CREDIT_MINOR", "-9223372036854775809", `DEMO_CREDIT_MINOR is "-9223372036854775809": use an amount in the minor unit of the currency, such as 100000 of usd for $1,000.00`},
		{"DEMO_CREDIT_CURRENCY", "USD", `DEMO_CREDIT_CURRENCY is "USD": use a lower-case ISO 4217 code, such as usd`},
		{"TLS_CERT_FILE", "cert.pem", `TLS_CERT_FILE is "cert.pem" and TLS_KEY_FILE is "": set both or neither`},
		{"TRUSTED_PROXIES", "proxy", `TRUSTED_PROXIES is "proxy": use networks in CIDR notation, such as 10.0.0.0/8,192.0.2.7, and not all addresses`},
		{"TRUSTED_PROXIES", "10.0.0.0/8,", `TRUSTED_PROXIES is "10.0.0.0/8,": use networks in CIDR notation, such as 10.0.0.0/8,192.0.2.7, and not all addresses`},
		{"TRUSTED_PROXIES", "0.0.0.0/0", `TRUSTED_PROXIES is "0.0.0.0/0": use networks in CIDR notation, such as 10.0.0.0/8,192.0.2.7, and not all addresses`},
		{"TRUSTED_PROXIES", "::/0", `TRUSTED_PROXIES is "::/0": use networks in CIDR notation, such as 10.0.0.0/8,192.0.2.7, and not all addresses`},
		{"MOCK_FAILURES", "create:often", `MOCK_FAILURES: "often" is not how often create fails; use a share from 0 to 1, or refuse`},
		{"MOCK_FAILURES", "list:1", `MOCK_FAILURES: "list" is not a call of the provider; use console, create, delete, firewall_set, password_reset, read, reinstall, rename, rescue, resize, restart, resume, snapshot_create, snapshot_delete, start, stop, suspend`},
	}
	for _, tt := range tests {
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			_, err := environment(map[string]string{tt.variable: tt.value})
			if err == nil || err.Error() != tt.want {
				t.Errorf("the error is %v, want %s", err, tt.want)
			}
		})
	}
}

func TestTokensAreInOnePlace(t *testing.T) {
	t.Parallel()
	_, err := environment(map[string]string{"HCLOUD_TOKEN": "hidden", "HCLOUD_TOKEN_FILE": "tokens"})
	if err == nil || err.Error() != "HCLOUD_TOKEN, HCLOUD_TOKEN_FILE and HCLOUD_SECRET are several places for the same tokens: set one" {
		t.Errorf("the error is %v", err)
	}
}

// Of several things that are wrong the first is told; no error holds a secret.
func TestEnvironmentTellsTheFirst(t *testing.T) {
	t.Parallel()
	_, err := environment(map[string]string{
		"AWS_SECRET_ACCESS_KEY": "hidden", "AWS_SESSION_TOKEN": "hidden",
		"MOCK_FAILURES": "?", "LOG_LEVEL": "?", "QUOTE_LIFETIME": "?", "KEY_MODE": "?",
	})
	if err == nil || !strings.HasPrefix(err.Error(), "KEY_MODE ") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("the error is %v", err)
	}
}

// The environment is asked for these names and no others.
func TestEnvironmentReads(t *testing.T) {
	t.Parallel()
	asked := make(map[string]bool)
	if _, err := app.Environment(func(name string) string { asked[name] = true; return "" }); err != nil {
		t.Fatal(err)
	}
	want := make(map[string]bool)
	for _, name := range []string{
		"TABLE_NAME", "DYNAMODB_ENDPOINT", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "SECRETS_KEY",
		"AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		"AUTH_TIME_CLAIM", "MFA_CLAIM", "MFA_VALUES",
		"KEY_MODE", "KEY_USE", "QUOTE_LIFETIME", "APPROVAL_LIFETIME", "LOG_LEVEL", "MOCK_LATENCY", "MOCK_FAILURES", "PROVISIONER_FUNCTION", "ADDR", "PUBLIC_URL",
		"OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "DEMO_CREDIT_MINOR", "DEMO_CREDIT_CURRENCY",
		"DATA_DIR", "SPREAD_SINCE", "TLS_CERT_FILE", "TLS_KEY_FILE", "TRUSTED_PROXIES",
		"HCLOUD_TOKEN", "HCLOUD_TOKEN_FILE", "HCLOUD_SECRET", "HCLOUD_ENDPOINT",
	} {
		want[name] = true
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

// A request has five seconds, which is less than its function has.
func TestRequestsHaveALimit(t *testing.T) {
	t.Parallel()
	if got := app.Frame(app.Config{}, nil, nil).TimeLimit; got != 5*time.Second {
		t.Errorf("the limit is %v", got)
	}
}
