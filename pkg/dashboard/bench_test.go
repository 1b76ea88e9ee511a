package dashboard

import (
	"fmt"
	"io"
	"testing"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// BenchmarkServicesPage renders the longest page, with 100 services.
func BenchmarkServicesPage(b *testing.B) {
	f := &frame{path: "/services", now: time.Date(2026, 3, 18, 14, 17, 0, 0, time.UTC)}
	var rows []seen
	for i := range 100 {
		rows = append(rows, seen{
			shop.Service{
				ID: id.Service(fmt.Sprintf("svc_01KG9YS7G0TBAQSHGKP9HC%04d", i)), DisplayName: fmt.Sprintf("build-%d", i), Status: shop.ServiceActive,
				Labels: []string{"ci", "run=118"}, Bill: shop.Bill{Term: shop.Term{Months: 1}, Renewal: money.Money{Minor: 2400, Currency: "usd"}, PaidUntil: f.now.AddDate(0, 1, 0)},
			},
			product.Look{Summary: "eu-west, debian-12", Access: []product.Fact{{Label: "IPv4", Value: "198.51.100.42"}}},
			good("Running"),
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := servicesPage(f, list[shop.Service]{path: "/services"}, rows).Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
