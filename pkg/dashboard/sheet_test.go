package dashboard_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"agentstore/internal/test/storetest"
)

// A service is found by a part of its name or of its address, with the other filters.
func TestServicesAreFound(t *testing.T) {
	t.Parallel()
	_, b := funded(t)
	for _, host := range []string{"web-1", "web-2", "mail"} {
		b.Send(t, b.Send(t, microPath, order("idempotencyKey", host, "configuration.hostname", host)).URL.Path, nil)
	}
	list := b.Call(t, http.MethodGet, storetest.Account+"/services", nil)
	service := b.Open(t, "/services/"+list.Text("services", 0, "id"))
	address := regexp.MustCompile(`198\.51\.100\.\d+`).FindString(service.Body)
	found := func(query string) []string {
		page := b.Open(t, "/services?"+query)
		expectPage(t, page, http.StatusOK)
		var names []string
		for _, name := range []string{"web-1", "web-2", "mail"} {
			if strings.Contains(page.Body, "<bdi>"+name+"</bdi>") {
				names = append(names, name)
			}
		}
		return names
	}
	if address == "" {
		t.Fatalf("the service has no address: %s", service.Body)
	}
	newest := list.Text("services", 0, "displayName")
	for query, want := range map[string][]string{
		"q=WEB": {"web-1", "web-2"}, "q=+mail+": {"mail"}, "q=" + address: {newest}, "q=none": nil, "q=web&status=active": {"web-1", "web-2"}, "q=web&status=failed": nil, "q=web&label=none": nil,
	} {
		if got := found(query); !slices.Equal(got, want) {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	expectPage(t, b.Open(t, "/services?q=none"), http.StatusOK, "No service is what you look for", `value="none"`)
}

// Lists are files too, with the filters of their pages, and no cell of them is a formula.
func TestListsAreFiles(t *testing.T) {
	t.Parallel()
	b := hostileStore(t)
	b.Send(t, "/agents", url.Values{"name": {"=1+1"}, "sees": {"own"}})
	for at, want := range map[string]struct {
		column, holds string
		lines         int
	}{
		"/services?as=csv": {"status", "active", 1}, "/services?as=csv&q=none": {"", "", 0}, "/services?as=csv&q=deploy": {"name", "deploy-node-01", 1},
		"/purchases?as=csv": {"what", "1 × VPS Micro", 3}, "/wallet?as=csv": {"out", "24.00", 2},
	} {
		file := b.Open(t, at)
		if file.Status != http.StatusOK || file.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("%s: %d %v", at, file.Status, file.Header)
		}
		lines, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
		if err != nil || len(lines) != want.lines+1 {
			t.Errorf("%s: %d lines, error %v: %s", at, len(lines)-1, err, file.Body)
			continue
		}
		for _, cell := range slices.Concat(lines...) {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "-") || strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "@") {
				t.Errorf("%s: a spreadsheet would calculate %q", at, cell)
			}
		}
		column := slices.Index(lines[0], want.column)
		if want.lines > 0 && !slices.ContainsFunc(lines[1:], func(line []string) bool { return line[column] == want.holds }) {
			t.Errorf("%s: no %s is %q: %s", at, want.column, want.holds, file.Body)
		}
	}
	stranger := b.Open(t, "/services?as=csv&label=%3D1")
	expectPage(t, stranger, http.StatusOK)
}
