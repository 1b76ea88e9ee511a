package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"agentstore/pkg/api"
	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/lambdahttp"
	"agentstore/pkg/lambdajob"
	"agentstore/pkg/product/server"
	"agentstore/pkg/rest"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// The programs of the functions, one for each folder in functions/. Each refers only
// to its own operation, so that the linker leaves the others out.

// CatalogCategories runs functions/catalog_categories.
func CatalogCategories() { serve(api.CatalogCategories()) }

// CatalogSearch runs functions/catalog_search.
func CatalogSearch() { serve(api.CatalogSearch()) }

// CatalogCheckoutRequirements runs functions/catalog_checkout_requirements.
func CatalogCheckoutRequirements() { serve(api.CatalogCheckoutRequirements()) }

// QuoteCreate runs functions/quote_create.
func QuoteCreate() { serve(api.QuoteCreate()) }

// QuoteGet runs functions/quote_get.
func QuoteGet() { serve(api.QuoteGet()) }

// PurchaseGetStatus runs functions/purchase_get_status.
func PurchaseGetStatus() { serve(api.PurchaseGetStatus()) }

// PurchaseList runs functions/purchase_list.
func PurchaseList() { serve(api.PurchaseList()) }

// ServiceList runs functions/service_list.
func ServiceList() { serve(api.ServiceList()) }

// ServiceGet runs functions/service_get.
func ServiceGet() { serve(api.ServiceGet()) }

// WalletGet runs functions/wallet_get.
func WalletGet() { serve(api.WalletGet()) }

// UsageGet runs functions/usage_get.
func UsageGet() { serve(api.UsageGet()) }

// ServiceRenewalSet runs functions/service_renewal_set.
func ServiceRenewalSet() { serve(api.ServiceRenewalSet()) }

// ServiceExtend runs functions/service_extend.
func ServiceExtend() { serve(api.ServiceExtend()) }

// ServiceCancelPreview runs functions/service_cancel_preview.
func ServiceCancelPreview() { serve(api.ServiceCancelPreview()) }

// ServiceCancel runs functions/service_cancel.
func ServiceCancel() { serve(api.ServiceCancel()) }

// ServiceCancelManyPreview runs functions/service_cancel_many_preview.
func ServiceCancelManyPreview() { serve(api.ServiceCancelManyPreview()) }

// ServiceCancelMany runs functions/service_cancel_many.
func ServiceCancelMany() { serve(api.ServiceCancelMany()) }

// ServiceCancelManyGet runs functions/service_cancel_many_get.
func ServiceCancelManyGet() { serve(api.ServiceCancelManyGet()) }

// ServiceLabelsSet runs functions/service_labels_set.
func ServiceLabelsSet() { serve(api.ServiceLabelsSet()) }

// SSHKeyCreate runs functions/ssh_key_create.
func SSHKeyCreate() { serve(api.SSHKeyCreate()) }

// SSHKeyList runs functions/ssh_key_list.
func SSHKeyList() { serve(api.SSHKeyList()) }

// SSHKeyDelete runs functions/ssh_key_delete.
func SSHKeyDelete() { serve(api.SSHKeyDelete()) }

// ServerRestart runs functions/server_restart.
func ServerRestart() { serve(api.ActionOf(server.ServiceType, server.Restart())) }

// ServerReinstall runs functions/server_reinstall.
func ServerReinstall() { serve(api.ActionOf(server.ServiceType, server.Reinstall())) }

// ServerFirewallSet runs functions/server_firewall_set.
func ServerFirewallSet() { serve(api.ActionOf(server.ServiceType, server.FirewallSet())) }

// ServerStart runs functions/server_start.
func ServerStart() { serve(api.ActionOf(server.ServiceType, server.Start())) }

// ServerStop runs functions/server_stop.
func ServerStop() { serve(api.ActionOf(server.ServiceType, server.Stop())) }

// ServerRename runs functions/server_rename.
func ServerRename() { serve(api.ActionOf(server.ServiceType, server.Rename())) }

// ServerRescue runs functions/server_rescue.
func ServerRescue() { serve(api.ActionOf(server.ServiceType, server.Rescue())) }

// ServerPasswordReset runs functions/server_password_reset.
func ServerPasswordReset() { serve(api.ActionOf(server.ServiceType, server.PasswordReset())) }

// ServerConsole runs functions/server_console.
func ServerConsole() { serve(api.ActionOf(server.ServiceType, server.Console())) }

// ServerMetrics runs functions/server_metrics.
func ServerMetrics() { serveCalling(api.ReadOf(server.ServiceType, server.Metrics())) }

// ServerResizeQuote runs functions/server_resize_quote.
func ServerResizeQuote() { serve(api.ActionQuoteOf(server.ServiceType, server.Resize())) }

// ServerSnapshotCreateQuote runs functions/server_snapshot_create_quote.
func ServerSnapshotCreateQuote() {
	serve(api.ActionQuoteOf(server.ServiceType, server.SnapshotCreate()))
}

// ServerSnapshotDelete runs functions/server_snapshot_delete.
func ServerSnapshotDelete() { serve(api.ActionOf(server.ServiceType, server.SnapshotDelete())) }

// ActionList runs functions/action_list.
func ActionList() { serve(api.ActionList()) }

// PersonalGet runs functions/personal_get.
func PersonalGet() { serve(api.PersonalGet()) }

// PersonalErase runs functions/personal_erase.
func PersonalErase() { serve(api.PersonalErase()) }

// ActionGet runs functions/action_get.
func ActionGet() {
	c, log := start()
	t := table(c)
	lambdahttp.Serve(operation(c, revealing(c, Shop(c, t)), t, log, api.ActionGet()))
}

// PurchaseCreate runs functions/purchase_create.
func PurchaseCreate() { serveCalling(api.PurchaseCreate()) }

// OpenAPI runs functions/openapi.
func OpenAPI() {
	c, log := start()
	lambdahttp.Serve(openAPIHandler(frame(c, lambdahttp.RequestID, log)))
}

// Discovery runs functions/discovery: all documents that the store is found by.
func Discovery() {
	c, log := start()
	lambdahttp.Serve(discoveryHandler(web.Store{Frame: frame(c, lambdahttp.RequestID, log), Shop: &shop.Shop{Store: table(c)}, Shelf: wording()}))
}

// NotFound runs functions/not_found, the route for everything else.
func NotFound() {
	c, log := start()
	lambdahttp.Serve(Fallback(frame(c, lambdahttp.RequestID, log), wording()))
}

// Provisioner runs functions/provisioner, with the providers that servers come from
// besides the mock.
func Provisioner(providers func(context.Context, Config, *slog.Logger) (map[string]server.Provider, error)) {
	c, log := start()
	var err error
	if c.Providers, err = providers(context.Background(), c, log); err != nil {
		log.Error("providers", "error", err.Error())
		os.Exit(1)
	}
	t := table(c)
	worker := Worker(c, t, log)
	if c.SecretsKey != "" {
		worker.SealSecret = secrets(c).Seal
	}
	lambda.Start(work(worker, Reconciler(c, t, log), log).Handle)
}

func serve(o api.Operation) {
	c, log := start()
	t := table(c)
	lambdahttp.Serve(operation(c, Shop(c, t), t, log, o))
}

// serveCalling serves an operation that calls the provisioner: to try new jobs at once,
// or, where it is Remote, to read from a provider.
func serveCalling(o api.Operation) {
	c, log := start()
	t := table(c)
	lambdahttp.Serve(operation(c, kicking(c, t, log), t, log, o))
}

// ServeStore runs a function that serves the whole store, in its own way.
func ServeStore(way func(web.Store) http.Handler) {
	c, log := start()
	t := table(c)
	w := FullWeb(c, revealing(c, kicking(c, t, log)), t, lambdahttp.RequestID, log)
	lambdahttp.Serve(meanwhile(func() http.Handler { return way(w) }))
}

// meanwhile prepares a handler while Lambda is asked for the first request, which waits
// for it.
func meanwhile(prepare func() http.Handler) http.Handler {
	prepared := sync.OnceValue(prepare)
	go prepared()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { prepared().ServeHTTP(w, r) })
}

// kicking is a shop that calls the provisioner: so that with a quick provider the
// service is active in the same call, and to read what only a provider knows.
func kicking(c Config, t *dynamo.Table, log *slog.Logger) *shop.Shop {
	s := Shop(c, t)
	if c.Provisioner != "" {
		at := AWS(c, c.Endpoints.Lambda)
		s.Kick, s.Remote = lambdajob.Kick(at, c.Provisioner, log), lambdajob.Remote(at, c.Provisioner)
	}
	return s
}

// operation serves one operation, as a function does.
func operation(c Config, s *shop.Shop, keys auth.Keys, log *slog.Logger, o api.Operation) http.Handler {
	store := Web(c, s, keys, lambdahttp.RequestID, log)
	return web.Routes(store.NotFound(nil), rest.Route(store, o))
}

func work(worker *shop.Worker, reconciler *shop.Reconciler, log *slog.Logger) lambdajob.Work {
	everyMinute := func(ctx context.Context) (int, error) {
		held := worker.SettleHolds(ctx)
		lives := runServices(ctx, worker)
		_, many := worker.RunCancellations(ctx)
		n, err := worker.RunAllDue(ctx)
		return n, errors.Join(held, lives, many, err)
	}
	everyQuarterHour := func(ctx context.Context) (shop.Drift, error) {
		drift, err := reconciler.Run(ctx)
		return drift, errors.Join(err, worker.AdoptServices(ctx))
	}
	return lambdajob.Work{
		Follow: worker.Follow, RunDue: everyMinute, Reconcile: everyQuarterHour, Read: worker.Read, JobRef: dynamo.JobRef, Log: log,
	}
}

// runServices takes the steps that are due in a part of the minute, so that jobs have theirs.
func runServices(ctx context.Context, worker *shop.Worker) error {
	ctx, cancel := context.WithTimeout(ctx, 25*time.Second)
	defer cancel()
	_, err := worker.RunAllServices(ctx)
	return err
}

func table(c Config) *dynamo.Table {
	return dynamo.NewSpread(dynamo.NewClient(AWS(c, c.Endpoints.DynamoDB), c.DynamoDBEndpoint), c.TableName, c.spread())
}

// start reads the environment of a function. An error in it ends the start, which
// Lambda reports.
func start() (Config, *slog.Logger) {
	c, err := Environment(os.Getenv)
	log := newLog(os.Stderr, c.LogLevel)
	if err != nil {
		log.Error("environment", "error", err.Error())
		os.Exit(1)
	}
	return c, log
}

// newLog writes the members that Lambda's own log filter reads, where the time is
// called timestamp (AWS Lambda developer guide, "Log-level filtering").
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				a.Key = "timestamp"
			}
			return a
		},
	}))
}
