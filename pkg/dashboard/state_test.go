package dashboard

import (
	"testing"

	"agentstore/pkg/shop"
)

// Every value of every enumeration that pages show has its word.
func TestStatesAreWhole(t *testing.T) {
	t.Parallel()
	for kind, values := range map[string][]string{
		"service":  texts(serviceStatuses()),
		"approval": texts(approvalStatuses()),
		"purchase": texts([]shop.PurchaseStatus{shop.PurchasePendingApproval, shop.PurchaseDenied, shop.PurchaseExpired, shop.PurchaseCompleted, shop.PurchasePartiallyFailed, shop.PurchaseFailed}),
		"item":     texts([]shop.Availability{shop.Available, shop.Limited, shop.SoldOut}),
		"action":   texts([]shop.ActionStatus{shop.ActionRunning, shop.ActionSucceeded, shop.ActionFailed}),
		"bill":     texts([]shop.BillStatus{shop.BillActive, shop.BillPastDue, shop.BillSuspended, shop.BillEnded}),
		"quote":    texts([]shop.QuoteStatus{shop.QuoteOpen, shop.QuoteUsed, shop.QuoteExpired}),
	} {
		for _, v := range values {
			if _, known := states[kind+" "+v]; !known {
				t.Errorf("no word says that a %s is %s", kind, v)
			}
		}
	}
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
