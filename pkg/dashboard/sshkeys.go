package dashboard

import (
	"context"
	"net/http"
	"net/url"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// keyring is what the page of the account's SSH keys shows.
type keyring struct {
	keys   []shop.SSHKey
	fields url.Values
	wrong  *fault.Error
	key    string
}

// sshKeys shows the SSH keys of the account.
func (s Site) sshKeys(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountSSHKeyList())
	if err != nil {
		return err
	}
	return s.showSSHKeys(w, r, f, keyring{})
}

func (s Site) showSSHKeys(w http.ResponseWriter, r *http.Request, f *frame, k keyring) error {
	k.key = newKey()
	err := s.fill(r.Context(), f, func(ctx context.Context) error {
		keys, err := s.Shop.SSHKeys(ctx, f.caller)
		k.keys = keys.Keys
		return err
	})
	if err != nil {
		return err
	}
	return render(w, r, statusOf(k.wrong), sshKeysPage(f, k))
}

// addSSHKey adds an SSH key.
func (s Site) addSSHKey(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	return s.changeSSHKeys(w, r, entry, fields, api.AccountSSHKeyCreate(), map[string]any{"name": fields.Get("name"), "publicKey": fields.Get("publicKey")})
}

// deleteSSHKey deletes an SSH key.
func (s Site) deleteSSHKey(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	return s.changeSSHKeys(w, r, entry, nil, api.AccountSSHKeyDelete(), map[string]any{"sshKeyId": r.PathValue("sshKeyId")})
}

func (s Site) changeSSHKeys(w http.ResponseWriter, r *http.Request, entry *web.Entry, fields url.Values, o api.Operation, values map[string]any) error {
	f, err := s.visit(r, entry, api.AccountSSHKeyList())
	if err != nil {
		return err
	}
	if _, err := s.do(r, entry, o, values, keyOf(fields)); err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error {
			return s.showSSHKeys(w, r, f, keyring{fields: fields, wrong: wrong})
		})
	}
	http.Redirect(w, r, web.SSHKeysPath, http.StatusSeeOther)
	return nil
}
