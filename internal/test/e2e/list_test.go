package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/shop"
)

// paged are the operations that answer with a page of a list.
func paged() []api.Operation {
	return slices.DeleteFunc(api.All(app.Shelf()), func(o api.Operation) bool { return o.Input.Properties["cursor"] == nil })
}

// page is a page of a list, with more arguments.
func page(t *testing.T, s *storetest.Store, h household, o api.Operation, more object) storetest.Answer {
	t.Helper()
	in := arguments(o, h)
	for name, value := range more {
		in[name] = value
	}
	return storetest.Do(t, &h.browser.Client, h.request(t, s, o, in))
}

// objectsOf are the objects of a page, as text.
func objectsOf(t *testing.T, a storetest.Answer) []string {
	t.Helper()
	answer, _ := a.Get().(object)
	for name, value := range answer {
		if name == "facets" {
			continue // on the first page alone: counts, and no objects
		}
		if list, isList := value.([]any); isList {
			texts := make([]string, len(list))
			for i, o := range list {
				texts[i] = fmt.Sprint(o)
			}
			return texts
		}
	}
	t.Fatalf("%d %s", a.Status, a.Body)
	return nil
}

// busy is a household with several objects in every list.
func busy(t *testing.T, s *storetest.Store, name string, sees shop.Sees) household {
	t.Helper()
	h := everythingOf(t, s, name, sees)
	own := *s
	own.Key = h.key
	actions := storetest.Services + "/" + h.ids["serviceId"] + "/server/"
	for n, image := range []string{"debian-12", "ubuntu-24.04", "nvidia-ai-ubuntu"} {
		own.Buy(t, own.Quote(t), "more"+strconv.Itoa(n))
		own.Work(t)
		own.Call(t, http.MethodPost, actions+"reinstall", object{"image": image, "idempotencyKey": image}) // asks
		own.Call(t, http.MethodPost, actions+"restart", nil)
	}
	return h
}

// TestLists walks every list by pages of one, in both orders and by each status, over
// HTTP, on every engine.
func TestLists(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, rich())
		for _, sees := range []shop.Sees{shop.SeesAccount, shop.SeesOwn} {
			h := busy(t, s, string(sees), sees)
			for _, o := range paged() {
				expectPages(t, s, h, o)
			}
		}
	})
}

func expectPages(t *testing.T, s *storetest.Store, h household, o api.Operation) {
	t.Helper()
	whole := objectsOf(t, page(t, s, h, o, object{"limit": 100}))
	if len(whole) < 2 {
		t.Errorf("%s has %d objects", o.Name, len(whole))
	}
	expectWalk(t, s, h, o, object{}, whole)
	if o.Input.Properties["order"] != nil {
		expectWalk(t, s, h, o, object{"order": "newest"}, whole)
		backwards := slices.Clone(whole)
		slices.Reverse(backwards)
		expectWalk(t, s, h, o, object{"order": "oldest"}, backwards)
	}
	status := o.Input.Properties["status"]
	if status == nil {
		return
	}
	found := 0
	for _, value := range status.Enum {
		own := slices.DeleteFunc(slices.Clone(whole), func(text string) bool {
			return !strings.Contains(strings.ReplaceAll(text, "]", " "), fmt.Sprintf(" status:%s ", value))
		})
		expectWalk(t, s, h, o, object{"status": value}, own)
		found += len(own)
	}
	if found != len(whole) {
		t.Errorf("%s: %d of %d have a status", o.Name, found, len(whole))
	}
	if a := page(t, s, h, o, object{"status": "nice"}); a.Status != 400 || a.Text("param") != "$.status" {
		t.Errorf("%s by no status: %d %s", o.Name, a.Status, a.Body)
	}
}

func expectWalk(t *testing.T, s *storetest.Store, h household, o api.Operation, filter object, want []string) {
	t.Helper()
	got := []string{}
	filter["limit"] = 1
	for {
		if len(got) > len(want) {
			t.Fatalf("%s %v: %d objects, and no end", o.Name, filter, len(got))
		}
		a := page(t, s, h, o, filter)
		if a.Status != http.StatusOK {
			t.Fatalf("%s %v: %d %s", o.Name, filter, a.Status, a.Body)
		}
		got = append(got, objectsOf(t, a)...)
		next := a.Text("nextCursor")
		if a.Get("hasMore") != (next != "") {
			t.Errorf("%s %v: %s", o.Name, filter, a.Body)
		}
		if next == "" {
			break
		}
		filter["cursor"] = next
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s %v (-want +got):\n%s", o.Name, filter, diff)
	}
}

// filters are the arguments that make another list of the one without them, each with
// a value.
func filters(t *testing.T, o api.Operation) object {
	t.Helper()
	values := object{
		"order": "oldest", "category": "compute", "q": "vps", "outcome": "done", "operation": "key_create",
		"label": "ci", "agentId": "agt_none", "actor": "nobody", "subject": "nothing", "from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z",
	}
	found := object{}
	for name, in := range o.Input.Properties {
		switch value, isKnown := values[name]; {
		case name == "limit" || name == "cursor" || slices.Contains(o.Input.Required, name):
		case name == "status":
			found[name] = in.Enum[0]
		case isKnown:
			found[name] = value
		default:
			t.Errorf("%s has %s: give it a value here", o.Name, name)
		}
	}
	return found
}

// other is another letter.
func other(letter byte) string {
	if letter == 'A' {
		return "B"
	}
	return "A"
}

// TestCursorsOfOtherLists: a cursor that is damaged, invented, or of another account,
// operation, order or filter is refused, with what to do; never an empty page.
func TestCursorsOfOtherLists(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), rich())
	ada, bob := busy(t, s, "ada", shop.SeesAccount), busy(t, s, "bob", shop.SeesOwn)
	cursors := make(map[string]string)
	for _, o := range paged() {
		cursors[o.Name] = page(t, s, ada, o, object{"limit": 1}).Text("nextCursor")
	}
	expectBad := func(what string, a storetest.Answer) {
		t.Helper()
		const fix = "Leave cursor out to begin again, and send the filters of the first page again."
		if a.Status != 400 || a.Code() != "invalid_input" || a.Text("param") != "$.cursor" || a.Text("fixes", 0) != fix {
			t.Errorf("%s: %d %s", what, a.Status, a.Body)
		}
	}
	for _, o := range paged() {
		cursor := cursors[o.Name]
		if a := page(t, s, ada, o, object{"cursor": cursor, "limit": 7}); a.Status != 200 {
			t.Errorf("%s with its own cursor: %d %s", o.Name, a.Status, a.Body)
		}
		for _, bad := range []string{"x", cursor[:len(cursor)-1], cursor + "A", other(cursor[0]) + cursor[1:], strings.ToUpper(cursor), "cHVyY2hhc2VzOnB1cl94"} {
			expectBad(o.Name+" damaged", page(t, s, ada, o, object{"cursor": bad}))
		}
		for _, another := range paged() {
			if another.Name != o.Name {
				expectBad(o.Name+" with that of "+another.Name, page(t, s, ada, o, object{"cursor": cursors[another.Name]}))
			}
		}
		if theirs := page(t, s, bob, o, object{"cursor": cursor}); o.Public && theirs.Status != 200 {
			t.Errorf("%s is the same for everybody: %d %s", o.Name, theirs.Status, theirs.Body)
		} else if !o.Public {
			expectBad(o.Name+" of another account", theirs)
		}
		for name, value := range filters(t, o) {
			expectBad(o.Name+" with another "+name, page(t, s, ada, o, object{"cursor": cursor, name: value}))
		}
	}

	// The actions of another service of the account are another list.
	for i := range 2 {
		service := page(t, s, ada, api.ServiceList(), nil).Text("services", i, "id")
		if service != ada.ids["serviceId"] {
			expectBad("another service's", page(t, s, ada, api.ActionList(), object{"cursor": cursors["action_list"], "serviceId": service}))
		}
	}
	// The exports go on where audit_list does, and the other way round.
	for _, path := range []string{"/audit.csv", "/audit.jsonl"} {
		query := "?" + url.Values{"cursor": {cursors["audit_list"]}}.Encode()
		member(t, ada.browser, http.MethodGet, path+query, nil, 200)
		expectBad(path, member(t, ada.browser, http.MethodGet, path+query+"&order=oldest", nil, 400))
	}
	// An agent of the account that sees its own alone has another list.
	colleague := member(t, ada.browser, http.MethodPost, "/agents", object{"name": "own", "sees": "own"}, 201).Text("agent", "id")
	own := ada
	own.key = member(t, ada.browser, http.MethodPost, "/agents/"+colleague+"/keys", object{"name": "k", "scopes": app.Shelf().Rules().Scopes()}, 201).Text("secret")
	expectBad("another agent's", page(t, s, own, api.ServiceList(), object{"cursor": cursors["service_list"]}))
}
