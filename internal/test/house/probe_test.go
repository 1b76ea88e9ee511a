package house

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// probe is one way through an operation.
type probe struct {
	operation string
	name      string
	// request prepares the store, and makes the request that is watched.
	request func(testing.TB, *watched) *http.Request
	status  int
	// trips is how many sequential round trips to the table the request makes.
	trips int
}

// object is a body.
type object = map[string]any

const (
	requirements = "/v1/agent/catalog/%s/checkout-requirements"
	restart      = "/server/restart"
	reinstall    = "/server/reinstall"
	firewall     = "/server/firewall_set"
	image        = "nvidia-ai-ubuntu" // for a reinstall
	resize       = "/server/resize/quote"
	larger       = "cat_vps_medium" // for a resize
	snapshot     = "/server/snapshot_create/quote"
)

// probes go all ways through all operations: they succeed, repeat, and are refused.
func probes() []probe {
	return []probe{
		{"catalog_categories", "all", get("/v1/agent/catalog/categories"), 200, 1},
		{"catalog_search", "words", get("/v1/agent/catalog?q=vps&limit=3"), 200, 1},
		{"catalog_categories", "all, in a warm process", inWarm(get("/v1/agent/catalog/categories")), 200, 1},
		{"catalog_search", "words, in a warm process", inWarm(get("/v1/agent/catalog?q=vps&limit=3")), 200, 1},
		{"catalog_search", "a bad cursor", get("/v1/agent/catalog?cursor=x"), 400, 1},
		{"catalog_checkout_requirements", "of an item", get(fmt.Sprintf(requirements, "cat_vps_micro")), 200, 1},
		{"catalog_checkout_requirements", "of no item", get(fmt.Sprintf(requirements, "cat_none")), 404, 1},

		{"quote_create", "without a key", post(storetest.Quotes, order(1)), 201, 2},
		{"quote_create", "with a key", post(storetest.Quotes, keyed(order(1), "quote")), 201, 2},
		{"quote_create", "replay", again(storetest.Quotes, keyed(order(1), "quote again")), 201, 1},
		{"quote_create", "other arguments", afterwards(storetest.Quotes, keyed(order(1), "quote other"), keyed(order(2), "quote other")), 422, 1},
		{"quote_create", "a bad image", post(storetest.Quotes, configured("image", "none")), 422, 1},
		{"quote_create", "of no item", post(storetest.Quotes, with(order(1), "catalogItemId", "cat_none")), 404, 2},
		{"quote_create", "bad input", post(storetest.Quotes, object{}), 400, 1},
		{"quote_get", "open", func(tb testing.TB, w *watched) *http.Request { return w.get(tb, storetest.Quotes+"/"+w.Quote(tb)) }, 200, 1},
		{"quote_get", "none", get(storetest.Quotes + "/quo_none"), 404, 1},

		{"purchase_create", "by quote", buyQuote(1), 201, 2},
		{"purchase_create", "by quote, 10 units", buyQuote(10), 201, 2},
		{"purchase_create", "by item", post(storetest.Purchases, keyed(order(1), "item")), 201, 2},
		{"purchase_create", "by item, 10 units", post(storetest.Purchases, keyed(order(10), "items")), 201, 2},
		{"quote_create", "with personal data", func(tb testing.TB, w *watched) *http.Request {
			return post(storetest.Quotes, storetest.PersonalOrder(tb))(tb, w)
		}, 201, 2},
		{"purchase_create", "by quote, with personal data", buyPersonalQuote, 201, 2},
		{"purchase_create", "by item, with personal data", func(tb testing.TB, w *watched) *http.Request {
			return post(storetest.Purchases, keyed(storetest.PersonalOrder(tb), "personal"))(tb, w)
		}, 201, 2},
		{"purchase_create", "of a resize", buyAction(resize, object{"catalogItemId": larger}), 201, 2},
		{"quote_create", "with labels", post(storetest.Quotes, with(order(1), "labels", []any{"ci"})), 201, 2},
		{"quote_create", "with a label twice", post(storetest.Quotes, with(order(1), "labels", []any{"ci", "ci"})), 400, 1},
		{"purchase_create", "by quote, with labels", buyLabelled, 201, 2},
		{"service_labels_set", "to some", act("/labels", object{"labels": []any{"ci"}}), 200, 2},
		{"service_labels_set", "with a key", act("/labels", object{"labels": []any{"ci"}, "idempotencyKey": "labels"}), 200, 2},
		{"service_labels_set", "replay", actAgain("/labels", object{"labels": []any{"ci"}, "idempotencyKey": "labels again"}), 200, 1},
		{"service_labels_set", "of no service", post(storetest.Services+"/svc_none/labels", object{"labels": []any{}}), 404, 2},
		{"service_cancel_many_preview", "by a label that a service has", func(tb testing.TB, w *watched) *http.Request {
			labelled(tb, w)
			return w.get(tb, cancellations+"?label=ci")
		}, 200, 2},
		{"service_cancel_many_preview", "by a label of nothing", get(cancellations + "?label=none"), 200, 1},
		{"service_cancel_many_preview", "by nothing", get(cancellations), 400, 1},
		{"service_cancel_many", "by a label that a service has", cancelMany(object{"label": "ci"}), 202, 3},
		{"service_cancel_many", "of nothing, with a key", cancelMany(object{"label": "none", "idempotencyKey": "many"}), 202, 2},
		{"service_cancel_many", "a token of nothing", post(cancellations, object{"label": "none", "token": "cancel_none"}), 400, 1},
		{"service_cancel_many_get", "of nothing", func(tb testing.TB, w *watched) *http.Request {
			accepted := w.do(tb, cancellations, previewOf(tb, w, object{"label": "none"}))
			return w.get(tb, cancellations+"/"+accepted.Text("cancellationId"))
		}, 200, 1},
		{"service_cancel_many_get", "none", get(cancellations + "/can_none"), 404, 1},
		{"service_renewal_set", "off", act("/renewal", object{"autoRenew": false}), 200, 2},
		{"service_renewal_set", "with a key", act("/renewal", object{"autoRenew": true, "idempotencyKey": "renewal"}), 200, 2},
		{"service_renewal_set", "replay", actAgain("/renewal", object{"autoRenew": true, "idempotencyKey": "renewal again"}), 200, 1},
		{"service_renewal_set", "of no service", post(storetest.Services+"/svc_none/renewal", object{"autoRenew": true}), 404, 2},
		{"service_extend", "to later", extend(object{"expiresAfter": "P2M"}), 200, 2},
		{"service_extend", "with a key", extend(object{"expiresAfter": "P2M", "idempotencyKey": "extend"}), 200, 2},
		{"service_extend", "replay", func(tb testing.TB, w *watched) *http.Request {
			return again(storetest.Services+"/"+w.Leased(tb, "P7D")+"/lease", object{"expiresAfter": "P2M", "idempotencyKey": "extend again"})(tb, w)
		}, 200, 1},
		{"service_extend", "a dry run", extend(object{"expiresAfter": "P2M", "dryRun": true}), 200, 1},
		{"service_extend", heldWallet, fromHeld(extend(object{"expiresAfter": "P2M"})), 200, 4},
		{"service_extend", byAnother, byAnotherAgent(extend(object{"expiresAfter": "P2M"})), 200, 3},
		{"service_extend", "of what has no lease", act("/lease", object{"expiresAfter": "P2M"}), 409, 2},
		{"service_extend", "of no service", post(storetest.Services+"/svc_none/lease", object{"expiresAfter": "P2M"}), 404, 2},
		{"service_cancel_preview", "now", func(tb testing.TB, w *watched) *http.Request {
			return w.get(tb, storetest.Services+"/"+w.Service(tb)+"/cancel?ends=now")
		}, 200, 1},
		{"service_cancel_preview", "of no service", get(storetest.Services + "/svc_none/cancel?ends=now"), 404, 1},
		{"service_cancel", "now", cancel(object{"ends": "now"}), 200, 2},
		{"service_cancel", "with its term, with a key", cancel(object{"ends": "end_of_term", "idempotencyKey": "cancel"}), 200, 2},
		{"service_cancel", "of a protected service", cancelProtected, 403, 3},
		{"service_cancel", "a token of nothing", act("/cancel", object{"ends": "now", "token": "cancel_none"}), 400, 1},
		{"service_cancel", "of no service", post(storetest.Services+"/svc_none/cancel", object{"ends": "now", "token": "cancel_none"}), 404, 2},
		{"purchase_create", heldWallet + ", by quote", fromHeld(buyQuote(1)), 201, 4},
		{"purchase_create", heldWallet + ", by item", fromHeld(post(storetest.Purchases, keyed(order(1), "held"))), 201, 4},
		{"service_cancel", heldWallet + ", now", fromHeld(cancel(object{"ends": "now"})), 200, 4},
		{"purchase_create", heldWallet + ", replay", fromHeld(again(storetest.Purchases, keyed(order(1), "held again"))), 201, 1},
		{"purchase_create", heldWallet + ", too dear", buyHeldTooDear, 402, 3},
		{"purchase_create", heldWallet + ", above what needs an approval", buyHeldWithApproval, 201, 2},
		{"purchase_create", lostWallet, losing("WALLET", buyQuote(1)), 201, 9},
		{"purchase_create", lostHold, losing("EVENT#", fromHeld(buyQuote(1))), 201, 12},
		{"purchase_create", "replay", again(storetest.Purchases, keyed(order(1), "item again")), 201, 1},
		{"purchase_create", "replay, 10 units", again(storetest.Purchases, keyed(order(10), "items again")), 201, 1},
		{"purchase_create", "other arguments", afterwards(storetest.Purchases, keyed(order(1), "item other"), keyed(order(2), "item other")), 422, 1},
		{"purchase_create", "above what needs an approval", buyWithApproval, 201, 2},
		{"purchase_create", "a used quote", buyUsedQuote, 409, 3},
		{"purchase_create", "an expired quote", buyExpiredQuote, 409, 3},
		{"purchase_create", "no quote", post(storetest.Purchases, object{"quoteId": "quo_none", "idempotencyKey": "none"}), 404, 3},
		{"purchase_create", "no key", post(storetest.Purchases, order(1)), 400, 1},
		{"purchase_get_status", "completed", getPurchase, 200, 1},
		{"purchase_get_status", "none", get(storetest.Purchases + "/pur_none"), 404, 1},
		{"purchase_list", "first page", get(storetest.Purchases + "?limit=1"), 200, 1},
		{"purchase_list", "second page", nextPage(storetest.Purchases), 200, 1},

		{"service_list", "first page", get(storetest.Services + "?limit=1"), 200, 1},
		{"service_list", "with a label", labelled, 200, 2},
		{"service_list", "with a label that nothing has", get(storetest.Services + "?label=none"), 200, 1},
		{"service_list", "of an agent", func(tb testing.TB, w *watched) *http.Request {
			return w.get(tb, storetest.Services+"?agentId="+string(w.Agent))
		}, 200, 2},
		{"service_list", "of another agent, of which there is none", get(storetest.Services + "?agentId=agt_none"), 200, 1},
		{"service_list", "of a status", func(tb testing.TB, w *watched) *http.Request {
			w.Service(tb)
			return w.get(tb, storetest.Services+"?status=active&limit=1")
		}, 200, 2},
		{"service_list", "of a status that none has", get(storetest.Services + "?status=suspended"), 200, 1},
		{"service_list", "second page", nextPage(storetest.Services), 200, 1},
		{"service_get", "active", func(tb testing.TB, w *watched) *http.Request { return w.get(tb, storetest.Services+"/"+w.Service(tb)) }, 200, 1},
		{"service_get", "none", get(storetest.Services + "/svc_none"), 404, 1},
		{"wallet_get", "with a service", func(tb testing.TB, w *watched) *http.Request { w.Service(tb); return w.get(tb, "/v1/agent/wallet") }, 200, 1},
		{"wallet_get", heldWallet, fromHeld(get("/v1/agent/wallet")), 200, 1},
		{"usage_get", "by day", get("/v1/agent/wallet/usage"), 200, 1},
		{"usage_get", "too long", get("/v1/agent/wallet/usage?from=2020-01-01T00:00:00Z"), 400, 1},
		{"action_list", "of a service", func(tb testing.TB, w *watched) *http.Request {
			return w.get(tb, storetest.Services+"/"+w.Service(tb)+"/actions")
		}, 200, 1},
		{"action_list", "of no service", get(storetest.Services + "/svc_none/actions"), 404, 1},
		{"action_get", "a secret that waits", revealed(1), 200, 2},
		{"action_get", "a secret that was read", revealed(2), 200, 2},
		{"action_get", "none", get(storetest.Services + "/svc_none/actions/act_none"), 404, 1},
		{"server_restart", "without a key", act(restart, object{}), 202, 2},
		{"server_restart", "with a key", act(restart, object{"idempotencyKey": "restart"}), 202, 2},
		{"server_restart", "replay", actAgain(restart, object{"idempotencyKey": "restart again"}), 202, 1},
		{"server_restart", "while it restarts", actMeanwhile(restart, object{}), 409, 2},
		{"server_restart", "of no service", post(storetest.Services+"/svc_none"+restart, object{}), 404, 2},
		{"server_start", "after a stop", afterStop("/server/start", object{}), 202, 2},
		{"server_start", "of one that runs", act("/server/start", object{}), 409, 2},
		{"server_stop", "forced", act("/server/stop", object{"force": true}), 202, 2},
		{"server_stop", "of one that is stopped", afterStop("/server/stop", object{}), 409, 2},
		{"server_stop", "of a protected server", actProtected("/server/stop", object{}), 403, 3},
		{"server_rename", "to another name", act("/server/rename", object{"hostname": "build-node-01"}), 202, 2},
		{"server_rename", "to a bad name", act("/server/rename", object{"hostname": "-"}), 400, 1},
		{"server_rescue", "on", act("/server/rescue", object{"enabled": true}), 202, 2},
		{"server_rescue", "off while it is off", act("/server/rescue", object{"enabled": false}), 409, 2},
		{"server_rescue", "of a protected server", actProtected("/server/rescue", object{"enabled": true}), 403, 3},
		{"server_password_reset", "without a key", act("/server/password_reset", object{}), 202, 2},
		{"server_password_reset", "of a protected server", actProtected("/server/password_reset", object{}), 403, 3},
		{"server_console", "without a key", act("/server/console", object{}), 202, 2},
		{"server_metrics", "of an hour", func(tb testing.TB, w *watched) *http.Request {
			return w.get(tb, storetest.Services+"/"+w.Service(tb)+"/server/metrics")
		}, 200, 1},
		{"server_metrics", "of no service", get(storetest.Services + "/svc_none/server/metrics"), 404, 1},
		{"server_reinstall", "without a key", act(reinstall, object{"image": image}), 202, 2},
		{"server_reinstall", "with a key", act(reinstall, object{"image": image, "idempotencyKey": "reinstall"}), 202, 2},
		{"server_reinstall", "replay", actAgain(reinstall, object{"image": image, "idempotencyKey": "reinstall again"}), 202, 1},
		{"server_reinstall", "while it restarts", actMeanwhile(reinstall, object{"image": image}), 409, 2},
		{"server_reinstall", "a bad image", act(reinstall, object{"image": "none"}), 422, 1},
		{"server_reinstall", "of a protected server", actProtected(reinstall, object{"image": image}), 403, 3},
		{"server_reinstall", "of no service", post(storetest.Services+"/svc_none"+reinstall, object{"image": image}), 404, 2},
		{"server_firewall_set", "without a key", act(firewall, object{"enabled": false}), 202, 2},
		{"server_firewall_set", "with a key", act(firewall, object{"rules": []any{}, "force": true, "idempotencyKey": "firewall"}), 202, 2},
		{"server_firewall_set", "replay", actAgain(firewall, object{"enabled": false, "idempotencyKey": "firewall again"}), 202, 1},
		{"server_firewall_set", "while it restarts", actMeanwhile(firewall, object{"enabled": false}), 409, 2},
		{"server_firewall_set", "locks SSH out", act(firewall, object{"rules": []any{}}), 422, 1},
		{"server_firewall_set", "of a protected server", actProtected(firewall, object{"enabled": false}), 403, 3},
		{"server_firewall_set", "of no service", post(storetest.Services+"/svc_none"+firewall, object{"enabled": false}), 404, 2},

		{"ssh_key_create", "without a key", addSSHKey("a", object{}), 201, 2},
		{"ssh_key_create", "with a key", addSSHKey("b", object{"idempotencyKey": "b"}), 201, 2},
		{"ssh_key_create", "of that name again", again(sshKeysPath, object{"name": "c", "publicKey": storetest.PublicKey(&testing.T{}, 'c')}), 400, 1},
		{"ssh_key_list", "of some", get(sshKeysPath), 200, 1},
		{"ssh_key_delete", "of one", deleteSSHKey("d", object{}), 200, 2},
		{"ssh_key_delete", "with a key", deleteSSHKey("e", object{"idempotencyKey": "e"}), 200, 2},
		{"ssh_key_delete", "of none", post(sshKeysPath+"/ssh_none/delete", object{}), 404, 2},
		{"quote_create", "with the name of a key", quoteWithKey("f"), 201, 2},
		{"server_resize_quote", "without a key", act(resize, object{"catalogItemId": larger}), 201, 2},
		{"server_resize_quote", "with a key", act(resize, object{"catalogItemId": larger, "idempotencyKey": "resize"}), 201, 2},
		{"server_resize_quote", "replay", actAgain(resize, object{"catalogItemId": larger, "idempotencyKey": "resize again"}), 201, 1},
		{"server_resize_quote", "to no item", act(resize, object{"catalogItemId": "cat_none"}), 404, 2},
		{"server_resize_quote", "of no service", post(storetest.Services+"/svc_none"+resize, object{"catalogItemId": larger}), 404, 2},
		{"server_snapshot_create_quote", "without a key", act(snapshot, object{"name": "n"}), 201, 2},
		{"server_snapshot_create_quote", "with a key", act(snapshot, object{"name": "n", "idempotencyKey": "snapshot"}), 201, 2},
		{"server_snapshot_create_quote", "replay", actAgain(snapshot, object{"name": "n", "idempotencyKey": "snapshot again"}), 201, 1},
		{"server_snapshot_create_quote", "of no service", post(storetest.Services+"/svc_none"+snapshot, object{"name": "n"}), 404, 2},
		{"server_snapshot_delete", "without a key", actCopied("/server/snapshot_delete", object{"snapshotId": "img_1"}), 202, 2},
		{"server_snapshot_delete", "with a key", actCopied("/server/snapshot_delete", object{"snapshotId": "img_1", "idempotencyKey": "delete"}), 202, 2},
		{"server_snapshot_delete", "that is not there", act("/server/snapshot_delete", object{"snapshotId": "img_1"}), 400, 1},
		{"server_snapshot_delete", "of no service", post(storetest.Services+"/svc_none/server/snapshot_delete", object{"snapshotId": "img_1"}), 404, 2},

		{"personal_get", "of an order", getPersonal, 200, 1},
		{"personal_get", "none", get(personal + "/per_none"), 404, 1},
		{"personal_erase", "without a key", erase(object{}), 200, 2},
		{"personal_erase", "with a key", erase(object{"idempotencyKey": "erase"}), 200, 2},
		{"personal_erase", "replay", eraseAgain(object{"idempotencyKey": "erase again"}), 200, 1},
		{"personal_erase", "erased already", eraseAgain(object{}), 200, 2},
		{"personal_erase", "none", post(personal+"/per_none/erase", object{}), 404, 2},

		{"service_list", "a malformed API key", withAPIKey("ask_test_none", get(storetest.Services)), 401, 0},
		{"service_list", "an unknown API key", unknownAPIKey(get(storetest.Services)), 401, 1},
		{"service_list", "without the scope", withScope(shop.ScopeCatalogRead, get(storetest.Services)), 403, 1},
		{"purchase_create", "an unknown API key", unknownAPIKey(post(storetest.Purchases, keyed(order(1), "unknown"))), 401, 1},
		{"purchase_create", "without the scope", withScope(shop.ScopePurchasesRead, post(storetest.Purchases, keyed(order(1), "scope"))), 403, 2},
	}
}

type prepare = func(testing.TB, *watched) *http.Request

func (w *watched) get(tb testing.TB, path string) *http.Request {
	tb.Helper()
	return w.Request(tb, http.MethodGet, path, nil)
}

func get(path string) prepare {
	return func(tb testing.TB, w *watched) *http.Request { return w.get(tb, path) }
}

// inWarm is for a process that has answered the request before.
func inWarm(request prepare) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		w.serve(tb.Context(), request(tb, w))
		return request(tb, w)
	}
}

func post(path string, body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request { return w.Request(tb, http.MethodPost, path, body) }
}

// afterwards posts one body before the one that is watched.
func afterwards(path string, first, then object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		w.do(tb, path, first)
		return w.Request(tb, http.MethodPost, path, then)
	}
}

func again(path string, body object) prepare { return afterwards(path, body, body) }

// do posts a body, which must be taken.
func (w *watched) do(tb testing.TB, path string, body object) storetest.Answer {
	tb.Helper()
	answer := w.Call(tb, http.MethodPost, path, body)
	if answer.Status >= http.StatusBadRequest {
		tb.Fatalf("POST %s: %d %s", path, answer.Status, answer.Body)
	}
	return answer
}

func order(quantity int) object { return with(storetest.Order(), "quantity", quantity) }

func keyed(body object, key string) object { return with(body, "idempotencyKey", key) }

// configured is an order with one change of its configuration.
func configured(name string, value any) object {
	configuration, _ := order(1)["configuration"].(object)
	return with(order(1), "configuration", with(configuration, name, value))
}

func with(body object, name string, value any) object {
	body = maps.Clone(body)
	body[name] = value
	return body
}

func buyQuote(quantity int) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		quote := w.do(tb, storetest.Quotes, order(quantity)).Text("quote", "id")
		return post(storetest.Purchases, object{"quoteId": quote, "idempotencyKey": quote})(tb, w)
	}
}

// buyLabelled buys what has as many labels as there can be.
func buyLabelled(tb testing.TB, w *watched) *http.Request {
	var labels []any
	for n := range shop.MaxLabels {
		labels = append(labels, fmt.Sprint("label-", n))
	}
	quote := w.do(tb, storetest.Quotes, with(order(1), "labels", labels)).Text("quote", "id")
	return post(storetest.Purchases, object{"quoteId": quote, "idempotencyKey": quote})(tb, w)
}

const cancellations = "/v1/agent/cancellations"

// previewOf is the body of a cancellation of many, with the token of its preview.
func previewOf(tb testing.TB, w *watched, body object) object {
	tb.Helper()
	preview := w.Call(tb, http.MethodGet, cancellations+"?label="+body["label"].(string), nil)
	return with(body, "token", preview.Text("token"))
}

// cancelMany cancels what has a label, which one service has if it is ci.
func cancelMany(body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		if body["label"] == "ci" {
			labelled(tb, w)
		}
		return post(cancellations, previewOf(tb, w, body))(tb, w)
	}
}

// labelled lists the services with a label, of which there is one.
func labelled(tb testing.TB, w *watched) *http.Request {
	w.do(tb, storetest.Services+"/"+w.Service(tb)+"/labels", object{"labels": []any{"ci"}})
	return w.get(tb, storetest.Services+"?label=ci")
}

// buyWithApproval asks to buy what a member must approve.
func buyWithApproval(tb testing.TB, w *watched) *http.Request {
	tb.Helper()
	var nothing int64
	policy := shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: &nothing}}}
	agent := w.Shop.IDs.Agent(w.Agent.Account())
	budget := shop.Budget{Account: agent.Account(), Agent: agent, Version: 1, Policy: policy}
	if err := w.Table.Commit(tb.Context(), shop.Change{Budgets: []shop.Budget{budget}}); err != nil {
		tb.Fatal(err)
	}
	return withAPIKey(w.NewKey(tb, agent, app.Shelf().Rules().Scopes()...), post(storetest.Purchases, keyed(order(1), "approval")))(tb, w)
}

func buyUsedQuote(tb testing.TB, w *watched) *http.Request {
	quote := w.Quote(tb)
	w.Buy(tb, quote, "first use of "+quote)
	return post(storetest.Purchases, object{"quoteId": quote, "idempotencyKey": "second use"})(tb, w)
}

func buyExpiredQuote(tb testing.TB, w *watched) *http.Request {
	quote := w.Quote(tb)
	w.Clock.Advance(time.Hour)
	return post(storetest.Purchases, object{"quoteId": quote, "idempotencyKey": "too late"})(tb, w)
}

func getPurchase(tb testing.TB, w *watched) *http.Request {
	quote := w.Quote(tb)
	return w.get(tb, storetest.Purchases+"/"+w.Buy(tb, quote, quote).Text("purchase", "id"))
}

// nextPage is the second page of a list of at least two.
func nextPage(path string) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		w.Service(tb)
		w.Service(tb)
		first := w.Call(tb, http.MethodGet, path+"?limit=1", nil)
		return w.get(tb, path+"?limit=1&cursor="+first.Text("nextCursor"))
	}
}

func act(action string, body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		return post(storetest.Services+"/"+w.Service(tb)+action, body)(tb, w)
	}
}

// buyAction buys an action of a new service.
func buyAction(action string, body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		quote := w.do(tb, storetest.Services+"/"+w.Service(tb)+action, body).Text("quote", "id")
		return post(storetest.Purchases, object{"quoteId": quote, "idempotencyKey": quote})(tb, w)
	}
}

// actCopied is act with a server that has a snapshot.
func actCopied(action string, body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		service := w.Service(tb)
		w.Snapshot(tb, service)
		return post(storetest.Services+"/"+service+action, body)(tb, w)
	}
}

func actAgain(action string, body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		return again(storetest.Services+"/"+w.Service(tb)+action, body)(tb, w)
	}
}

// extend asks to extend the lease of a new service.
func extend(body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		return post(storetest.Services+"/"+w.Leased(tb, "P7D")+"/lease", body)(tb, w)
	}
}

// byAnother are the writes of an agent about what another agent of its account has bought.
const byAnother = "by another agent"

// byAnotherAgent has another agent send what one has prepared.
func byAnotherAgent(of prepare) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		r := of(tb, w)
		another := w.NewKey(tb, w.Shop.IDs.Agent(w.Agent.Account()), app.Shelf().Rules().Scopes()...)
		r.Header.Set("Authorization", "Bearer "+another)
		return r
	}
}

// cancel previews a cancellation, and asks for it.
func cancel(body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		at := storetest.Services + "/" + w.Service(tb) + "/cancel"
		preview := w.Call(tb, http.MethodGet, at+"?ends="+body["ends"].(string), nil)
		asked := maps.Clone(body)
		asked["token"] = preview.Text("token")
		return post(at, asked)(tb, w)
	}
}

func cancelProtected(tb testing.TB, w *watched) *http.Request {
	at := storetest.Services + "/" + w.Service(tb)
	preview := w.Call(tb, http.MethodGet, at+"/cancel?ends=now", nil)
	if _, err := w.Shop.Protect(tb.Context(), w.Agent.Account(), id.Service(strings.TrimPrefix(at, storetest.Services+"/")), true); err != nil {
		tb.Fatal(err)
	}
	return post(at+"/cancel", object{"ends": "now", "token": preview.Text("token")})(tb, w)
}

const personal = "/v1/agent/personal"

func getPersonal(tb testing.TB, w *watched) *http.Request {
	return w.get(tb, personal+"/"+w.Personal(tb))
}

func erase(body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		return post(personal+"/"+w.Personal(tb)+"/erase", body)(tb, w)
	}
}

func eraseAgain(body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		return again(personal+"/"+w.Personal(tb)+"/erase", body)(tb, w)
	}
}

func buyPersonalQuote(tb testing.TB, w *watched) *http.Request {
	quote := w.do(tb, storetest.Quotes, storetest.PersonalOrder(tb)).Text("quote", "id")
	return post(storetest.Purchases, object{"quoteId": quote, "idempotencyKey": quote})(tb, w)
}

const sshKeysPath = "/v1/agent/ssh-keys"

func addSSHKey(name string, more object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		in := object{"name": name, "publicKey": storetest.PublicKey(tb, name[0])}
		maps.Copy(in, more)
		return post(sshKeysPath, in)(tb, w)
	}
}

func deleteSSHKey(name string, in object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		made := w.do(tb, sshKeysPath, object{"name": name, "publicKey": storetest.PublicKey(tb, name[0])})
		return post(sshKeysPath+"/"+made.Text("sshKey", "id")+"/delete", in)(tb, w)
	}
}

// quoteWithKey orders a server with a key of the account.
func quoteWithKey(name string) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		w.do(tb, sshKeysPath, object{"name": name, "publicKey": storetest.PublicKey(tb, name[0])})
		order := storetest.Order()
		order["configuration"].(map[string]any)["sshKeys"] = []any{name}
		return post(storetest.Quotes, order)(tb, w)
	}
}

// actMeanwhile asks for an action while a restart is under way.
func actMeanwhile(action string, body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		service := storetest.Services + "/" + w.Service(tb)
		kick := w.Shop.Kick
		w.Shop.Kick = nil
		defer func() { w.Shop.Kick = kick }()
		w.do(tb, service+restart, object{})
		return post(service+action, body)(tb, w)
	}
}

// afterStop asks for an action of a server that was stopped.
func afterStop(action string, body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		service := storetest.Services + "/" + w.Service(tb)
		w.do(tb, service+"/server/stop", object{})
		w.Work(tb)
		return post(service+action, body)(tb, w)
	}
}

// revealed reads an action that gave a secret, for the nth time.
func revealed(nth int) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		service := storetest.Services + "/" + w.Service(tb)
		stop := w.Give("hunter2")
		defer stop()
		action := w.do(tb, service+restart, object{}).Text("actionId")
		for range nth - 1 {
			w.Call(tb, http.MethodGet, service+"/actions/"+action, nil)
		}
		return w.get(tb, service+"/actions/"+action)
	}
}

// actProtected asks for an action that needs the consent of a person.
func actProtected(action string, body object) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		service := w.Service(tb)
		if _, err := w.Shop.Protect(tb.Context(), w.Agent.Account(), id.Service(service), true); err != nil {
			tb.Fatal(err)
		}
		return post(storetest.Services+"/"+service+action, body)(tb, w)
	}
}

func withAPIKey(key string, request prepare) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		r := request(tb, w)
		r.Header.Set("Authorization", "Bearer "+key)
		return r
	}
}

// unknownAPIKey asks with a well-formed key that was never stored.
func unknownAPIKey(request prepare) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		_, key, err := auth.NewToken(config.KeyMode, w.Shop.IDs.Key(w.Agent), rand.Reader)
		if err != nil {
			tb.Fatal(err)
		}
		return withAPIKey(key, request)(tb, w)
	}
}

// withScope asks with a key that has that scope alone.
func withScope(scope shop.Scope, request prepare) prepare {
	return func(tb testing.TB, w *watched) *http.Request {
		return withAPIKey(w.NewKey(tb, w.Agent, scope), request)(tb, w)
	}
}

// TestEveryOperationIsProbed keeps the probes complete.
func TestEveryOperationIsProbed(t *testing.T) {
	t.Parallel()
	probed := make(map[string]bool)
	for _, p := range probes() {
		probed[p.operation] = true
	}
	for _, o := range api.Operations(app.Shelf()) {
		if !probed[o.Name] {
			t.Errorf("%s has no probes", o.Name)
		}
		delete(probed, o.Name)
	}
	for name := range probed {
		t.Errorf("%s is probed, and no operation", name)
	}
}
