package dashboard

import (
	"context"
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// offer shows a quote, to be bought.
func (s Site) offer(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountQuoteGet())
	if err != nil {
		return err
	}
	return s.showOffer(w, r, f, nil)
}

func (s Site) showOffer(w http.ResponseWriter, r *http.Request, f *frame, wrong *fault.Error) error {
	var quote shop.Quote
	err := s.fill(r.Context(), f, func(ctx context.Context) (err error) {
		quote, err = s.Shop.Quote(ctx, f.caller, id.Quote(r.PathValue("quoteId")))
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, statusOf(wrong), offerPage(f, quote, wrong))
}

// buy buys what a quote offers. Its idempotency key is the quote itself, which can be
// bought once.
func (s Site) buy(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountQuoteGet())
	if err != nil {
		return err
	}
	quoteID := r.PathValue("quoteId")
	answer, err := s.do(r, entry, api.AccountPurchaseCreate(), map[string]any{"quoteId": quoteID}, "page-"+quoteID)
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showOffer(w, r, f, wrong) })
	}
	bought, err := read[struct{ Purchase struct{ ID string } }](answer)
	if err != nil {
		return err
	}
	http.Redirect(w, r, web.PurchasesPath+"/"+bought.Purchase.ID, http.StatusSeeOther)
	return nil
}
