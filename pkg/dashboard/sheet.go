package dashboard

import (
	"context"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/sheet"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// The parameter of a list that asks for it as a file, and its value.
const (
	asName = "as"
	asCSV  = "csv"
)

func isSheet(r *http.Request) bool { return r.URL.Query().Get(asName) == asCSV }

// maxLines is how many lines a file has, besides the first. What goes on behind them is
// behind the address in its Link.
const maxLines = 5000

// columns are the first line of a file, and what makes one of an object.
type columns[T any] struct {
	names []string
	line  func(*frame, T) []string
}

// writeSheet writes a list as a file for spreadsheets.
func writeSheet[T any](s Site, w http.ResponseWriter, r *http.Request, f *frame, l list[T], read func(context.Context, shop.Caller, shop.Page) ([]T, shop.Cursor, error), c columns[T]) error {
	if err := s.fill(r.Context(), f); err != nil {
		return err
	}
	lines := [][]string{c.names}
	page := l.page(f)
	page.Limit = maxLines
	for {
		items, next, err := read(r.Context(), f.caller, page)
		if err != nil {
			return err
		}
		for _, item := range items {
			lines = append(lines, c.line(f, item))
		}
		page.After = next
		page.Limit = maxLines + 1 - len(lines)
		if next == "" || page.Limit <= 0 || shop.Tired(r.Context()) {
			break
		}
	}
	text := sheet.CSV(lines)
	if err := web.CheckSize(text); err != nil {
		return err
	}
	if page.After != "" {
		w.Header().Set("Link", "<"+l.at(page.After)+"&"+asName+"="+asCSV+`>; rel="next"`)
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+path.Base(l.path)+`.csv"`)
	web.Write(w, http.StatusOK, sheet.ContentType, text)
	return nil
}

// moment is a time in a file.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func serviceLines(s Site) columns[shop.Service] {
	return columns[shop.Service]{
		[]string{"id", "name", "status", "address", "about", "agentId", "agent", "labels", "price", "currency", "every", "paidUntil", "renews", "ends", "createdAt", "catalogItemId", "purchaseId"},
		func(f *frame, one shop.Service) []string {
			look, _ := s.look(one) // what cannot be read is left empty: the rest of the file is worth having
			address, ends := "", time.Time{}
			if len(look.Access) > 0 {
				address = look.Access[0].Value
			}
			if one.Lease != nil {
				ends = one.Lease.ExpiresAt
			}
			return []string{
				string(one.ID), one.DisplayName, string(one.Status), address, look.Summary, string(one.Agent), f.agent(one.Agent), strings.Join(one.Labels, " "),
				one.Bill.Renewal.Decimal(), string(one.Bill.Renewal.Currency), every(one.Bill.Term), moment(one.Bill.PaidUntil), strconv.FormatBool(!one.Bill.Ends && !one.Status.Ended()), moment(ends),
				moment(one.CreatedAt), string(one.Item), string(one.Purchase),
			}
		},
	}
}

func purchaseLines() columns[shop.Purchase] {
	return columns[shop.Purchase]{
		[]string{"id", "what", "catalogItemId", "quantity", "status", "agentId", "agent", "personId", "price", "currency", "createdAt", "quoteId", "failure"},
		func(f *frame, p shop.Purchase) []string {
			return []string{
				string(p.ID), bought(p.Offer), string(p.Offer.Item.ID), strconv.Itoa(p.Offer.Quantity), string(p.StatusAt(f.now)), string(p.Agent), f.agent(p.Agent), string(p.Person),
				p.Offer.Price.Total.Decimal(), string(p.Offer.Price.Total.Currency), moment(p.CreatedAt), string(p.Quote), p.Failure,
			}
		},
	}
}

func ledgerLines() columns[shop.Entry] {
	return columns[shop.Entry]{
		[]string{"number", "kind", "in", "out", "balance", "currency", "at", "cause", "note", "serviceId", "agentId", "catalogItemId"},
		func(_ *frame, e shop.Entry) []string {
			in, out := e.Amount.Decimal(), ""
			if !isGain(e.Amount) { // without a sign, which a spreadsheet may take for a formula
				in, out = "", strings.TrimPrefix(in, "-")
			}
			return []string{
				strconv.Itoa(e.Number), string(e.Kind), in, out, e.Balance.Decimal(), string(e.Amount.Currency), moment(e.At), e.Cause, e.Note, string(e.Service), string(e.Agent), string(e.Item),
			}
		},
	}
}
