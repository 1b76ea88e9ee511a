package dashboard_test

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

// sent is what a browser sends of the first form of a page with that address, if nobody
// changes anything.
func sent(t *testing.T, body, action string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Data == "form" && attribute(node, "method") == "post" && attribute(node, "action") == action {
			fields := url.Values{}
			for field := range node.Descendants() {
				addField(fields, field)
			}
			return fields
		}
	}
	t.Fatalf("there is no form for %s: %s", action, body)
	return nil
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(node *html.Node, name string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func addField(fields url.Values, node *html.Node) {
	name := attribute(node, "name")
	switch kind := attribute(node, "type"); {
	case node.Data == "input" && (kind == "checkbox" || kind == "radio"):
		if has(node, "checked") {
			fields.Add(name, attribute(node, "value"))
		}
	case node.Data == "input":
		fields.Add(name, lines(attribute(node, "value")))
	case node.Data == "textarea":
		fields.Add(name, lines(text(node)))
	case node.Data == "select":
		for option := range node.Descendants() {
			if option.Data == "option" && has(option, "selected") {
				value := attribute(option, "value")
				if !has(option, "value") {
					value = text(option)
				}
				fields.Add(name, value)
			}
		}
	}
}

func text(node *html.Node) string {
	var words strings.Builder
	for part := range node.Descendants() {
		words.WriteString(part.Data)
	}
	return words.String()
}

// lines are separated as browsers send them (HTML, form entry lists).
func lines(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// limited is a store with an agent, and where its limits are: on a page, and in the API.
func limited(t *testing.T) (b *storetest.Browser, page, policy string) {
	t.Helper()
	_, b = funded(t)
	page = b.Send(t, "/agents", url.Values{"name": {"ci"}, "sees": {"own"}}).URL.Path
	return b, page, storetest.Account + strings.TrimSuffix(page, "/limits") + "/policy"
}

func policyOf(t *testing.T, b *storetest.Browser, path string) map[string]any {
	t.Helper()
	policy, _ := b.Call(t, http.MethodGet, path, nil).Get("policy").(map[string]any)
	return policy
}

// everyRule is a policy that has all rules, in orders and with values that no page offers.
func everyRule() map[string]any {
	return map[string]any{
		"limits": []any{
			map[string]any{"currency": "eur", "perDayMinor": 700},
			map[string]any{
				"currency": "usd", "perPurchaseMinor": 1, "perDayMinor": 0, "perMonthMinor": 1 << 53, "totalMinor": 100, "approvalAboveMinor": 99, "confirmAboveMinor": 123456,
			},
			map[string]any{"currency": "jpy", "totalMinor": 5000},
		},
		"categories": []any{"gone", "vps"}, "catalogItemIds": []any{"cat_vps_small", "cat_gone", "cat_vps_micro"}, "billingTermMonths": []any{36, 1, 7},
		"maxLiveServices": 0, "maxLease": "P2M", "hours": map[string]any{"days": []any{"fri", "mon"}, "from": "22:15", "to": "06:00", "utcOffset": "-03:30"},
		"frozen": true, "holdForApproval": true, "regions": []any{"us-east", "eu-west"}, "images": []any{"debian-12"},
	}
}

// Every rule that the API takes is in the form, and who saves the form without a change
// changes nothing.
func TestLimitsComeBack(t *testing.T) {
	t.Parallel()
	b, page, path := limited(t)
	_, whole := funded(t)
	for _, one := range []struct {
		b          *storetest.Browser
		page, path string
		more       map[string]any
	}{{b, page, path, nil}, {whole, "/limits", storetest.Account + "/policy", map[string]any{"lowBalanceMinor": 1234, "renewalApprovalAboveMinor": 4321}}} {
		policy := everyRule()
		maps.Copy(policy, one.more)
		for name := range api.PolicySet(app.Shelf()).Input.Properties {
			if _, given := policy[name]; !given && one.more != nil && !slices.Contains([]string{"services", "idempotencyKey"}, name) { // which are of the request alone
				t.Errorf("no policy of this test has %s", name)
			}
		}
		if a := one.b.Call(t, http.MethodPut, one.path, policy); a.Status != http.StatusOK {
			t.Fatalf("%s", a.Body)
		}
		comeBack(t, one.b, one.page, one.path)
	}
}

// comeBack saves a form as it is.
func comeBack(t *testing.T, b *storetest.Browser, page, path string) {
	t.Helper()
	before := policyOf(t, b, path)
	saved := b.Send(t, page, sent(t, b.Open(t, page).Body, page))
	if after := policyOf(t, b, path); saved.Status != http.StatusOK || !reflect.DeepEqual(before, after) {
		t.Errorf("status %d, and the policy\n%v became\n%v", saved.Status, before, after)
	}
}

// The same of whatever policy there is.
func TestAnyLimitsComeBack(t *testing.T) {
	t.Parallel()
	b, page, path := limited(t)
	sample := func(r *rapid.T, name string, of ...any) []any {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, len(of), rapid.ID).Draw(r, name)
	}
	rapid.Check(t, func(r *rapid.T) {
		all := everyRule()
		policy := map[string]any{}
		for name, value := range all {
			if rapid.Bool().Draw(r, "has "+name) {
				policy[name] = value
			}
		}
		var limits []any
		for _, currency := range sample(r, "currencies", "usd", "eur", "jpy") {
			limit := map[string]any{"currency": currency}
			for _, name := range sample(r, "amounts", "perPurchaseMinor", "perDayMinor", "perMonthMinor", "totalMinor", "approvalAboveMinor", "confirmAboveMinor") {
				limit[name.(string)] = rapid.Int64Range(0, 1<<53).Draw(r, "amount")
			}
			limits = append(limits, limit)
		}
		if limits != nil {
			policy["limits"] = limits
		}
		policy["maxLease"] = rapid.SampledFrom([]string{"PT1H", "P1D", "P30D", "P1Y", "P1Y2M3DT4H5M6S", "PT59S"}).Draw(r, "lease")
		hours := map[string]any{"from": rapid.StringMatching("(0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]").Draw(r, "from"), "to": rapid.StringMatching("(0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]").Draw(r, "to")}
		hours["utcOffset"] = rapid.StringMatching(`[+-](0[0-9]|1[0-3]):[0-5][0-9]`).Draw(r, "offset")
		hours["days"] = append([]any{}, sample(r, "days", "sun", "mon", "tue", "wed", "thu", "fri", "sat")...)
		policy["hours"] = hours
		if a := b.Call(t, http.MethodPut, path, policy); a.Status != http.StatusOK {
			t.Fatalf("%v: %s", policy, a.Body)
		}
		comeBack(t, b, page, path)
	})
}

// Each rule is added, changed and removed in the form, and said in words.
func TestLimitsAreEdited(t *testing.T) {
	t.Parallel()
	b, page, path := limited(t)
	for _, tt := range []struct {
		rule        string
		add, change url.Values
		added       any
		changed     any
		says        [2]string
	}{
		{
			"billingTermMonths",
			url.Values{"billingTermMonths": {"12", "1"}},
			url.Values{"billingTermMonths": {"12"}},
			[]any{12.0, 1.0},
			[]any{12.0},
			[2]string{"Only what is paid every 12 months or every month.", "Only what is paid every 12 months."},
		},
		{
			"catalogItemIds",
			url.Values{"catalogItemIds": {"cat_vps_micro"}},
			url.Values{"catalogItemIds": {"cat_vps_micro", "cat_vps_small"}},
			[]any{"cat_vps_micro"},
			[]any{"cat_vps_micro", "cat_vps_small"},
			[2]string{"Only VPS Micro.", "Only VPS Micro, VPS Small."},
		},
		{
			"hours",
			url.Values{"hours.days": {"mon", "tue"}},
			url.Values{"hours.days": {"mon"}, "hours.from": {"20:00"}, "hours.to": {"06:30"}, "hours.utcOffset": {"+02:00"}},
			map[string]any{"days": []any{"mon", "tue"}, "from": "00:00", "to": "00:00", "utcOffset": "+00:00"},
			map[string]any{"days": []any{"mon"}, "from": "20:00", "to": "06:30", "utcOffset": "+02:00"},
			[2]string{"Only at any hour on Mon, Tue, UTC+00:00.", "Only from 20:00 to 06:30 the next day on Mon, UTC+02:00."},
		},
		{
			"categories",
			url.Values{"categories": {"vps"}},
			url.Values{"categories": {"gpu"}},
			[]any{"vps"},
			[]any{"gpu"},
			[2]string{"Only from: vps.", "Only from: gpu."},
		},
		{
			"regions",
			url.Values{"regions": {"eu-west"}},
			url.Values{"regions": {"us-east\r\n eu-west"}},
			[]any{"eu-west"},
			[]any{"us-east", "eu-west"},
			[2]string{"Only these regions: eu-west.", "Only these regions: us-east, eu-west."},
		},
		{
			"maxLease",
			url.Values{"maxLease": {"P7D"}},
			url.Values{"maxLease": {"P7D"}, "maxLeaseOther": {"P1M2D"}},
			"P7D",
			"P1M2D",
			[2]string{"within 7 days.", "within 1 month 2 days."},
		},
		{
			"maxLiveServices",
			url.Values{"maxLiveServices": {"0"}},
			url.Values{"maxLiveServices": {"3"}},
			0.0,
			3.0,
			[2]string{"At most 0 live services.", "At most 3 live services."},
		},
		{
			"holdForApproval",
			url.Values{"holdForApproval": {"true"}},
			url.Values{"holdForApproval": {"true"}},
			true,
			true,
			[2]string{"holds its money.", "holds its money."},
		},
		{
			"limits",
			url.Values{"currency": {"usd", "eur"}, "perDayMinor": {"", "7"}},
			url.Values{"currency": {"usd", "eur"}, "perDayMinor": {"1.50", ""}},
			[]any{map[string]any{"currency": "eur", "perDayMinor": 700.0}},
			[]any{map[string]any{"currency": "usd", "perDayMinor": 150.0}},
			[2]string{"Up to €7.00 a day.", "Up to $1.50 a day."},
		},
	} {
		empty := url.Values{"currency": {"usd"}}
		b.Send(t, page, empty)
		before := policyOf(t, b, path)
		for i, fields := range []url.Values{tt.add, tt.change} {
			if !fields.Has("currency") {
				fields.Set("currency", "usd")
			}
			expectPage(t, b.Send(t, page, fields), http.StatusOK, tt.says[i])
			if got := policyOf(t, b, path)[tt.rule]; !reflect.DeepEqual(got, []any{tt.added, tt.changed}[i]) {
				t.Errorf("step %d of %s: %v", i, tt.rule, got)
			}
			comeBack(t, b, page, path)
		}
		b.Send(t, page, empty)
		if after := policyOf(t, b, path); !reflect.DeepEqual(before, after) {
			t.Errorf("without %s: %v, want %v", tt.rule, after, before)
		}
	}
}

// What is wrong is said at its field, and the rest of the form stays.
func TestWrongLimitsAreMended(t *testing.T) {
	t.Parallel()
	b, page, _ := limited(t)
	fields := url.Values{
		"currency": {"usd", "eu"}, "perMonthMinor": {"12.50", "7"}, "hours.from": {"08:00"}, "hours.utcOffset": {"2"}, "maxLeaseOther": {"soon"}, "holdForApproval": {"true"}, "catalogItemIds": {"cat_vps_micro"},
	}
	answer := b.Send(t, page, fields)
	expectPage(t, answer, http.StatusBadRequest, `id="hours.to-error"`, `id="hours.utcOffset-error"`, `id="maxLease-error"`, "Nothing was changed")
	back := sent(t, answer.Body, page)
	for name, want := range fields {
		if got := back[name]; len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s was %q and is %q", name, want, got)
		}
	}
	expectPage(t, b.Send(t, page, url.Values{"currency": {"usd", ""}, "perDayMinor": {"", "7"}}), http.StatusBadRequest, `id="new.currency-error"`)
	expectPage(t, b.Send(t, page, url.Values{"currency": {"usd", "eur"}, "perDayMinor": {"", "much"}}), http.StatusBadRequest, `id="new.perDayMinor-error"`)
}

// An account is frozen by a button, which changes nothing else of its policy; a form that
// was opened before does not undo it.
func TestFreezeTheAccount(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	b.Send(t, "/limits", url.Values{"currency": {"usd"}, "perDayMinor": {"9"}})
	stale := sent(t, b.Open(t, "/limits").Body, "/limits")
	b.Send(t, "/limits", url.Values{"frozen": {"true"}})
	b.Send(t, "/limits", stale)
	expectPage(t, b.Open(t, "/limits"), http.StatusOK, "Unfreeze the account", "May buy nothing: it is frozen.", "Up to $9.00 a day.")
	expectPage(t, b.Open(t, microPath), http.StatusOK, "The account is frozen: it may not buy.")
	b.Send(t, "/limits", url.Values{"frozen": {"false"}})
	expectPage(t, b.Open(t, "/limits"), http.StatusOK, "Freeze the account", "Up to $9.00 a day.")
}
