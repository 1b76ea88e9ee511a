package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"agentstore/pkg/shop"
)

// TestServicesAreAskedAtTheirEndpoints: each of its own, and for what it is there for.
func TestServicesAreAskedAtTheirEndpoints(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	c := Config{TableName: "t", Region: "eu-west-1", AccessKeyID: "id", SecretAccessKey: "secret", Provisioner: "provisioner", SecretsKey: "key"}
	for service, test := range map[string]struct {
		at  func(*Config, string)
		ask func(Config)
	}{
		"dynamodb": {func(c *Config, url string) { c.Endpoints.DynamoDB = url }, func(c Config) { _, _ = table(c).Item(t.Context(), "cat_x") }},
		"lambda": {func(c *Config, url string) { c.Endpoints.Lambda = url }, func(c Config) {
			kicking(c, table(c), log).Kick(t.Context(), []shop.JobRef{{Account: "acc_1", Job: "job_1"}})
		}},
		"kms": {func(c *Config, url string) { c.Endpoints.KMS = url }, func(c Config) { _, _ = secrets(c).Seal(t.Context(), shop.SecretOf{}, nil) }},
	} {
		asked := make(chan string, 100)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- r.Header.Get("Authorization")
			w.WriteHeader(http.StatusForbidden)
		}))
		t.Cleanup(server.Close)
		own := c
		test.at(&own, server.URL)
		test.ask(own)
		if len(asked) == 0 {
			t.Errorf("%s is not asked at its endpoint", service)
		} else if signed := <-asked; !strings.Contains(signed, "/eu-west-1/"+service+"/aws4_request") {
			t.Errorf("%s is asked with %q", service, signed)
		}
	}
}
