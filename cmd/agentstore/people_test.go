package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// The store on a laptop brings an issuer of its own, and gives who logs in
// something to try out with.
func TestPeopleLogIn(t *testing.T) {
	t.Parallel()
	store, _, stop := startStore(t)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		base := strings.Replace(store, "127.0.0.1", host, 1)
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Jar: jar}
		at, text := read(t, browser, http.MethodGet, base+"/login", nil)
		if !strings.Contains(text, "for trying out") {
			t.Fatalf("the login leads to %s: %s", at, text)
		}
		fields := at.Query()
		fields.Set("name", "Ada")
		fields.Set("email", host+"@example.com")
		at.RawQuery = ""
		at, text = read(t, browser, http.MethodPost, at.String(), fields)
		if at.String() != base+"/" || !strings.Contains(text, "$1,000.00") {
			t.Errorf("the login ends at %s: %s", at, text)
		}
	}
	if printed := stop(); !strings.Contains(printed, store+"/\n") {
		t.Errorf("it does not say where people log in: %s", printed)
	}
}

// A store with an issuer of its operator's has no other.
func TestPeopleLogInElsewhere(t *testing.T) {
	t.Parallel()
	store, _, _ := startStore(t, "OIDC_ISSUER=http://127.0.0.1:1", "OIDC_CLIENT_ID=x")
	_, text := read(t, http.DefaultClient, http.MethodGet, store+"/login", nil)
	if !strings.Contains(text, "cannot reach what people log in with") {
		t.Errorf("the login says %s", text)
	}
	_, text = read(t, http.DefaultClient, http.MethodGet, store+"/local-issuer/.well-known/openid-configuration", nil)
	if !strings.Contains(text, "not_found") {
		t.Errorf("there is an issuer: %s", text)
	}
}

// read is where a request ends, and what is there.
func read(t *testing.T, client *http.Client, method, target string, fields url.Values) (*url.URL, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Request.URL, string(text)
}

// A store that others than this machine may reach believes nobody.
func TestNobodyIsBelievedFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, values := range [][]string{{"ADDR=0.0.0.0:0"}, {"PUBLIC_URL=https://store.example.com"}} {
		store, _, stop := startStore(t, values...)
		for path, want := range map[string]string{
			"/local-issuer/.well-known/openid-configuration": "not_found", "/login": "OIDC_ISSUER",
		} {
			if _, text := read(t, http.DefaultClient, http.MethodGet, store+path, nil); !strings.Contains(text, want) {
				t.Errorf("%v: %s is %s", values, path, text)
			}
		}
		if printed := stop(); !strings.Contains(printed, "nobody can log in") {
			t.Errorf("%v: it does not say so: %s", values, printed)
		}
	}
}
