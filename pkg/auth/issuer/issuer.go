// Package issuer is an OpenID Connect issuer for trying out the store on one
// machine: whoever opens its page says who they are, and is believed. It serves only
// this machine, and no function links it.
package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Path is where the issuer is, on its host.
const Path = "/local-issuer"

// ClientID is what the store is called there. It is a public client.
const ClientID = "agentstore"

// The pages of the issuer.
const (
	discoveryPath = Path + "/.well-known/openid-configuration"
	authorizePath = Path + "/authorize"
	tokenPath     = Path + "/token"
	keysPath      = Path + "/keys"
)

// Issuer is an issuer whose key is lost with it.
type Issuer struct {
	url       string
	redirects []string
	now       func() time.Time
	signer    jose.Signer
	keys      jose.JSONWebKeySet

	mu    sync.Mutex
	codes map[string]grant
}

// New makes an issuer on an origin, such as http://127.0.0.1:3000, that sends people
// back only to these addresses.
func New(origin string, now func() time.Time, redirects ...string) (*Issuer, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key := jose.JSONWebKey{Key: private, KeyID: "local", Algorithm: string(jose.ES256), Use: "sig"}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	if err != nil {
		return nil, err
	}
	return &Issuer{
		url: origin + Path, redirects: redirects, now: now, signer: signer,
		keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}}, codes: make(map[string]grant),
	}, nil
}

// URL is the issuer's identifier.
func (i *Issuer) URL() string { return i.url }

// Handler serves everything below Path.
func (i *Issuer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+discoveryPath, i.discovery)
	mux.HandleFunc("GET "+authorizePath, i.ask)
	mux.HandleFunc("POST "+authorizePath, i.answer)
	mux.HandleFunc("POST "+tokenPath, i.token)
	mux.HandleFunc("GET "+keysPath, i.publish)
	return loopback(http.NewCrossOriginProtection().Handler(mux))
}

// loopback refuses whoever is not on this machine, or speaks for somebody who may
// not be: a proxy on this machine is a local peer, whoever is behind it. It also
// refuses the pages of sites whose name was made to lead here.
func loopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := (&url.URL{Host: r.Host}).Hostname()
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !peer.Addr().Unmap().IsLoopback() || !isLoopback(host) || proxied(r) {
			http.Error(w, "The issuer for trying out serves its own machine alone, and nobody by a proxy.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// proxied reports whether a request has come through a proxy, as far as proxies say
// so: with a header (RFC 7239; RFC 9110, section 7.6.3), or by using HTTP/1.0, which
// some of them still speak, and browsers do not.
func proxied(r *http.Request) bool {
	for name := range r.Header {
		name = strings.ToLower(name)
		if name == "forwarded" || name == "via" || name == "x-real-ip" || strings.HasPrefix(name, "x-forwarded") {
			return true
		}
	}
	return !r.ProtoAtLeast(1, 1)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
