package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/auth/oidc"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

const redirect = "https://store.example.com/login/callback"

// An access token and its at_hash, from OpenID Connect Core 1.0, appendix A.3.
const (
	exampleToken = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
	exampleHash  = "77QmUPtjPfzWtF2AnpK9RQ"
)

type object = map[string]any

// forger is an issuer that says whatever it is told.
type forger struct {
	*httptest.Server
	key         *rsa.PrivateKey
	discoveries int
	tokens      int
	// status of the token endpoint; zero is 200.
	status int
	// claims are those of a good ID token, with these set, or left out where nil.
	claims object
	signer *rsa.PrivateKey
	access string
	basic  string // user:password that the client sent
}

func newForger(t *testing.T) *forger {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{key: key, signer: key, access: "access", claims: object{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		f.discoveries++
		if f.discoveries == 1 {
			http.Error(w, "not yet", http.StatusServiceUnavailable)
			return
		}
		answer(w, object{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token",
			"jwks_uri": f.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		f.tokens++
		user, password, _ := r.BasicAuth()
		f.basic = user + ":" + password + " " + r.FormValue("client_id")
		if f.status != 0 {
			w.WriteHeader(f.status)
			return
		}
		token := object{"access_token": f.access, "token_type": "Bearer"}
		if signed := f.sign(t); signed != "" {
			token["id_token"] = signed
		}
		answer(w, token)
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func (f *forger) sign(t *testing.T) string {
	if f.claims == nil {
		return ""
	}
	claims := object{"iss": f.URL, "aud": "store", "sub": "1", "iat": noon.Unix(), "exp": noon.Add(time.Minute).Unix()}
	for name, value := range f.claims {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: f.signer, KeyID: "1"}}, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	payload, _ := json.Marshal(claims)
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Error(err)
		return ""
	}
	text, _ := signed.CompactSerialize()
	return text
}

func (f *forger) client(secret string) *oidc.Client {
	return &oidc.Client{
		Issuer: f.URL, ID: "store", Secret: secret, Now: func() time.Time { return noon }, HTTP: f.Client(),
	}
}

// begin makes a login, and returns what the issuer is asked for.
func begin(t *testing.T, c *oidc.Client) (attempt string, asked url.Values) {
	t.Helper()
	address, attempt, err := c.Begin(t.Context(), redirect, "/there", 0)
	for err != nil && fault.Is(err, fault.ProviderUnavailable) { // the discovery that fails at first
		address, attempt, err = c.Begin(t.Context(), redirect, "/there", 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return attempt, at.Query()
}

func TestFinish(t *testing.T) {
	t.Parallel()
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	who := func(change func(*shop.Identity)) *shop.Identity {
		i := &shop.Identity{Subject: "1"}
		change(i)
		return i
	}
	plain := who(func(*shop.Identity) {})
	tests := map[string]struct {
		forge func(*forger)
		want  *shop.Identity // nil is invalid_input
	}{
		"the least": {func(*forger) {}, plain},
		"everything": {func(f *forger) {
			f.access = exampleToken
			f.claims = object{
				"email": "a@b.c", "email_verified": true, "name": "Ada", "preferred_username": "ada",
				"azp": "store", "at_hash": exampleHash,
			}
		}, who(func(i *shop.Identity) { i.Email, i.EmailVerified, i.Name = "a@b.c", true, "Ada" })},
		"a verified text":      {func(f *forger) { f.claims = object{"email": "a@b.c", "email_verified": "true"} }, who(func(i *shop.Identity) { i.Email, i.EmailVerified = "a@b.c", true })},
		"not verified":         {func(f *forger) { f.claims = object{"email": "a@b.c", "email_verified": false} }, who(func(i *shop.Identity) { i.Email = "a@b.c" })},
		"not verified, text":   {func(f *forger) { f.claims = object{"email": "a@b.c", "email_verified": "false"} }, who(func(i *shop.Identity) { i.Email = "a@b.c" })},
		"verified by nonsense": {func(f *forger) { f.claims = object{"email": "a@b.c", "email_verified": 1} }, who(func(i *shop.Identity) { i.Email = "a@b.c" })},
		"another name":         {func(f *forger) { f.claims = object{"preferred_username": "ada"} }, who(func(i *shop.Identity) { i.Name = "ada" })},
		"several audiences":    {func(f *forger) { f.claims = object{"aud": []string{"x", "store"}, "azp": "store"} }, plain},

		"a time":        {func(f *forger) { f.claims = object{"auth_time": noon.Add(-time.Hour).Unix()} }, who(func(i *shop.Identity) { i.AuthenticatedAt = noon.Add(-time.Hour) })},
		"a time, text":  {func(f *forger) { f.claims = object{"auth_time": "1769860800"} }, who(func(i *shop.Identity) { i.AuthenticatedAt = noon })},
		"a clock ahead": {func(f *forger) { f.claims = object{"auth_time": noon.Add(time.Minute).Unix()} }, who(func(i *shop.Identity) { i.AuthenticatedAt = noon })},
		"two factors":   {func(f *forger) { f.claims = object{"amr": []string{"pwd", "mfa"}} }, who(func(i *shop.Identity) { i.MFA = true })},
		"two, a text":   {func(f *forger) { f.claims = object{"amr": "mfa"} }, who(func(i *shop.Identity) { i.MFA = true })},
		"one factor":    {func(f *forger) { f.claims = object{"amr": []string{"pwd", "MFA"}} }, plain},

		"a time to come":           {func(f *forger) { f.claims = object{"auth_time": noon.Add(time.Minute + time.Second).Unix()} }, nil},
		"no time":                  {func(f *forger) { f.claims = object{"auth_time": "noon"} }, nil},
		"no list of methods":       {func(f *forger) { f.claims = object{"amr": 1} }, nil},
		"another issuer":           {func(f *forger) { f.claims = object{"iss": "https://evil.example.com"} }, nil},
		"another audience":         {func(f *forger) { f.claims = object{"aud": "another"} }, nil},
		"no audience":              {func(f *forger) { f.claims = object{"aud": nil} }, nil},
		"another authorized party": {func(f *forger) { f.claims = object{"aud": []string{"x", "store"}, "azp": "x"} }, nil},
		"expired":                  {func(f *forger) { f.claims = object{"exp": noon.Add(-time.Second).Unix()} }, nil},
		"another nonce":            {func(f *forger) { f.claims = object{"nonce": "another"} }, nil},
		"no nonce":                 {func(f *forger) { f.claims = object{"nonce": nil} }, nil},
		"another access token":     {func(f *forger) { f.claims = object{"at_hash": exampleHash} }, nil},
		"another key":              {func(f *forger) { f.signer = stranger }, nil},
		"no ID token":              {func(f *forger) { f.claims = nil }, nil},
		"a refused code":           {func(f *forger) { f.status = http.StatusBadRequest }, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForger(t)
			c := f.client("")
			attempt, asked := begin(t, c)
			f.claims["nonce"] = asked.Get("nonce")
			nonce := f.claims["nonce"]
			test.forge(f)
			if f.claims != nil {
				if _, set := f.claims["nonce"]; !set {
					f.claims["nonce"] = nonce
				}
			}
			got, target, err := c.Finish(t.Context(), redirect, attempt, url.Values{"code": {"c"}, "state": {asked.Get("state")}})
			if f.tokens != 1 {
				t.Errorf("the code was sent %d times", f.tokens)
			}
			if test.want == nil {
				if !fault.Is(err, fault.InvalidInput) || got != (shop.Identity{}) {
					t.Fatalf("%+v, error %v", got, err)
				}
				return
			}
			want := *test.want
			want.Issuer = f.URL
			if diff := cmp.Diff(want, got); err != nil || diff != "" || target != "/there" {
				t.Errorf("error %v, target %q, (-want +got):\n%s", err, target, diff)
			}
			if f.basic != ": store" {
				t.Errorf("the client says it is %q", f.basic)
			}
		})
	}
}

// A login that is older than was asked for, or of an unknown time, is refused, and
// it is known whose it was. The issuer's clock may be a minute off.
func TestMaxAge(t *testing.T) {
	t.Parallel()
	const age = 15 * time.Minute
	for name, test := range map[string]struct {
		asked time.Duration
		said  any
		good  bool
	}{
		"now":                    {age, noon.Unix(), true},
		"just in time":           {age, noon.Add(-age - time.Minute).Unix(), true},
		"too old":                {age, noon.Add(-age - time.Minute - time.Second).Unix(), false},
		"not said":               {age, nil, false},
		"nothing asked":          {0, nil, true},
		"nothing asked, and old": {0, noon.Add(-24 * time.Hour).Unix(), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForger(t)
			c := f.client("")
			begin(t, c) // the discovery
			address, attempt, err := c.Begin(t.Context(), redirect, "/there", test.asked)
			if err != nil {
				t.Fatal(err)
			}
			at, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			asked := at.Query()
			if want := map[bool]string{true: "900", false: ""}[test.asked > 0]; asked.Get("max_age") != want || asked.Has("prompt") != (want != "") {
				t.Errorf("the issuer is asked by %s", address)
			}
			f.claims = object{"nonce": asked.Get("nonce"), "auth_time": test.said}
			who, target, err := c.Finish(t.Context(), redirect, attempt, url.Values{"code": {"c"}, "state": {asked.Get("state")}})
			if test.good && err != nil || !test.good && !fault.Is(err, fault.StaleLogin) || who.Subject != "1" || target != "/there" {
				t.Errorf("%+v to %q, error %v", who, target, err)
			}
		})
	}
}

// Where an issuer says it otherwise, the operator says where.
func TestOtherClaims(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	c := f.client("")
	c.AuthTimeClaim, c.MFAClaim, c.MFAValues = "custom:at", "custom:how", []string{"otp", "hwk"}
	attempt, asked := begin(t, c)
	f.claims = object{"nonce": asked.Get("nonce"), "custom:at": "1769860800", "custom:how": "hwk", "auth_time": 1, "amr": []string{"mfa"}}
	who, _, err := c.Finish(t.Context(), redirect, attempt, url.Values{"code": {"c"}, "state": {asked.Get("state")}})
	if err != nil || !who.AuthenticatedAt.Equal(noon) || !who.MFA {
		t.Errorf("%+v, error %v", who, err)
	}
	attempt, asked = begin(t, c)
	f.claims = object{"nonce": asked.Get("nonce"), "auth_time": noon.Unix(), "amr": []string{"mfa"}}
	who, _, err = c.Finish(t.Context(), redirect, attempt, url.Values{"code": {"c"}, "state": {asked.Get("state")}})
	if err != nil || !who.AuthenticatedAt.IsZero() || who.MFA {
		t.Errorf("%+v, error %v", who, err)
	}
}

// The discovery is read once, and again only until it could be.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	c := f.client("secret")
	if _, _, err := c.Begin(t.Context(), redirect, "/", 0); !fault.Is(err, fault.ProviderUnavailable) {
		t.Fatalf("the error is %v", err)
	}
	for range 3 {
		attempt, asked := begin(t, c)
		f.claims["nonce"] = asked.Get("nonce")
		if _, _, err := c.Finish(t.Context(), redirect, attempt, url.Values{"code": {"c"}, "state": {asked.Get("state")}}); err != nil {
			t.Fatal(err)
		}
	}
	if f.discoveries != 2 {
		t.Errorf("the discovery was read %d times", f.discoveries)
	}
	if f.basic != "store:secret " {
		t.Errorf("the client says it is %q", f.basic)
	}
}

func TestIssuerThatFails(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	c := f.client("")
	attempt, asked := begin(t, c)
	f.status = http.StatusBadGateway
	answer := url.Values{"code": {"c"}, "state": {asked.Get("state")}}
	if _, _, err := c.Finish(t.Context(), redirect, attempt, answer); !fault.Is(err, fault.ProviderUnavailable) {
		t.Errorf("the error is %v", err)
	}
	f.Close()
	if _, _, err := c.Finish(t.Context(), redirect, attempt, answer); !fault.Is(err, fault.ProviderUnavailable) {
		t.Errorf("the error is %v", err)
	}
}

// Every login has secrets of its own, and none tells another.
func TestAttemptsDiffer(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	c := f.client("")
	seen := make(map[string]bool)
	for range 10 {
		attempt, asked := begin(t, c)
		for _, secret := range []string{attempt, asked.Get("state"), asked.Get("nonce"), asked.Get("code_challenge")} {
			if seen[secret] || len(secret) < 43 {
				t.Errorf("%q is not new", secret)
			}
			seen[secret] = true
		}
	}
	for _, text := range []string{"", "a", "a.b", "a.b.c", "a.1.0.!", "a.1.x.b", "a.x.0.b", "a.1.0.b.c"} {
		if _, _, err := c.Finish(t.Context(), redirect, text, url.Values{"code": {"c"}, "state": {"s"}}); !fault.Is(err, fault.InvalidInput) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
