package server_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agentstore/pkg/money"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

func usd(minor int64) money.Money { return money.Money{Minor: minor, Currency: "usd"} }

func price(item shop.Item, c server.Configuration, quantity int) (shop.Price, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return shop.Price{}, err
	}
	return server.Rules{}.Price(item, text, quantity)
}

func TestPrice(t *testing.T) {
	t.Parallel()
	noSetup := item()
	noSetup.SetupFee = usd(0)
	tests := []struct {
		name          string
		item          shop.Item
		configuration server.Configuration
		quantity      int
		want          shop.Price
	}{
		{
			"the quote of the contract", noSetup,
			server.Configuration{BillingTermMonths: 1, BackupsEnabled: true},
			1,
			shop.Price{
				Lines: []shop.Line{
					{Kind: shop.LineBase, Description: "VPS Micro, 1 month", Quantity: 1, Unit: usd(2000), Amount: usd(2000)},
					{Kind: "backups", Description: "Backups, 20 % of the base price", Quantity: 1, Unit: usd(400), Amount: usd(400)},
				},
				Total: usd(2400), Renewal: usd(2400), Term: shop.Term{Months: 1},
			},
		},
		{
			"the base alone", noSetup,
			server.Configuration{BillingTermMonths: 1},
			1,
			shop.Price{
				Lines: []shop.Line{{Kind: shop.LineBase, Description: "VPS Micro, 1 month", Quantity: 1, Unit: usd(2000), Amount: usd(2000)}},
				Total: usd(2000), Renewal: usd(2000), Term: shop.Term{Months: 1},
			},
		},
		{
			"everything", item(),
			server.Configuration{BillingTermMonths: 12, BackupsEnabled: true},
			3,
			shop.Price{
				Lines: []shop.Line{
					{Kind: shop.LineBase, Description: "VPS Micro, 12 months", Quantity: 3, Unit: usd(24000), Amount: usd(72000)},
					{Kind: "backups", Description: "Backups, 20 % of the base price", Quantity: 3, Unit: usd(4800), Amount: usd(14400)},
					{Kind: shop.LineDiscount, Description: "Discount of 10 % for paying 12 months in advance", Quantity: 3, Unit: usd(-2880), Amount: usd(-8640)},
					{Kind: shop.LineSetup, Description: "Setup, once", Quantity: 3, Unit: usd(500), Amount: usd(1500)},
				},
				Total: usd(79260), Renewal: usd(77760), Term: shop.Term{Months: 12, DiscountPercent: 10},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := price(tt.item, tt.configuration, tt.quantity)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// order is anything that a checked catalog and a checked quantity allow.
type order struct {
	item          shop.Item
	backups       int // percent of the base price
	configuration server.Configuration
	term          shop.Term
}

var orders = rapid.Custom(func(t *rapid.T) order {
	amounts := rapid.OneOf(rapid.Int64Range(0, 1_000_000_000), rapid.Int64Range(0, 200))
	o := order{item: item(), term: shop.Term{
		Months:          rapid.IntRange(1, 36).Draw(t, "months"),
		DiscountPercent: rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 90)).Draw(t, "discount percent"),
	}}
	o.item.Price = usd(1 + amounts.Draw(t, "price"))
	o.item.SetupFee = usd(rapid.OneOf(rapid.Just[int64](0), amounts).Draw(t, "setup fee"))
	o.item.Terms = []shop.Term{{Months: 48, DiscountPercent: 50}, o.term}
	o.backups = rapid.IntRange(0, 100).Draw(t, "backups percent")
	o.item.Plan = planned(o.backups)
	o.configuration = server.Configuration{BillingTermMonths: o.term.Months, BackupsEnabled: rapid.Bool().Draw(t, "backups")}
	return o
})

var quantities = rapid.IntRange(1, shop.MaxQuantity)

// percent is p hundredths of a positive amount, rounded half up.
func percent(amount *big.Int, p int) *big.Int {
	n := new(big.Int).Mul(amount, big.NewInt(int64(p)))
	return n.Div(n.Add(n, big.NewInt(50)), big.NewInt(100))
}

// Every line is what the documentation says of it, for one server and then
// multiplied.
func TestPriceByTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, quantity := orders.Draw(t, "order"), quantities.Draw(t, "quantity")
		got, err := price(o.item, o.configuration, quantity)
		if err != nil {
			t.Fatal(err)
		}

		base := new(big.Int).Mul(big.NewInt(o.item.Price.Minor), big.NewInt(int64(o.term.Months)))
		backups := new(big.Int)
		if o.configuration.BackupsEnabled {
			backups = percent(base, o.backups)
		}
		discount := percent(new(big.Int).Add(base, backups), o.term.DiscountPercent)
		units := []struct {
			kind shop.LineKind
			unit *big.Int
		}{
			{shop.LineBase, base},
			{"backups", backups},
			{shop.LineDiscount, discount.Neg(discount)},
			{shop.LineSetup, big.NewInt(o.item.SetupFee.Minor)},
		}
		lines := got.Lines
		for _, want := range units {
			if want.unit.Sign() == 0 {
				continue
			}
			amount := new(big.Int).Mul(want.unit, big.NewInt(int64(quantity)))
			if len(lines) == 0 {
				t.Fatalf("the line %s of %v is missing", want.kind, want.unit)
			}
			line := lines[0]
			lines = lines[1:]
			if line.Kind != want.kind || line.Quantity != quantity || line.Unit != usd(want.unit.Int64()) || line.Amount != usd(amount.Int64()) {
				t.Fatalf("the line %+v, want %s of %v and %v", line, want.kind, want.unit, amount)
			}
		}
		if len(lines) > 0 {
			t.Fatalf("there are more lines: %+v", lines)
		}
		if got.Term != o.term {
			t.Fatalf("the term is %+v", got.Term)
		}
	})
}

// The total is the sum of the lines, the renewal that without the setup fee, and
// neither is ever negative.
func TestPriceAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, quantity := orders.Draw(t, "order"), quantities.Draw(t, "quantity")
		got, err := price(o.item, o.configuration, quantity)
		if err != nil {
			t.Fatal(err)
		}
		total, setup := usd(0), usd(0)
		for _, line := range got.Lines {
			total.Minor += line.Amount.Minor
			if line.Kind == shop.LineSetup {
				setup.Minor += line.Amount.Minor
			}
		}
		if got.Total != total || got.Total.Minor < 0 {
			t.Fatalf("the total is %v, the sum of the lines %v", got.Total, total)
		}
		if got.Renewal != usd(total.Minor-setup.Minor) || got.Renewal.Minor < 0 {
			t.Fatalf("the renewal is %v, the total %v, the setup %v", got.Renewal, total, setup)
		}
	})
}

// Several servers cost several times one server, to the cent.
func TestPriceIsLinear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, quantity := orders.Draw(t, "order"), quantities.Draw(t, "quantity")
		one, err := price(o.item, o.configuration, 1)
		if err != nil {
			t.Fatal(err)
		}
		several, err := price(o.item, o.configuration, quantity)
		if err != nil {
			t.Fatal(err)
		}
		n := int64(quantity)
		if several.Total != usd(n*one.Total.Minor) || several.Renewal != usd(n*one.Renewal.Minor) || len(several.Lines) != len(one.Lines) {
			t.Fatalf("%d cost %v and %v, one costs %v and %v", quantity, several.Total, several.Renewal, one.Total, one.Renewal)
		}
		for i, line := range several.Lines {
			if line.Unit != one.Lines[i].Amount || line.Amount != usd(n*one.Lines[i].Amount.Minor) {
				t.Fatalf("the line %+v of %d, and %+v of one", line, quantity, one.Lines[i])
			}
		}
	})
}

func TestPriceRefuses(t *testing.T) {
	t.Parallel()
	const most = math.MaxInt64
	with := func(price, setup int64, backupsPercent int) shop.Item {
		i := item()
		i.Price, i.SetupFee, i.Plan = usd(price), usd(setup), planned(backupsPercent)
		return i
	}
	month := server.Configuration{BillingTermMonths: 1}
	backups := server.Configuration{BillingTermMonths: 1, BackupsEnabled: true}
	tests := []struct {
		name          string
		item          shop.Item
		configuration server.Configuration
		quantity      int
	}{
		{"the base", with(most/11, 0, 0), server.Configuration{BillingTermMonths: 12}, 1},
		{"the backups", with(most/2, 0, 201), backups, 1},
		{"the base and the backups", with(most/2+2, 0, 100), backups, 1},
		{"the amount of a line", with(most/2, 0, 0), month, 3},
		{"the total", with(most/2, most/2+2, 0), month, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := price(tt.item, tt.configuration, tt.quantity); !errors.Is(err, money.ErrOverflow) {
				t.Errorf("got %+v, %v; want ErrOverflow", got, err)
			}
		})
	}
}

func TestPriceOfNoConfiguration(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{`, `{"billingTermMonths":2}`, `{}`} {
		if got, err := (server.Rules{}).Price(item(), json.RawMessage(text), 1); err == nil {
			t.Errorf("%s costs %v", text, got.Total)
		}
	}
}
