// A member hires an agent, which buys a server and operates it: with the client that
// oapi-codegen makes of the document.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"flow/store"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, base, cookie, session string) (err error) {
	defer func() {
		if failed, ok := recover().(failure); ok {
			err = failed
		}
	}()
	member := client(base, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie, Value: session}) })
	key := hire(ctx, member)
	serviceID := buy(ctx, client(base, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }))
	look(ctx, member, serviceID)
	fmt.Println(serviceID)
	return nil
}

// failure is how the flow ends early.
type failure struct{ error }

func expect[T comparable](what string, got, want T) {
	if got != want {
		panic(failure{fmt.Errorf("%s: %v, want %v", what, got, want)})
	}
}

// good is the answer of a call, which must be there.
func good[T any](answer *T, body []byte, err error) T {
	if err != nil || answer == nil {
		panic(failure{fmt.Errorf("%w: %s", err, body)})
	}
	return *answer
}

func client(base string, as func(*http.Request)) *store.ClientWithResponses {
	editor := func(_ context.Context, r *http.Request) error {
		as(r)
		return nil
	}
	c, err := store.NewClientWithResponses(base, store.WithRequestEditorFn(editor))
	if err != nil {
		panic(failure{err})
	}
	return c
}

// hire makes an agent, limits it, and gives it a key.
func hire(ctx context.Context, member *store.ClientWithResponses) string {
	account, err := member.AccountGetWithResponse(ctx)
	expect("role", good(account.JSON200, account.Body, err).Me.Role, store.RoleOwner)

	sees := store.SeesOwn
	created, err := member.AgentCreateWithResponse(ctx, nil, store.AgentCreateRequest{Name: "Go", Sees: &sees})
	agent := good(created.JSON201, created.Body, err).Agent

	most := int64(10_000_000_000)
	limits := []store.SpendLimitRequest{{Currency: "usd", PerPurchaseMinor: &most}}
	set, err := member.AgentPolicySetWithResponse(ctx, agent.Id, nil, store.PolicyRequest{Limits: &limits, Regions: &[]string{"eu-west"}})
	expect("limit", *good(set.JSON200, set.Body, err).Policy.Limits[0].PerPurchaseMinor, most)

	scopes := []store.Scope{
		store.ScopeCatalogRead, store.ScopeQuotesRead, store.ScopeQuotesWrite, store.ScopePurchasesWrite, store.ScopeServicesRead,
		store.ScopeServersRestart, store.ScopeServersReinstall,
	}
	made, err := member.KeyCreateWithResponse(ctx, agent.Id, nil, store.KeyCreateRequest{Name: "flow", Scopes: &scopes})
	key := good(made.JSON201, made.Body, err)
	expect("status of the key", key.Key.Status, store.KeyStatusGood)
	return key.Secret
}

func buy(ctx context.Context, agent *store.ClientWithResponses) string {
	category, words, limit := "compute", "vps", 3
	found, err := agent.CatalogSearchWithResponse(ctx, &store.CatalogSearchParams{Category: &category, Q: &words, Limit: &limit})
	item := good(found.JSON200, found.Body, err).Items[0].Id
	expect("first hit", item, "cat_vps_micro")

	needed, err := agent.CatalogCheckoutRequirementsWithResponse(ctx, item)
	configuration := good(needed.JSON200, needed.Body, err).ConfigurationExample
	configuration["region"], configuration["backupsEnabled"] = "eu-west", true

	quoted, err := agent.QuoteCreateWithResponse(ctx, nil, store.QuoteCreateRequest{CatalogItemId: item, Configuration: configuration})
	quote := good(quoted.JSON201, quoted.Body, err).Quote
	expect("price", quote.TotalPriceMinor, 2400)

	first, second := "go-1", "go-2"
	order := store.PurchaseCreateRequest{QuoteId: &quote.Id, IdempotencyKey: &first}
	dry := true
	rehearsed, err := agent.PurchaseCreateWithResponse(ctx, nil, store.PurchaseCreateRequest{QuoteId: &quote.Id, DryRun: &dry})
	expect("outcome of a dry run", good(rehearsed.JSON200, rehearsed.Body, err).DryRun.Outcome, store.DryRunOutcomeCompleted)
	bought, err := agent.PurchaseCreateWithResponse(ctx, nil, order)
	purchase := good(bought.JSON201, bought.Body, err)
	expect("status of the purchase", purchase.Purchase.Status, store.PurchaseStatusCompleted)
	again, err := agent.PurchaseCreateWithResponse(ctx, nil, order)
	expect("purchase", good(again.JSON201, again.Body, err).Purchase.Id, purchase.Purchase.Id)
	direct, err := agent.PurchaseCreateWithResponse(ctx, &store.PurchaseCreateParams{IdempotencyKey: &second},
		store.PurchaseCreateRequest{CatalogItemId: &item, Configuration: &configuration})
	expect("quote of a direct purchase", good(direct.JSON201, direct.Body, err).Purchase.QuoteId, nil)

	serviceID := purchase.Service.Id
	operate(ctx, agent, serviceID)
	unknown, err := agent.QuoteGetWithResponse(ctx, "quo_unknown")
	expect("code", good(unknown.ApplicationproblemJSON404, unknown.Body, err).Code, store.ErrorCodeNotFound)
	return serviceID
}

// operate waits for a server, restarts it, and installs another image.
func operate(ctx context.Context, agent *store.ClientWithResponses, serviceID string) {
	read := func() store.Service {
		answer, err := agent.ServiceGetWithResponse(ctx, serviceID)
		return good(answer.JSON200, answer.Body, err).Service
	}
	until(func() bool { return read().Status == store.ServiceStatusActive })
	expect("power", read().Server.PowerState, store.PowerStateRunning)

	settle := func(actionID string) {
		until(func() bool {
			answer, err := agent.ActionGetWithResponse(ctx, serviceID, actionID)
			return good(answer.JSON200, answer.Body, err).Action.Status == store.ActionStatusSucceeded
		})
	}
	restarted, err := agent.ServerRestartWithResponse(ctx, serviceID, nil, store.ServerRestartJSONRequestBody{})
	restart := good(restarted.JSON202, restarted.Body, err)
	expect("restart", restart.Status, "accepted")
	settle(restart.ActionId)

	image := "nvidia-ai-ubuntu"
	reinstalled, err := agent.ServerReinstallWithResponse(ctx, serviceID, nil, store.ServerReinstallRequest{Image: &image})
	reinstall := good(reinstalled.JSON202, reinstalled.Body, err)
	expect("image", reinstall.Server.Image, image)
	settle(reinstall.ActionId)
}

// look reads what the agent has left in the account.
func look(ctx context.Context, member *store.ClientWithResponses, serviceID string) {
	most, last := 100, 2
	listed, err := member.AccountServiceListWithResponse(ctx, &store.AccountServiceListParams{Limit: &most})
	there := false
	for _, service := range good(listed.JSON200, listed.Body, err).Services {
		there = there || service.Id == serviceID
	}
	expect("service", there, true)
	ledger, err := member.LedgerListWithResponse(ctx, &store.LedgerListParams{Limit: &last})
	expect("entry", good(ledger.JSON200, ledger.Body, err).Entries[1].AmountMinor, -2400)
	operation := store.AuditOperationPurchaseCreate
	trail, err := member.AuditExportCsvWithResponse(ctx, &store.AuditExportCsvParams{Operation: &operation})
	expect("header of the audit trail", strings.HasPrefix(string(good(&trail.Body, nil, err)), `"id","at"`), true)
}

func until(done func() bool) {
	for range 100 {
		if done() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	panic(failure{fmt.Errorf("it takes too long")})
}
