package e2e

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// quotedPrice is what storetest.Order costs, in cents.
const quotedPrice = 2400

// ledger is what was booked in the wallet of the store's account, as amounts.
func ledger(t *testing.T, s *storetest.Store) []int64 {
	t.Helper()
	entries, err := s.Table.Ledger(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	amounts := []int64{}
	for _, e := range entries {
		amounts = append(amounts, e.Amount.Minor)
	}
	return amounts
}

func expectLedger(t *testing.T, s *storetest.Store, want ...int64) {
	t.Helper()
	if diff := cmp.Diff(want, ledger(t, s)); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
}

func expectStatus(t *testing.T, a storetest.Answer, status int) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
}

// expectTooLittle expects a refusal that names the price and what the wallet holds.
// expectTooLittle requires a refusal of the price of a quote, in words and in figures.
// Missing is what the first fix asks for.
func expectTooLittle(t *testing.T, a storetest.Answer, detail, missing string, balance float64) {
	t.Helper()
	expectStatus(t, a, http.StatusPaymentRequired)
	if a.Code() != "insufficient_funds" || a.Text("detail") != detail || a.Get("retryable") != false || !strings.Contains(a.Text("fixes", 0), missing) {
		t.Errorf("%s, want %q and a fix with %q", a.Body, detail, missing)
	}
	for name, want := range map[string]any{
		"priceMinor": float64(quotedPrice), "balanceMinor": balance, "shortfallMinor": quotedPrice - balance, "currency": "usd",
	} {
		if a.Get(name) != want {
			t.Errorf("%s is %v, want %v", name, a.Get(name), want)
		}
	}
}

// books are everything that the table holds of the store's account.
func books(t *testing.T, s *storetest.Store) shop.Books {
	t.Helper()
	b, err := s.Table.Books(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPurchaseTakesTheLastCent(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{Funds: quotedPrice})
		expectStatus(t, s.Buy(t, s.Quote(t), "k"), http.StatusCreated)
		expectLedger(t, s, quotedPrice, -quotedPrice)
	})
}

// A purchase that cannot be paid leaves no trace: its quote stays open and its
// idempotency key free, for the same request once there is money.
func TestPurchaseOneCentShort(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{Funds: quotedPrice - 1})
		quote := s.Quote(t)
		before := books(t, s)
		for range 2 {
			expectTooLittle(t, s.Buy(t, quote, "k"), "The price is $24.00, and the wallet holds $23.99.", "at least $0.01, then send the same request again, with the same idempotency key", quotedPrice-1)
		}
		if diff := cmp.Diff(before, books(t, s)); diff != "" {
			t.Errorf("the refusal wrote (-want +got):\n%s", diff)
		}

		s.Fund(t, s.Agent.Account(), 1)
		expectStatus(t, s.Buy(t, quote, "k"), http.StatusCreated)
		expectLedger(t, s, quotedPrice-1, 1, -quotedPrice)
	})
}

func TestPurchaseWithoutAWallet(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{Funds: -1})
		expectTooLittle(t, s.Buy(t, s.Quote(t), "k"), "The price is $24.00, and the wallet holds $0.00.", "at least $24.00", 0)
		if b := books(t, s); b.Wallet.Version != 0 || len(b.Entries)+len(b.Purchases)+len(b.Services)+len(b.Jobs)+len(b.Records) > 0 {
			t.Errorf("the refusal wrote %+v", b)
		}
	})
}

// Money in another currency is none for this price.
func TestPurchaseInAnotherCurrency(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: -1})
	euros := money.Money{Minor: quotedPrice, Currency: "eur"}
	if _, _, err := s.Shop.Fund(t.Context(), s.Agent.Account(), euros, "r", ""); err != nil {
		t.Fatal(err)
	}
	expectTooLittle(t, s.Buy(t, s.Quote(t), "k"), "The price is $24.00, and the wallet holds €24.00, which is another currency.", "in the currency of the wallet", 0)
	expectLedger(t, s, quotedPrice)
}

// A replay has the first answer and takes nothing, even when nothing is left.
func TestReplayTakesNothing(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{Funds: quotedPrice})
		quote := s.Quote(t)
		first := s.Buy(t, quote, "k")
		expectStatus(t, first, http.StatusCreated)
		for range 3 {
			again := s.Buy(t, quote, "k")
			if again.Status != first.Status || string(again.Body) != string(first.Body) {
				t.Errorf("the replay is %d %s, the first answer was %d %s", again.Status, again.Body, first.Status, first.Body)
			}
		}
		expectLedger(t, s, quotedPrice, -quotedPrice)
	})
}

// A commit whose answer is lost has taken the money; the retry takes no more.
func TestLostAnswerTakesOnce(t *testing.T) {
	t.Parallel()
	lost := true // once
	faults := &dynamotest.Faults{After: func(operation string, _ any) error {
		if operation == "TransactWriteItems" && !lost {
			lost = true
			return errors.New("connection reset")
		}
		return nil
	}}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: quotedPrice, Client: []func(*dynamodb.Options){faults.Inject}})
	quote := s.Quote(t)
	lost = false
	expectStatus(t, s.Buy(t, quote, "k"), http.StatusServiceUnavailable)
	expectLedger(t, s, quotedPrice, -quotedPrice)
	expectStatus(t, s.Buy(t, quote, "k"), http.StatusCreated)
	expectLedger(t, s, quotedPrice, -quotedPrice)
}

// Ten units are one purchase, and one entry.
func TestTenUnitsAreTakenOnce(t *testing.T) {
	t.Parallel()
	const units = 10
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: units * quotedPrice})
	order := storetest.Order()
	order["quantity"], order["idempotencyKey"] = units, "k"
	a := s.Call(t, http.MethodPost, storetest.Purchases, order)
	expectStatus(t, a, http.StatusCreated)
	if services, _ := a.Get("services").([]any); len(services) != units {
		t.Errorf("%d services", len(services))
	}
	expectLedger(t, s, units*quotedPrice, -units*quotedPrice)
}

// Purchases that race for the last money: as many succeed as it pays for.
func TestPurchasesRaceForTheLastMoney(t *testing.T) {
	t.Parallel()
	const buyers, affordable = 6, 2
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{Funds: affordable*quotedPrice + quotedPrice - 1, NoKick: true})
		quotes := make([]string, buyers)
		for i := range quotes {
			quotes[i] = s.Quote(t)
		}
		answers := make([]storetest.Answer, buyers)
		var all sync.WaitGroup
		for i, quote := range quotes {
			all.Go(func() { answers[i] = s.Buy(t, quote, quote) })
		}
		all.Wait()
		bought := 0
		for _, a := range answers {
			if a.Status == http.StatusCreated {
				bought++
			} else {
				expectTooLittle(t, a, "The price is $24.00, and the wallet holds $23.99.", "at least $0.01", quotedPrice-1)
			}
		}
		if bought != affordable {
			t.Errorf("%d were bought", bought)
		}
		expectLedger(t, s, affordable*quotedPrice+quotedPrice-1, -quotedPrice, -quotedPrice)
	})
}
