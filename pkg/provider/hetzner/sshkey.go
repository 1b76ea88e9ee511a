package hetzner

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
	"golang.org/x/crypto/ssh"

	"agentstore/pkg/product/server"
)

// nobody is the name of the key that no one can log in with.
const nobody = "agentstore-nobody"

// keys are the keys at the provider that may log in to a server. It makes a password,
// and sends it to its customer by mail, for a server without any: so one without keys
// has that of nobody.
func (p *Provider) keys(ctx context.Context, lines []string) ([]*hcloud.SSHKey, error) {
	if len(lines) == 0 {
		key, err := p.nobodysKey(ctx)
		return []*hcloud.SSHKey{key}, err
	}
	var keys []*hcloud.SSHKey
	for _, line := range lines {
		public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			return nil, fmt.Errorf("%w: an SSH key cannot be read", server.ErrRefused)
		}
		key, err := p.key(ctx, public)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(keys, func(other *hcloud.SSHKey) bool { return other.ID == key.ID }) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// key finds a key by its fingerprint, or uploads it: a project has each key once. Its
// comment stays here, because it is about a person, and the next server with that key
// may be another's.
func (p *Provider) key(ctx context.Context, public ssh.PublicKey) (*hcloud.SSHKey, error) {
	fingerprint := ssh.FingerprintLegacyMD5(public)
	find := func() (*hcloud.SSHKey, error) {
		found, _, err := p.client.SSHKey.GetByFingerprint(ctx, fingerprint)
		return found, err
	}
	sum := sha256.Sum256(public.Marshal())
	return p.upload(ctx, find, hcloud.SSHKeyCreateOpts{
		Name:      "agentstore-" + hex.EncodeToString(sum[:16]),
		PublicKey: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))),
		Labels:    map[string]string{labelKey: hex.EncodeToString(sum[:16]), labelStore: p.project.Store},
	})
}

// nobodysKey is a key whose private half was forgotten when it was made.
func (p *Provider) nobodysKey(ctx context.Context) (*hcloud.SSHKey, error) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	find := func() (*hcloud.SSHKey, error) {
		found, _, err := p.client.SSHKey.GetByName(ctx, nobody)
		return found, err
	}
	return p.upload(ctx, find, hcloud.SSHKeyCreateOpts{
		Name: nobody, PublicKey: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))),
		Labels: map[string]string{labelKey: "nobody", labelStore: p.project.Store},
	})
}

// upload makes a key unless it is there. Of two uploads at once the later finds that of
// the other.
func (p *Provider) upload(ctx context.Context, find func() (*hcloud.SSHKey, error), opts hcloud.SSHKeyCreateOpts) (*hcloud.SSHKey, error) {
	found, err := find()
	if found != nil || err != nil {
		return found, err
	}
	made, _, err := p.client.SSHKey.Create(ctx, opts)
	if !hcloud.IsError(err, hcloud.ErrorCodeUniquenessError) {
		return made, err
	}
	if found, err = find(); found == nil && err == nil {
		err = fmt.Errorf("hetzner: the SSH key %s is there and is not found", opts.Name)
	}
	return found, err
}
