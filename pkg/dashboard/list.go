package dashboard

import (
	"context"
	"net/http"
	"strings"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// list is a page of a list that is by time, the newest first.
type list[T any] struct {
	path   string
	status string // empty: all
	label  string // of services, empty: all
	agent  string // the same
	query  string // what is in the name or the address of services, empty: anything
	match  func(shop.Service) bool
	after  shop.Cursor
	items  []T
	next   shop.Cursor
}

// newList reads which page is asked for.
func newList[T any](r *http.Request) (l list[T], err error) {
	asked := r.URL.Query()
	l.path, l.status, l.label, l.agent = r.URL.Path, asked.Get("status"), strings.TrimSpace(asked.Get("label")), asked.Get("agent")
	l.query = strings.TrimSpace(asked.Get("q"))
	l.after, err = shop.OpenCursor(l.name(), asked.Get("after"))
	return l, err
}

func (l *list[T]) name() string {
	return strings.Join([]string{l.path, l.status, l.label, l.agent, l.query}, " ")
}

// at is the page of the list that begins there.
func (l *list[T]) at(after shop.Cursor) string {
	return link(l.path, "status", l.status, "label", l.label, "agent", l.agent, "q", l.query, "after", after.Seal(l.name()))
}

// sheet is the whole list as a file, from its first page on.
func (l *list[T]) sheet() string {
	return link(l.path, "status", l.status, "label", l.label, "agent", l.agent, "q", l.query, asName, asCSV)
}

// load reads the page.
func (l *list[T]) load(f *frame, read func(context.Context, shop.Caller, shop.Page) ([]T, shop.Cursor, error)) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		l.items, l.next, err = read(ctx, f.caller, l.page(f))
		return err
	}
}

func (l *list[T]) page(f *frame) shop.Page {
	return shop.Page{Limit: onPage, After: l.after, Status: l.status, At: f.now, Label: l.label, Agent: id.Agent(l.agent), Match: l.match}
}

// narrowed reports whether a filter leaves something out.
func (l *list[T]) narrowed() bool { return l.status+l.label+l.agent+l.query != "" }

// newest and older are where the list goes on; empty for nowhere.
func (l *list[T]) newest() string {
	if l.after == "" {
		return ""
	}
	return l.at("")
}

func (l *list[T]) older() string {
	if l.next == "" {
		return ""
	}
	return l.at(l.next)
}
