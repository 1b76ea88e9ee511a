package shop_test

import (
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// byTheHour is a catalog with a server for 3 cents an hour, and 100 a month at most.
const byTheHour = `
currency: usd
provider: mock
categories: [{id: compute, name: Compute, description: Servers.}]
items:
  - id: cat_hourly
    sku: hourly
    name: Hourly
    category: compute
    description: A server by the hour.
    serviceType: server
    availability: available
    priceMinor: 3
    billingTerm: hour
    monthlyCeilingMinor: 100
    server: {cpuCores: 1, architecture: x86_64, memoryGib: 1, diskGib: 10, trafficGib: 500, regions: [eu-west], images: [debian-12], backupsPercent: 0}
`

func hourlyLife(t *testing.T, funds int64) (life, shop.Service) {
	t.Helper()
	l := life{storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: funds, Catalog: []byte(byTheHour)})}
	needs := l.Call(t, http.MethodGet, "/v1/agent/catalog/cat_hourly/checkout-requirements", nil)
	expectSame(t, "terms", len(needs.Get("billingTerms").([]any)), 0)
	example := needs.Get("configurationExample")
	quote := l.Call(t, http.MethodPost, storetest.Quotes, map[string]any{"catalogItemId": "cat_hourly", "configuration": example})
	expectStatus(t, quote, http.StatusCreated)
	expectSame(t, "total", quote.Get("quote", "totalPriceMinor"), any(3.0))
	expectSame(t, "term", quote.Text("quote", "renewal", "billingTerm"), "hour")
	bought := l.Call(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote.Text("quote", "id"), "idempotencyKey": "hourly"})
	expectStatus(t, bought, http.StatusCreated)
	return l, l.now(t, id.Service(bought.Text("service", "id")))
}

// TestHourIsCharged charges at the service's own minute.
func TestHourIsCharged(t *testing.T) {
	t.Parallel()
	l, s := hourlyLife(t, 1000)
	expectSame(t, "paid until", s.Bill.PaidUntil, s.CreatedAt.Truncate(time.Second).Add(time.Hour))
	l.Clock.Advance(s.Bill.PaidUntil.Sub(l.Clock.Now()) - time.Second)
	l.Live(t)
	expectSame(t, "before its minute", l.balance(t), 997)
	l.Clock.Advance(time.Second)
	l.Live(t)
	expectSame(t, "at its minute", l.balance(t), 994)
	l.pass(t, 9*time.Hour, 10*time.Minute)
	expectSame(t, "after ten hours", l.balance(t), 1000-11*3)
	// Of an hour that has begun nothing comes back.
	_, answer := l.cancel(t, s, "now")
	expectStatus(t, answer, http.StatusOK)
	expectSame(t, "refund", l.now(t, s.ID).End.Refund, int64(0))
	l.verify(t)
}

// TestMonthHasACeiling: 744 hours of January would cost 22.32, and cost 1.00; then the
// next month begins.
func TestMonthHasACeiling(t *testing.T) {
	t.Parallel()
	l, s := hourlyLife(t, 1000)
	month := shop.Term{Months: 1}.End(s.CreatedAt)
	l.pass(t, month.Add(-time.Second).Sub(l.Clock.Now()), 6*time.Hour)
	expectSame(t, "in the first month", l.balance(t), 900)
	l.Clock.Advance(time.Second)
	l.Live(t)
	expectSame(t, "in the second", l.balance(t), 897)
	expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceActive)
	l.verify(t)
}

// TestUnpaidHour runs for 6 hours of grace, is stopped for 24, and deleted; what can be
// paid in between is charged for the hours that have gone by.
func TestUnpaidHour(t *testing.T) {
	t.Parallel()
	l, s := hourlyLife(t, 3)
	l.pass(t, 6*time.Hour+59*time.Minute, time.Minute)
	expectSame(t, "in its grace", l.now(t, s.ID).Status, shop.ServiceActive)
	l.pass(t, 2*time.Minute, time.Minute)
	expectSame(t, "after it", l.now(t, s.ID).Status, shop.ServiceSuspended)
	l.Fund(t, l.Agent.Account(), 24)
	l.pass(t, time.Hour, time.Minute)
	now := l.now(t, s.ID)
	expectSame(t, "paid", now.Status, shop.ServiceActive)
	expectSame(t, "balance", l.balance(t), 0)
	expectSame(t, "paid until", now.Bill.PaidUntil, s.Bill.PaidUntil.Add(8*time.Hour))
	l.pass(t, 40*time.Hour, 10*time.Minute)
	expectSame(t, "in the end", l.now(t, s.ID).End.Reason, shop.EndUnpaid)
	l.verify(t)
}

// TestPartOfWhatIsOwedStartsNothing: an hour that is approved long after it was due is paid,
// and the service, which owes the next ones beyond its grace, stays stopped until they are.
func TestPartOfWhatIsOwedStartsNothing(t *testing.T) {
	t.Parallel()
	l, s := hourlyLife(t, 1000)
	l.ask(t, new(int64(0)))
	l.until(t, s.Bill.PaidUntil)
	l.pass(t, 20*time.Hour, time.Hour)
	expectSame(t, "before", l.now(t, s.ID).Status, shop.ServiceSuspended)
	_, err := l.Shop.Approve(t.Context(), aMember(l.Store), l.question(t).ID, "")
	expectOK(t, err)
	for range 5 {
		_, err := l.Worker.RunServices(t.Context())
		expectOK(t, err)
		expectSame(t, "an action", l.now(t, s.ID).Current != nil, false)
		expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceSuspended)
		l.Clock.Advance(time.Minute)
	}
	expectSame(t, "balance", l.balance(t), 994)
	l.ask(t, nil)
	l.pass(t, 2*time.Hour, time.Minute)
	expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceActive)
	l.verify(t)
}

// TestCatalogHasAnHour: the catalog that comes with the store sells a server by the hour,
// which is charged, and ends with a lease of less than a day.
func TestCatalogHasAnHour(t *testing.T) {
	t.Parallel()
	l := newLife(t, 1000)
	configuration := map[string]any{"hostname": "job", "region": "eu-west", "image": "debian-12"}
	s := l.leased(t, map[string]any{"catalogItemId": "cat_vps_micro_hourly", "configuration": configuration, "expiresAfter": "PT5H"})
	expectSame(t, "term", s.Bill.Term.Hours, 1)
	l.pass(t, 6*time.Hour, 10*time.Minute)
	expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceCanceled)
	expectSame(t, "five hours", l.balance(t), 1000-5*5)
	l.verify(t)
}
