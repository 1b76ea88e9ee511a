package rest

import (
	"bytes"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"time"

	"agentstore/pkg/api"
	"agentstore/pkg/sheet"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/web"
)

// ExportPaths are where exports are.
func ExportPaths() []string {
	var paths []string
	for _, x := range api.Exports() {
		paths = append(paths, x.Path)
	}
	return paths
}

// Exports serves the audit trail as files.
func Exports(s web.Store) []web.Route {
	list := api.AuditList(s.Shelf)
	return []web.Route{
		export(s, list, api.AuditCSV(), asCSV),
		export(s, list, api.AuditJSONLines(), asLines),
	}
}

// export serves the events of a list in a format. Where there are more than one answer can
// hold, a Link names the rest (RFC 8288).
func export(s web.Store, list api.Operation, x api.Export, format func([]api.EventWire) ([]byte, error)) web.Route {
	e := endpoint{s, list, nil}
	return web.Route{Method: http.MethodGet, Path: x.Path, Handler: s.Wrap("audit_export", func(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
		var next string
		events, err := web.Do(r.Context(), s, web.Call[[]api.EventWire]{
			Operation: e.operation,
			Caller:    func() (shop.Caller, error) { return e.caller(r, entry) },
			Arguments: func() (api.Arguments, error) { return e.arguments(w, r) },
			Answer: func(caller shop.Caller, args api.Arguments) (events []api.EventWire, err error) {
				events, next, err = api.ExportAudit(r.Context(), s.Shop, caller, args)
				return events, err
			},
		})
		if err != nil {
			return err
		}
		text, err := format(events)
		if err != nil {
			return err
		}
		if err := web.CheckSize(text); err != nil {
			return err
		}
		if next != "" {
			query := r.URL.Query()
			query.Set("cursor", next)
			w.Header().Set("Link", "<"+(&url.URL{Path: x.Path, RawQuery: query.Encode()}).String()+`>; rel="next"`)
		}
		w.Header().Set("Content-Disposition", `attachment; filename="`+path.Base(x.Path)+`"`)
		web.Write(w, http.StatusOK, x.ContentType, text)
		return nil
	})}
}

// asCSV has the names of the fields in the first line.
func asCSV(events []api.EventWire) ([]byte, error) {
	lines := [][]string{{
		"id", "at", "actorKind", "personId", "agentId", "keyId", "operation", "subject", "outcome", "requestId", "source", "before", "after",
		"confirmedBy", "askedByKeyId", "count", "lastAt", "walletBalanceMinor", "tokenId",
	}}
	for _, e := range events {
		lines = append(lines, []string{
			e.ID, moment(e.At), e.ActorKind, e.PersonID, e.AgentID, e.KeyID,
			e.Operation, e.Subject, e.Outcome, e.RequestID, e.Source, string(e.Before), string(e.After),
			string(e.ConfirmedBy), e.AskedBy, strconv.Itoa(e.Count), moment(e.LastAt), minor(e.Balance), e.TokenID,
		})
	}
	return sheet.CSV(lines), nil
}

// minor is an amount; empty for none.
func minor(amount *int64) string {
	if amount == nil {
		return ""
	}
	return strconv.FormatInt(*amount, 10)
}

// moment is a time as JSON has it (RFC 3339); empty for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// asLines has each event as it is.
func asLines(events []api.EventWire) ([]byte, error) {
	var text bytes.Buffer
	for _, e := range events {
		line, err := strictjson.Encode(e)
		if err != nil {
			return nil, err
		}
		text.Write(line)
		text.WriteByte('\n')
	}
	return text.Bytes(), nil
}
