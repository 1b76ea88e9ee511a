package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// Now is the clock of the store: UTC, in milliseconds, which is what is stored.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// IDs makes the identifiers of the store.
func IDs() id.Maker { return id.Maker{Now: Now, Entropy: rand.Reader} }

// products are the rules of what the store sells. Shelf has more of them, which few
// functions need. It is a function, because the linker keeps what a package
// initializes.
func products() shop.Products { return shop.Products{server.ServiceType: server.Rules{}} }

// Shelf is what the store sells, with all its texts.
func Shelf() product.Shelf { return product.Shelf{server.New()} }

// wording is Shelf without the rules.
func wording() product.Shelf { return product.Shelf{server.Wording()} }

// AWS is the configuration of an AWS client of a function, whose service is at the
// endpoint. It reads what Lambda provides, without the SDK's config package, which
// triples the start-up time of a function.
func AWS(c Config, endpoint string) aws.Config {
	config := aws.Config{
		Region:      c.Region,
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken),
	}
	if endpoint != "" {
		config.BaseEndpoint = &endpoint
	}
	return config
}

// Shop is the business over a store.
func Shop(c Config, store shop.Store) *shop.Shop {
	return &shop.Shop{
		Store:         store,
		Products:      products(),
		IDs:           IDs(),
		Now:           Now,
		QuoteLifetime: c.QuoteLifetime, ApprovalLifetime: c.ApprovalLifetime,
		Ends: new(shop.Ends),
	}
}

// Web is a shop as key holders reach it.
func Web(c Config, s *shop.Shop, keys auth.Keys, requestID func(context.Context) string, log *slog.Logger) web.Store {
	verifier := auth.Verifier{Keys: keys, Mode: c.KeyMode, Now: s.Now}
	if uses, ok := keys.(auth.UseStore); ok && c.KeyUse > 0 {
		if logs, ok := keys.(shop.KeyLogStore); ok && s.KeyLog == nil {
			s.KeyLog = &shop.KeyLog{Store: logs, Now: s.Now, Process: string(s.IDs.Event())}
		}
		verifier.Usage = &auth.Usage{Store: uses, Now: s.Now, Every: c.KeyUse, Log: s.KeyLog}
	}
	return web.Store{Frame: frame(c, requestID, log), Shop: s, Authenticate: verifier.Begin, ReadToken: func(authorization []string) (shop.Presented, error) {
		return auth.ReadPersonal(c.KeyMode, authorization)
	}}
}

// FullWeb is Web with the texts of what is sold, for programs that serve more than
// one operation.
func FullWeb(c Config, s *shop.Shop, keys auth.Keys, requestID func(context.Context) string, log *slog.Logger) web.Store {
	store := Web(c, s, keys, requestID, log)
	store.Shelf = Shelf()
	return store
}

// frame is what goes around every handler.
func frame(c Config, requestID func(context.Context) string, log *slog.Logger) web.Frame {
	return web.Frame{RequestID: requestID, Log: log, PublicURL: c.PublicURL, TimeLimit: requestTime}
}

// requestTime is how long a request may take. It is less than a function has.
const requestTime = 5 * time.Second

// Worker works on provisioning jobs.
func Worker(c Config, table *dynamo.Table, log *slog.Logger) *shop.Worker {
	return &shop.Worker{
		Store: table, Products: products(), IDs: IDs(), Now: Now, Log: log, AtOnce: 8,
		Fulfilments: map[string]shop.Fulfilment{server.ServiceType: Servers(c, table, Now)},
	}
}

// Grace is how long a server that no live service owns may run, much longer than a
// job takes to settle.
const Grace = 15 * time.Minute

// Reconciler compares the provider with the table.
func Reconciler(c Config, table *dynamo.Table, log *slog.Logger) *shop.Reconciler {
	return &shop.Reconciler{
		Store: table, Now: Now, Log: log, Grace: Grace,
		Inventories: map[string]shop.Inventory{server.ServiceType: Servers(c, table, Now)},
	}
}

// Servers delivers servers from the mock provider, and from those of the configuration.
func Servers(c Config, table *dynamo.Table, now func() time.Time) server.Fulfilment {
	providers := map[string]server.Provider{"mock": &mock.Provider{
		Documents: dynamo.Documents{Table: table}, Now: now,
		Latency: c.MockLatency, Failures: c.MockFailures,
	}}
	maps.Copy(providers, c.Providers)
	return server.Fulfilment{Providers: providers}
}
