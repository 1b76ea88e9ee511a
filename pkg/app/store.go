package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/rest"
	"agentstore/pkg/shop"
)

// Now is the clock of the store: UTC, in milliseconds, which is what is stored.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// IDs makes the identifiers of the store.
func IDs() id.Maker { return id.Maker{Now: Now, Entropy: rand.Reader} }

// AWS is the configuration of the AWS clients of a function. It reads what
// Lambda provides, without the SDK's config package, which triples the start-up
// of a function.
func AWS(c Config) aws.Config {
	return aws.Config{
		Region:      c.Region,
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken),
	}
}

// Shop is the business over a store.
func Shop(c Config, store shop.Store) *shop.Shop {
	return &shop.Shop{
		Store:         store,
		Products:      shop.Products{server.ServiceType: server.Product{}},
		IDs:           IDs(),
		Now:           Now,
		QuoteLifetime: c.QuoteLifetime,
	}
}

// REST serves a shop to the holders of keys.
func REST(c Config, s *shop.Shop, keys auth.Keys, requestID func(context.Context) string, log *slog.Logger) rest.Server {
	verifier := auth.Verifier{Keys: keys, Mode: c.KeyMode, Now: s.Now}
	return rest.Server{Shop: s, Authenticate: verifier.Begin, RequestID: requestID, Log: log}
}

// Worker works on provisioning jobs.
func Worker(c Config, table *dynamo.Table, log *slog.Logger) *shop.Worker {
	return &shop.Worker{Store: table, Fulfilments: Fulfilments(c, table, Now), Now: Now, Log: log}
}

// Fulfilments are how each product is delivered: servers by the mock provider.
// It is the one place that knows a provider.
func Fulfilments(c Config, table *dynamo.Table, now func() time.Time) map[string]shop.Fulfilment {
	servers := &mock.Provider{
		Documents: dynamo.Documents{Table: table}, Now: now,
		Latency: c.MockLatency, Failures: c.MockFailures,
	}
	return map[string]shop.Fulfilment{server.ServiceType: server.Fulfilment{Provider: servers}}
}
