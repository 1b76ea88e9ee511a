package typescript

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"agentstore/internal/test/storetest"
)

// The client rejects an answer that is not what the tool announces. So that it
// rejects none in the other tests means something.
func TestClientNotices(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var between forger
	c := connect(t, between.serve(t, s.URL), s.Key)
	search := map[string]any{"q": "vps", "limit": 1}
	unknown := map[string]any{"quoteId": "quo_01JDEM00000000000000000000"}
	purchase := map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "key-of-a-forger"}
	for _, f := range []struct {
		what, tool string
		input      map[string]any
		forgery
	}{
		{"another type", "quote_create", storetest.Order(), forgery{`"totalPriceMinor":2400`, `"totalPriceMinor":"2400"`}},
		{"an unknown value", "quote_create", storetest.Order(), forgery{`"status":"open"`, `"status":"ajar"`}},
		{"a list of something else", "catalog_search", search, forgery{`"items":[`, `"items":[7,`}},
		{"another type in an object", "purchase_create", purchase, forgery{`"serviceType":"server"`, `"serviceType":7`}},
		{"another type in an error", "quote_get", unknown, forgery{`"detail":"`, `"quote":"`}},
	} {
		between.forgery.Store(nil)
		c.try(t, f.tool, f.input) // the true answer passes
		between.forgery.Store(&f.forgery)
		a := c.do(t, "callTool", map[string]any{"name": f.tool, "arguments": f.input})
		if a.Error == nil || a.Error.Code != invalidParams || !strings.Contains(a.Error.Message, "does not match the tool's output schema") {
			t.Errorf("%s: the client takes it: %s, %+v", f.what, a.Result, a.Error)
		}
	}
}

// forgery is a part of an answer, and what comes in its place.
type forgery struct{ from, to string }

// forger stands between the client and the store.
type forger struct{ forgery atomic.Pointer[forgery] }

func (f *forger) serve(t *testing.T, store string) string {
	t.Helper()
	target, err := url.Parse(store)
	must(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) }, // with the target's Host
		ModifyResponse: f.forge,
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// forge changes the structured content alone: in the text the quotes are escaped.
func (f *forger) forge(r *http.Response) error {
	forgery := f.forgery.Load()
	if forgery == nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body.Close()
	body = bytes.Replace(body, []byte(forgery.from), []byte(forgery.to), 1)
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}
