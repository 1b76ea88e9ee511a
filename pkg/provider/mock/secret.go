package mock

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/product/server"
)

// consoleLife is how long the address of a console can be opened.
const consoleLife = 10 * time.Minute

// secret is what a server that does not exist would keep to itself. It follows from the
// token of the action, so that the mock keeps none, and gives it again.
func secret(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15]))
}

func password(m machine, token string) string {
	return secret("password", string(m.Spec.Label), token)
}

// rescuePassword is that of the rescue system; its own system asks for none.
func rescuePassword(m machine, token string) string {
	var in struct {
		Enabled bool `json:"enabled"`
	}
	if json.Unmarshal(m.Input, &in) != nil || !in.Enabled {
		return ""
	}
	return password(m, token)
}

// console is the address of a console, which says until when it can be opened.
func console(m machine, token string) string {
	until := strconv.FormatInt(m.BusyUntil.Add(consoleLife).Unix(), 10)
	return "https://console.mock.invalid/" + string(m.Spec.Label) + "?" + url.Values{
		"token": {token}, "until": {until}, "proof": {proof(m.Spec.Label, token, until)},
	}.Encode()
}

func proof(label server.Label, token, until string) string {
	return secret("console", string(label), token, until)
}

// errNoConsole: the address was not given by the mock.
var errNoConsole = errors.New("mock: there is no such console")

// OpenConsole reports whether a browser that goes to the address of a console would be
// shown it.
func (p *Provider) OpenConsole(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	q := u.Query()
	label := server.Label(strings.TrimPrefix(u.Path, "/"))
	until, err := strconv.ParseInt(q.Get("until"), 10, 64)
	if err != nil || q.Get("proof") != proof(label, q.Get("token"), q.Get("until")) {
		return errNoConsole
	}
	if end := time.Unix(until, 0); !p.Now().Before(end) {
		return fmt.Errorf("mock: the console ended at %s", end.UTC().Format(time.RFC3339))
	}
	return nil
}
