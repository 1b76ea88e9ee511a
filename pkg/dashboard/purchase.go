package dashboard

import (
	"context"
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// purchases shows who bought what.
func (s Site) purchases(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountPurchaseList())
	if err != nil {
		return err
	}
	l, err := newList[shop.Purchase](r)
	if err != nil {
		return err
	}
	if isSheet(r) {
		return writeSheet(s, w, r, f, l, s.Shop.Purchases, purchaseLines())
	}
	if err := s.fill(r.Context(), f, l.load(f, s.Shop.Purchases)); err != nil {
		return err
	}
	return render(w, r, http.StatusOK, purchasesPage(f, l))
}

// purchase shows what became of one.
func (s Site) purchase(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountPurchaseGet())
	if err != nil {
		return err
	}
	var p shop.Purchase
	err = s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		p, err = s.Shop.Purchase(ctx, f.caller, id.Purchase(r.PathValue("purchaseId")))
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, purchasePage(f, p))
}
