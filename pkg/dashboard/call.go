package dashboard

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// Whatever a page changes, it changes by an operation of the API for members: with its
// checks, its idempotency and its entry in the audit trail.

// do carries out an operation with what a form says.
func (s Site) do(r *http.Request, entry *web.Entry, o api.Operation, values map[string]any, key string) (api.Answer, error) {
	if !o.Keyed() {
		key = ""
	}
	return web.Do(r.Context(), web.Store{Frame: s.Frame, Shop: s.Shop, Shelf: s.Shelf}, web.Call[api.Answer]{
		Operation: o,
		Caller:    func() (shop.Caller, error) { return s.Member(r, entry, o) },
		Arguments: func() (api.Arguments, error) { return o.Arguments(values, key) },
		Answer: func(caller shop.Caller, args api.Arguments) (api.Answer, error) {
			return o.Call(r.Context(), s.Shop, caller, args)
		},
	})
}

// read reads an answer.
func read[T any](a api.Answer) (out T, err error) {
	err = json.Unmarshal(a.Body, &out)
	return out, err
}

// keyName is the field of a form that holds its idempotency key: a form that is sent
// twice, as by a double click or a reload, is one request.
const keyName = "idempotencyKey"

// newKey is the idempotency key of a form.
func newKey() string { return "page-" + rand.Text() }

// keyOf is the idempotency key that a form came with.
func keyOf(fields url.Values) string {
	if key := fields.Get(keyName); api.ValidKey(key) {
		return key
	}
	return newKey()
}

// refusal is what a page shows of an error that its form can mend: what was wrong with
// the input, or with the state of things. Any other error is a page of its own.
func (s Site) refusal(ctx context.Context, err error) (*fault.Error, error) {
	e := web.Translate(ctx, err)
	switch status := e.Code.Status(); {
	case e.Code == fault.StaleLogin || e.Code == fault.MFARequired || e.Code == fault.InsufficientRole:
		return nil, err
	case status == http.StatusBadRequest, status == http.StatusPaymentRequired, status == http.StatusForbidden, status == http.StatusConflict,
		status == http.StatusUnprocessableEntity:
		return e, nil
	default:
		return nil, err
	}
}

// mended shows a form again with the error that it can mend.
func (s Site) mended(r *http.Request, err error, show func(*fault.Error) error) error {
	wrong, err := s.refusal(r.Context(), err)
	if err != nil {
		return err
	}
	return show(wrong)
}
