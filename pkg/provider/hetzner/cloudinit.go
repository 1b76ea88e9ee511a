package hetzner

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"agentstore/pkg/product/server"
)

// maxUserData is what the API takes, in bytes.
const maxUserData = 32 << 10

// account is the part of a cloud-config that is about one who logs in.
type account struct {
	Name string   `json:"name"`
	Keys []string `json:"ssh_authorized_keys,omitempty"`
	// Locked: nobody logs in with a password.
	Locked bool `json:"lock_passwd"`
}

// config is what the store has cloud-init do. JSON is YAML too, and cannot be read in
// two ways.
type config struct {
	Hostname         string    `json:"hostname"`
	FQDN             string    `json:"fqdn,omitempty"`
	PreserveHostname bool      `json:"preserve_hostname"`
	DisableRoot      bool      `json:"disable_root"`
	PasswordLogin    bool      `json:"ssh_pwauth"`
	Users            []account `json:"users"`
}

// cloudInit is the user data of a server: what the store promises about every server,
// and then what its owner wants, who so has the last word.
func cloudInit(spec server.Spec) (string, error) {
	c := config{Users: []account{{Name: server.SSHUsername, Keys: spec.SSHKeys, Locked: true}}}
	c.Hostname, _, _ = strings.Cut(spec.Hostname, ".")
	if c.Hostname != spec.Hostname {
		c.FQDN = spec.Hostname
	}
	own, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := "#cloud-config\n" + string(own) + "\n"
	if spec.UserData != "" {
		text = together(text, spec.UserData)
	}
	return fit(text)
}

// boundary separates the parts. No user data has it, unless it is meant to.
const boundary = "agentstore-6b2d0f2f5d7a4f0c"

// together is a MIME message of several parts, as cloud-init reads it ("User data
// formats" of its documentation). A part of the type text/plain is known by its first
// line; user data that is such a message itself is one of its parts.
func together(own, theirs string) string {
	var b strings.Builder
	b.WriteString("Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\nMIME-Version: 1.0\n\n")
	part := func(kind, text string) {
		b.WriteString("--" + boundary + "\nContent-Type: " + kind + "; charset=\"utf-8\"\nMIME-Version: 1.0\n\n" + text + "\n")
	}
	part("text/cloud-config", own)
	if message, found := cutMessage(theirs); found {
		b.WriteString("--" + boundary + "\n" + message + "\n")
	} else {
		part("text/plain", theirs)
	}
	b.WriteString("--" + boundary + "--\n")
	return b.String()
}

// cutMessage returns user data that is a MIME message.
func cutMessage(text string) (string, bool) {
	first := strings.ToLower(text[:min(len(text), 64)])
	return text, strings.HasPrefix(first, "content-type:") || strings.HasPrefix(first, "mime-version:")
}

// fit compresses what would be too long. The API takes text alone, so it is in base64,
// which the datasource for Hetzner of cloud-init takes off again.
func fit(text string) (string, error) {
	if len(text) <= maxUserData {
		return text, nil
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	if packed := base64.StdEncoding.EncodeToString(b.Bytes()); len(packed) <= maxUserData {
		return packed, nil
	}
	return "", fmt.Errorf("%w: its user data and keys are together longer than the %d bytes that it takes", server.ErrRefused, maxUserData)
}
