package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/sheet"
	"agentstore/pkg/shop"
)

// AuditList lists the audit trail of a store that sells what is on the shelf.
func AuditList(shelf product.Shelf) Operation {
	return Operation{
		Name: "audit_list", Title: "List the audit trail",
		Summary:     "List what was done in the account, and what was refused, the newest first.",
		Description: "One entry for each write and each refused write: by whom, on what, from where. Beyond ten in an hour, refusals of one operation with one code to one agent are counted in one entry. A page with a filter may be short: go on while hasMore is true. audit_export_csv and audit_export_jsonl are the same as files.",
		Method:      get, Path: account + "/audit",
		Role: shop.RoleViewer, TokenScope: shop.ScopeAuditRead, Effect: Reads, Status: http.StatusOK,
		Input: schema.Object(append(filterFields(shelf), timeFields()...)...), answers: output[auditAnswer],
		call: lists(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in auditArguments, p shop.Page) ([]shop.Event, shop.Cursor, error) {
			return s.Trail(ctx, caller, in.filter(), p)
		}, func(events []shop.Event, page pageWire, _ view) auditAnswer {
			return auditAnswer{each(events, WireEvent), page}
		}),
	}
}

// Export is the audit trail as a file. It takes the arguments of audit_list.
type Export struct {
	Name, Title, Path string
	ContentType       string
	Description       string
}

// AuditCSV is for people and their spreadsheets.
func AuditCSV() Export {
	return Export{
		"audit_export_csv", "Export the audit trail as CSV", account + "/audit.csv", sheet.ContentType,
		"The names of the fields are in the first line (RFC 4180). A cell that a spreadsheet could take for a formula gets a leading single quote.",
	}
}

// AuditJSONLines is for programs.
func AuditJSONLines() Export {
	return Export{
		"audit_export_jsonl", "Export the audit trail as JSON lines", account + "/audit.jsonl", "application/jsonl",
		"Each line is one event, as audit_list has it.",
	}
}

// Exports are both.
func Exports() []Export { return []Export{AuditCSV(), AuditJSONLines()} }

// agentWrites are the operations by which agents change something in every store. They
// are listed, because a function for members does not link them; a test compares the list.
var agentWrites = []string{"quote_create", "purchase_create", "service_cancel", "service_cancel_many", "service_renewal_set", "service_extend", "service_labels_set", "personal_erase", "ssh_key_create", "ssh_key_delete"}

// trailed are all that an event of the trail can be about.
func trailed(shelf product.Shelf) []string {
	names := slices.Concat(agentWrites, shop.EventOperations())
	operations := members(shelf)
	for _, p := range shelf {
		operations = append(operations, ofProduct(p)...)
	}
	for _, o := range operations {
		if o.Writes() {
			names = append(names, o.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func filterFields(shelf product.Shelf) []schema.Field {
	moment := func(description string) *schema.Schema { return schema.Format(description, "date-time", 64) }
	return []schema.Field{
		schema.Optional("operation", schema.Named("AuditOperation", schema.Enum("Only this operation.", trailed(shelf)...))),
		schema.Optional("actor", schema.Identifier("Only this person, token, agent or key.", 64)),
		schema.Optional("subject", schema.Line("Only what was done to this object.", 0, 64)),
		schema.Optional("outcome", schema.Enum("Only what was done, or only what was refused.", "done", "refused")),
		schema.Optional("from", moment("Not before this time.")),
		schema.Optional("to", moment("Before this time.")),
	}
}

type auditArguments struct {
	Operation string    `json:"operation"`
	Actor     string    `json:"actor"`
	Subject   string    `json:"subject"`
	Outcome   string    `json:"outcome"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	pageArguments
}

func (a auditArguments) filter() shop.TrailFilter {
	f := shop.TrailFilter{Operation: a.Operation, Actor: a.Actor, Subject: a.Subject, From: a.From, To: a.To}
	if a.Outcome != "" {
		refused := a.Outcome == "refused"
		f.Refused = &refused
	}
	return f
}

type auditAnswer struct {
	Events []EventWire `json:"events"`
	pageWire
}

// EventWire is an event of the audit trail as it is answered and exported.
type EventWire struct {
	ID          string          `json:"id"`
	At          time.Time       `json:"at"`
	ActorKind   string          `json:"actorKind" jsonschema:"person, agent or system"`
	PersonID    string          `json:"personId,omitempty"`
	TokenID     string          `json:"tokenId,omitempty" jsonschema:"the personal access token that the person has shown instead of a session"`
	AgentID     string          `json:"agentId,omitempty"`
	KeyID       string          `json:"keyId,omitempty"`
	AskedBy     string          `json:"askedByKeyId,omitempty" jsonschema:"the key that asked for what a member has decided"`
	Operation   string          `json:"operation"`
	Subject     string          `json:"subject,omitempty" jsonschema:"what it was about"`
	Outcome     string          `json:"outcome" jsonschema:"done, or the code of the refusal"`
	RequestID   string          `json:"requestId,omitempty"`
	Source      string          `json:"source,omitempty" jsonschema:"the address that the request came from"`
	ConfirmedBy shop.Confirmer  `json:"confirmedBy,omitempty" jsonschema:"mcp_client: the agent's own client says that a person did"`
	Count       int             `json:"count" jsonschema:"how many refusals of one kind it stands for, from at to lastAt; otherwise 1"`
	LastAt      time.Time       `json:"lastAt,omitzero" jsonschema:"the time of the last one counted; everything except at is from that one"`
	Balance     *int64          `json:"walletBalanceMinor,omitempty" jsonschema:"the balance of the wallet, where this has taken it below lowBalanceMinor of the policy, or warns of a renewal before which more is charged than it holds"`
	Before      json.RawMessage `json:"before,omitempty" jsonschema:"what a policy was"`
	After       json.RawMessage `json:"after,omitempty" jsonschema:"what a policy became, or the key that a rotation made"`
}

// WireEvent is an event as it is answered.
func WireEvent(e shop.Event) EventWire {
	outcome := string(e.Outcome)
	if outcome == "" {
		outcome = "done"
	}
	return EventWire{
		string(e.ID), e.At, e.Actor.Kind(), string(e.Actor.Person), string(e.Actor.Token), string(e.Actor.Agent), string(e.Actor.Key), string(e.AskedBy),
		e.Operation, e.Subject, outcome, e.RequestID, e.Source, e.ConfirmedBy, max(e.Count, 1), e.LastAt, e.Low, e.Before, e.After,
	}
}

// maxExported bounds an export by the size that its events may have on their way
// out of Lambda: one has less than a thousand bytes besides its policies, and each
// byte of those may become six there.
const maxExported = 3_000_000

// exportedAtOnce is how many events one page of an export has: several queries read it,
// and all calls of a request shall suffice for maxExported. It is the most by which an
// export may exceed that, besides the policies of a page.
const exportedAtOnce = 400

func weight(e shop.Event) int { return 1000 + 6*(len(e.Subject)+len(e.Before)+len(e.After)) }

// ExportAudit lists the events that the arguments of audit_list ask for, up to a
// bound, and the cursor where the next export goes on; empty at the end.
func ExportAudit(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) ([]EventWire, string, error) {
	var in auditArguments
	if err := args.decode(&in); err != nil {
		return nil, "", err
	}
	list := args.list(caller)
	page, err := in.page(list, viewBy(s, caller))
	if err != nil {
		return nil, "", err
	}
	page.Limit = exportedAtOnce
	var all []EventWire
	for size := 0; ; {
		events, next, err := s.Trail(ctx, caller, in.filter(), page)
		if err != nil {
			return nil, "", err
		}
		for _, e := range events {
			all = append(all, WireEvent(e))
			size += weight(e)
		}
		if next == "" || size >= maxExported || shop.Tired(ctx) {
			return all, next.Seal(list), nil
		}
		page.After = next
	}
}
