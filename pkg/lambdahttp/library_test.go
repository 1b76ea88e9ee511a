package lambdahttp_test

import (
	"context"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
	"github.com/google/go-cmp/cmp"
)

// Each test of this file shows a fault of the library first, and then that it
// does not reach a handler or a client of this package. When the first half of
// one fails, the library has changed and the mending may go.

func libraryRequest(t *testing.T, event events.APIGatewayV2HTTPRequest) *http.Request {
	t.Helper()
	var accessor core.RequestAccessorV2
	r, err := accessor.EventToRequest(event)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func libraryAnswer(event events.APIGatewayV2HTTPRequest, h http.HandlerFunc) (events.APIGatewayV2HTTPResponse, error) {
	return httpadapter.NewV2(h).ProxyWithContext(context.Background(), event)
}

func wantFault(t *testing.T, shown bool) {
	t.Helper()
	if !shown {
		t.Error("the library has lost this fault")
	}
}

func TestLibraryCutsHeadersAtCommas(t *testing.T) {
	t.Parallel()
	headers := map[string]string{
		"Idempotency-Key":   "order 7, second try",
		"If-None-Match":     `"a,b", W/"c"`,
		"Signature":         `sig1=:bm90IGEgcmVhbCBvbmU=:, sig2=:YQ==:`,
		"Accept":            "text/html, application/json;q=0.9",
		"X-Amz-Date":        "Sun, 06 Nov 1994 08:49:37 GMT",
		"X-Forwarded-For":   "192.0.2.1, 192.0.2.2",
		"X-Spaces":          "  kept  ",
		"X-Commas":          ",,",
		"X-Tab":             "a,\tb",
		"If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT",
	}
	event := newEvent("GET", "/")
	maps.Copy(event.Headers, headers)

	wantFault(t, len(libraryRequest(t, event).Header["Idempotency-Key"]) == 2)

	want := make(http.Header)
	for name, value := range headers {
		want[name] = []string{value}
	}
	r, _ := received(t, event)
	if diff := cmp.Diff(want, r.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

func TestLibraryHasNoAnswerForASilentHandler(t *testing.T) {
	t.Parallel()
	silent := func(http.ResponseWriter, *http.Request) {}

	answer, err := libraryAnswer(newEvent("GET", "/"), silent)
	wantFault(t, err != nil && answer.StatusCode == http.StatusGatewayTimeout)

	answer = answerTo(t, newEvent("GET", "/"), silent)
	if answer.StatusCode != http.StatusOK || answer.Body != "" {
		t.Errorf("got %d %q, want an empty 200", answer.StatusCode, answer.Body)
	}
}

func TestLibraryLetsTheLastStatusWin(t *testing.T) {
	t.Parallel()
	twice := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusInternalServerError)
	}

	answer, _ := libraryAnswer(newEvent("GET", "/"), twice)
	wantFault(t, answer.StatusCode == http.StatusInternalServerError)

	if answer := answerTo(t, newEvent("GET", "/"), twice); answer.StatusCode != http.StatusCreated {
		t.Errorf("got %d, want the first status", answer.StatusCode)
	}
}

func TestLibraryEndsWithAnInformationalStatus(t *testing.T) {
	t.Parallel()
	for _, informational := range []int{100, 101, 102, 103} {
		hint := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(informational) }

		answer, _ := libraryAnswer(newEvent("GET", "/"), hint)
		wantFault(t, answer.StatusCode == informational)

		if answer := answerTo(t, newEvent("GET", "/"), hint); answer.StatusCode != http.StatusOK {
			t.Errorf("%d became %d, want 200", informational, answer.StatusCode)
		}
	}
}

func TestLibraryGivesNoPort(t *testing.T) {
	t.Parallel()
	for sourceIP, want := range map[string]string{
		"192.0.2.7":    "192.0.2.7:0",
		"2001:db8::7":  "[2001:db8::7]:0",
		"fe80::1%eth0": "[fe80::1%eth0]:0",
		"":             ":0",
		"]:nonsense[":  ":0",
	} {
		event := newEvent("GET", "/")
		event.RequestContext.HTTP.SourceIP = sourceIP

		_, _, err := net.SplitHostPort(libraryRequest(t, event).RemoteAddr)
		wantFault(t, err != nil)

		r, _ := received(t, event)
		if r.RemoteAddr != want {
			t.Errorf("%q became %q, want %q", sourceIP, r.RemoteAddr, want)
		}
		if _, _, err := net.SplitHostPort(r.RemoteAddr); err != nil {
			t.Error(err)
		}
	}
}

func TestLibraryTakesHeadersThatComeTooLate(t *testing.T) {
	t.Parallel()
	for name, decide := range map[string]func(http.ResponseWriter){
		"after WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) },
		"after Write":       func(w http.ResponseWriter) { w.Write([]byte("{}")) },
		"after empty Write": func(w http.ResponseWriter) { w.Write(nil) },
	} {
		late := func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Etag"] = []string{`"1"`}
			w.Header().Set("Content-Type", "application/json")
			decide(w)
			w.Header()["Etag"][0] = `"2"`
			w.Header().Set("X-Late", "yes")
			w.Header().Del("Content-Type")
		}

		answer, _ := libraryAnswer(newEvent("GET", "/"), late)
		wantFault(t, answer.Headers["X-Late"] == "yes")

		want := map[string]string{"Etag": `"1"`, "Content-Type": "application/json"}
		if diff := cmp.Diff(want, answerTo(t, newEvent("GET", "/"), late).Headers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLibraryReadsTheEnvironment(t *testing.T) {
	printed(t)
	for _, value := range []string{"https://other.example.net/prefix?x=", "::", "\n"} {
		t.Setenv("GO_API_HOST", value)
		event := newEvent("GET", "/v1/agent/catalog")

		var accessor core.RequestAccessorV2
		library, err := accessor.EventToRequest(event)
		wantFault(t, err != nil || library.Host == "other.example.net")

		r, _ := received(t, event)
		got := []string{r.Host, r.URL.Host, r.URL.Path, r.RequestURI}
		want := []string{"store.example.com", "", "/v1/agent/catalog", "/v1/agent/catalog"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("GO_API_HOST=%q (-want +got):\n%s", value, diff)
		}
	}
}

func TestLibraryPrints(t *testing.T) {
	read := printed(t)
	event := newEvent("NO METHOD", "/")

	var accessor core.RequestAccessorV2
	_, err := accessor.EventToRequest(event)
	wantFault(t, err != nil && strings.Contains(read(), "Could not convert request"))

	before := read()
	if answer := answerTo(t, event, nil); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("got %d, want 400", answer.StatusCode)
	}
	if after := read(); after != before {
		t.Errorf("printed %q", after[len(before):])
	}
}

// printed catches what is printed to the standard output and to package log until
// the test is over, and gives it so far.
func printed(t *testing.T) func() string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "printed"))
	if err != nil {
		t.Fatal(err)
	}
	stdout, logged := os.Stdout, log.Writer()
	os.Stdout = file
	log.SetOutput(file)
	t.Cleanup(func() {
		os.Stdout = stdout
		log.SetOutput(logged)
		file.Close()
	})
	return func() string {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
}

func TestLibraryMakesAHeaderOfEachCookie(t *testing.T) {
	t.Parallel()
	event := newEvent("GET", "/")
	event.Cookies = []string{"session=a,b", "theme=dark"}
	event.Headers["cookie"] = "session=a,b; theme=dark" // as some senders do

	wantFault(t, len(libraryRequest(t, event).Header["Cookie"]) > 1)

	r, _ := received(t, event)
	if diff := cmp.Diff([]string{"session=a,b; theme=dark"}, r.Header["Cookie"]); diff != "" {
		t.Errorf("Cookie (-want +got):\n%s", diff)
	}
}

func TestLibraryPutsTheHostAmongTheHeaders(t *testing.T) {
	t.Parallel()
	event := newEvent("GET", "/")
	event.Headers["host"] = "shop.example.org"

	wantFault(t, libraryRequest(t, event).Header["Host"] != nil)

	r, _ := received(t, event)
	if r.Host != "shop.example.org" || r.Header["Host"] != nil {
		t.Errorf("Host %q, header %v", r.Host, r.Header)
	}
	delete(event.Headers, "host")
	if r, _ := received(t, event); r.Host != "store.example.com" {
		t.Errorf("Host %q without the header, want the domain name", r.Host)
	}
}

func TestLibraryChangesMethods(t *testing.T) {
	t.Parallel()
	event := newEvent("get", "/")

	wantFault(t, libraryRequest(t, event).Method == "GET")

	// RFC 9110, section 9.1: the method is case-sensitive.
	if r, _ := received(t, event); r.Method != "get" {
		t.Errorf("got %q", r.Method)
	}
}

func TestLibraryMakesUpAQuery(t *testing.T) {
	t.Parallel()
	event := newEvent("GET", "/")
	event.QueryStringParameters = map[string]string{"q": "1,2"}

	wantFault(t, libraryRequest(t, event).URL.RawQuery == "q=1%2C2")

	// The parameters are a lossy copy: repeated ones are joined with commas.
	if r, _ := received(t, event); r.URL.RawQuery != "" {
		t.Errorf("got %q", r.URL.RawQuery)
	}
}

func TestLibraryTakesPathCharactersForSyntax(t *testing.T) {
	t.Parallel()
	event := newEvent("GET", "/a?b#c")
	event.RawQueryString = "q=1#2"

	wantFault(t, libraryRequest(t, event).URL.Path == "/a")

	r, _ := received(t, event)
	got := []string{r.URL.Path, r.URL.RawQuery, r.URL.Fragment}
	if diff := cmp.Diff([]string{"/a?b#c", "q=1#2", ""}, got); diff != "" {
		t.Errorf("path, query, fragment (-want +got):\n%s", diff)
	}
}

func TestLibraryJoinsHeadersWithoutASpace(t *testing.T) {
	t.Parallel()
	vary := func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Vary"] = []string{"Accept", "Origin"}
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2, 3"}
		w.WriteHeader(http.StatusNoContent)
	}

	answer, _ := libraryAnswer(newEvent("GET", "/"), vary)
	wantFault(t, answer.Headers["Vary"] == "Accept,Origin")

	answer = answerTo(t, newEvent("GET", "/"), vary)
	if diff := cmp.Diff(map[string]string{"Vary": "Accept, Origin"}, answer.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a=1", "b=2, 3"}, answer.Cookies); diff != "" {
		t.Errorf("cookies (-want +got):\n%s", diff)
	}
}

func TestLibraryLetsValuesAddHeaders(t *testing.T) {
	t.Parallel()
	split := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/x\r\nSet-Cookie: stolen=1")
		w.Header()["No Name"] = []string{"x"}
		w.Header()["X-None"] = nil
	}

	answer, _ := libraryAnswer(newEvent("GET", "/"), func(w http.ResponseWriter, r *http.Request) {
		split(w, r)
		w.WriteHeader(http.StatusOK)
	})
	wantFault(t, len(answer.Headers) == 3)

	answer = answerTo(t, newEvent("GET", "/"), split)
	if diff := cmp.Diff(map[string]string{"Location": "/x  Set-Cookie: stolen=1"}, answer.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestLibraryGuessesTheTypeFromTheFirstPiece(t *testing.T) {
	t.Parallel()
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("<"))
		w.Write([]byte("!doctype html>"))
	}

	answer, _ := libraryAnswer(newEvent("GET", "/"), page)
	wantFault(t, answer.Headers["Content-Type"] == "text/plain; charset=utf-8")

	answer = answerTo(t, newEvent("GET", "/"), page)
	if got := answer.Headers["Content-Type"]; got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
}

func TestLibraryGivesABodyWhereThereIsNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		status int
	}{
		{"HEAD", http.StatusOK},
		{"GET", http.StatusNoContent},
		{"GET", http.StatusNotModified},
	} {
		wordy := func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			w.Write([]byte("word"))
		}

		answer, _ := libraryAnswer(newEvent(c.method, "/"), wordy)
		wantFault(t, answer.Body == "word")

		answer = answerTo(t, newEvent(c.method, "/"), wordy)
		if answer.StatusCode != c.status || answer.Body != "" {
			t.Errorf("%s: got %d %q", c.method, answer.StatusCode, answer.Body)
		}
	}
}

func TestLibraryTakesStatusesThatDoNotExist(t *testing.T) {
	t.Parallel()
	for _, status := range []int{-1, 0, 99, 1000} {
		wrong := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }

		answer, err := libraryAnswer(newEvent("GET", "/"), wrong)
		wantFault(t, answer.StatusCode == status || err != nil)

		if answer := answerTo(t, newEvent("GET", "/"), wrong); answer.StatusCode != http.StatusInternalServerError {
			t.Errorf("%d became %d, want 500", status, answer.StatusCode)
		}
	}
}

func TestLibraryFailsOnABadBody(t *testing.T) {
	t.Parallel()
	event := newEvent("POST", "/")
	event.Body, event.IsBase64Encoded = "not base64", true

	_, err := libraryAnswer(event, nil)
	wantFault(t, err != nil)

	if answer := answerTo(t, event, nil); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("got %d, want 400", answer.StatusCode)
	}
}

func TestLibraryPutsTheContextIntoAHeader(t *testing.T) {
	t.Parallel()
	event := newEvent("GET", "/")
	var library *http.Request
	httpadapter.NewV2(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { library = r })).Proxy(event)

	// Its JSON costs more than all the rest of the conversion.
	wantFault(t, library.Header.Get(core.APIGwContextHeader) != "")

	if r, _ := received(t, event); len(r.Header) != 0 {
		t.Errorf("headers that the event does not have: %v", r.Header)
	}
}
