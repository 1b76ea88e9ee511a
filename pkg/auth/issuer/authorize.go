package issuer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/text"
)

// codeLifetime is how long a code can be exchanged (RFC 6749, section 4.1.2, has
// ten minutes at most).
const codeLifetime = time.Minute

// maxCodes bounds what mischief on this machine can fill.
const maxCodes = 1000

// grant is what a code stands for.
type grant struct {
	redirect, challenge, nonce string
	person                     person
	at                         time.Time // of the login
	expires                    time.Time
}

type person struct {
	subject, name, email string
	verified             bool
	mfa                  bool
}

// request asks whether the store may be told who a person is.
type request struct{ redirect, state, nonce, challenge string }

// parse reads the request. Without a known redirect nobody is sent anywhere.
func (i *Issuer) parse(form url.Values) (request, error) {
	switch {
	case form.Get("client_id") != ClientID:
		return request{}, fmt.Errorf("client_id must be %s", ClientID)
	case !slices.Contains(i.redirects, form.Get("redirect_uri")):
		return request{}, fmt.Errorf("redirect_uri must be one of %q", i.redirects)
	case form.Get("response_type") != "code":
		return request{}, fmt.Errorf("response_type must be code")
	case !slices.Contains(strings.Fields(form.Get("scope")), "openid"):
		return request{}, fmt.Errorf("scope must hold openid")
	case form.Get("code_challenge_method") != "S256" || form.Get("code_challenge") == "":
		return request{}, fmt.Errorf("code_challenge_method must be S256, with a code_challenge")
	}
	return request{form.Get("redirect_uri"), form.Get("state"), form.Get("nonce"), form.Get("code_challenge")}, nil
}

// ask shows the page on which people say who they are: every time, as max_age and
// prompt=login require.
func (i *Issuer) ask(w http.ResponseWriter, r *http.Request) {
	form := r.URL.Query()
	q, err := i.parse(form)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var hidden strings.Builder
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"} {
		fmt.Fprintf(&hidden, "<input type=hidden name=%s value=\"%s\">\n", name, html.EscapeString(form.Get(name)))
	}
	back, _ := url.Parse(q.redirect) // one of the known
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	// A form may be redirected to nowhere but there.
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+styleHash+"'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+back.Scheme+"://"+back.Host)
	fmt.Fprintf(w, page, hidden.String())
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in, for trying out</title>
<style>` + style + `</style>
<main>
<h1>Log in, for trying out</h1>
<p>This page is part of the store on this machine. It takes your word for who you are and asks for no password. A store
that is deployed sends people to a real issuer instead.</p>
<form method="post" action="` + authorizePath + `">
%s<p><label>Name<br><input name="name" value="Ada Lovelace" required maxlength="100" autofocus></label></p>
<p><label>Email<br><input name="email" type="email" value="ada@example.com" required maxlength="200"></label></p>
<p><label><input name="verified" type="checkbox" value="true" checked> The address is verified</label></p>
<p><label><input name="mfa" type="checkbox" value="true"> With a second factor</label></p>
<p><button>Log in</button></p>
</form>
</main>
</html>
`

// style has the page look like those of the store, which load nothing of an issuer.
const style = `:root{color-scheme:light dark}body{margin:0;background:light-dark(#f7f8f9,#0e1013);color:light-dark(#16191e,#eceef1);font:.875rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}` +
	`main{max-width:26rem;margin:48px auto;padding:24px;background:light-dark(#fff,#15181c);border:1px solid light-dark(#e2e5e9,#292e35);border-radius:8px}h1{font-size:1.25rem;margin:0 0 12px}` +
	`input:not([type=checkbox]){font:inherit;font-size:1rem;width:100%%;box-sizing:border-box;min-height:40px;padding:4px 10px;border:1px solid light-dark(#858c98,#6c7583);border-radius:6px;background:none;color:inherit}` +
	`button{font:inherit;font-weight:500;min-height:44px;padding:0 16px;border:0;border-radius:6px;background:light-dark(#2355d0,#3a68e0);color:#fff;cursor:pointer}:focus-visible{outline:2px solid light-dark(#2355d0,#8fb0ff);outline-offset:2px}`

// styleHash names the style to browsers (CSP Level 3, section 2.3.1).
var styleHash = func() string {
	sum := sha256.Sum256([]byte(strings.ReplaceAll(style, "%%", "%")))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// answer believes the page, and sends the browser back with a code.
func (i *Issuer) answer(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	q, err := i.parse(r.PostForm)
	email := strings.ToLower(strings.TrimSpace(r.PostForm.Get("email")))
	if err == nil && !text.IsEmail(email) {
		err = fmt.Errorf("email is not an address, such as ada@example.com")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// The same address is the same person, even after the store was started again.
	subject := sha256.Sum256([]byte(email))
	code := i.grant(grant{
		redirect: q.redirect, challenge: q.challenge, nonce: q.nonce,
		person: person{
			subject: hex.EncodeToString(subject[:16]), name: strings.TrimSpace(r.PostForm.Get("name")),
			email: email, verified: r.PostForm.Get("verified") == "true", mfa: r.PostForm.Get("mfa") == "true",
		},
		at: i.now(), expires: i.now().Add(codeLifetime),
	})
	back := q.redirect + "?" + url.Values{"code": {code}, "state": {q.state}, "iss": {i.url}}.Encode()
	http.Redirect(w, r, back, http.StatusSeeOther)
}

func (i *Issuer) grant(g grant) (code string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	for code, g := range i.codes {
		if len(i.codes) >= maxCodes || !now.Before(g.expires) {
			delete(i.codes, code)
		}
	}
	code = rand.Text()
	i.codes[code] = g
	return code
}

// redeem takes a code, once.
func (i *Issuer) redeem(code string) (grant, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	g, found := i.codes[code]
	delete(i.codes, code)
	return g, found && i.now().Before(g.expires)
}
