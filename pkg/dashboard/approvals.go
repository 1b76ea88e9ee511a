package dashboard

import (
	"net/http"
	"strconv"

	"agentstore/pkg/api"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// approvals shows what waits for the members, and what they have decided.
func (s Site) approvals(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.ApprovalList())
	if err != nil {
		return err
	}
	if known := r.URL.Query().Get("count"); known != "" {
		return s.count(w, r, f, known)
	}
	l, err := newList[shop.Approval](r)
	if err != nil {
		return err
	}
	if err := s.fill(r.Context(), f, l.load(f, s.Shop.Approvals)); err != nil {
		return err
	}
	return render(w, r, http.StatusOK, approvalsPage(f, l))
}

// count answers a page that looks whether something new waits: with nothing, where that
// is as the page knows it.
func (s Site) count(w http.ResponseWriter, r *http.Request, f *frame, known string) error {
	var err error
	if f.open, err = s.Shop.Store.AllWaiting(r.Context(), f.caller.Account); err != nil {
		return err
	}
	if known == strconv.Itoa(f.waiting()) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return render(w, r, http.StatusOK, waitingCount(f))
}
