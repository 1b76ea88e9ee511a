package dashboard

import (
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// wallet shows where the money went.
func (s Site) wallet(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.LedgerList())
	if err != nil {
		return err
	}
	l, err := newList[shop.Entry](r)
	if err != nil {
		return err
	}
	if isSheet(r) {
		return writeSheet(s, w, r, f, l, s.Shop.Ledger, ledgerLines())
	}
	if err := s.fill(r.Context(), f, l.load(f, s.Shop.Ledger)); err != nil {
		return err
	}
	return render(w, r, http.StatusOK, walletPage(f, l))
}
