package issuer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// tokenLifetime is how long an ID token is valid. The store reads it at once.
const tokenLifetime = 5 * time.Minute

type object = map[string]any

// discovery says where everything is (OpenID Connect Discovery 1.0, section 3).
func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	origin := i.url[:len(i.url)-len(Path)]
	write(w, http.StatusOK, object{
		"issuer": i.url, "authorization_endpoint": origin + authorizePath, "token_endpoint": origin + tokenPath,
		"jwks_uri": origin + keysPath, "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"none"},
		"scopes_supported":                               []string{"openid", "email", "profile"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func (i *Issuer) publish(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, i.keys) }

// token exchanges a code for an ID token (RFC 6749, section 4.1.3; RFC 7636,
// section 4.6).
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "authorization_code" {
		write(w, http.StatusBadRequest, object{"error": "unsupported_grant_type"})
		return
	}
	g, found := i.redeem(r.PostForm.Get("code"))
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !found || r.PostForm.Get("client_id") != ClientID || r.PostForm.Get("redirect_uri") != g.redirect ||
		base64.RawURLEncoding.EncodeToString(challenge[:]) != g.challenge {
		write(w, http.StatusBadRequest, object{"error": "invalid_grant"})
		return
	}
	access := rand.Text()
	idToken, err := i.sign(g, access)
	if err != nil {
		write(w, http.StatusInternalServerError, object{"error": "server_error"})
		return
	}
	write(w, http.StatusOK, object{
		"access_token": access, "token_type": "Bearer", "expires_in": int(tokenLifetime.Seconds()), "id_token": idToken,
	})
}

// sign makes the ID token (OpenID Connect Core 1.0, section 2), with the time of the
// login and, where the person says so, that it had a second factor. Its at_hash is the
// left half of the access token's hash (section 3.1.3.6).
func (i *Issuer) sign(g grant, access string) (string, error) {
	hash := sha256.Sum256([]byte(access))
	now := i.now()
	claims := object{
		"iss": i.url, "aud": ClientID, "sub": g.person.subject, "nonce": g.nonce,
		"iat": now.Unix(), "exp": now.Add(tokenLifetime).Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(hash[:len(hash)/2]),
		"name":    g.person.name, "email": g.person.email, "email_verified": g.person.verified,
		"auth_time": g.at.Unix(),
	}
	if g.person.mfa {
		claims["amr"] = []string{"mfa"} // RFC 8176, section 2
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := i.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

func write(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a caller who has gone cannot be helped
}
