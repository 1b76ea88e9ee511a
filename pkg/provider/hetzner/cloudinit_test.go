package hetzner_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"

	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/hetzner"
)

// parts reads user data as cloud-init does.
func parts(t *testing.T, text string) (types, bodies []string) {
	t.Helper()
	message, err := mail.ReadMessage(strings.NewReader(text))
	expectOK(t, err)
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	expectOK(t, err)
	expectSame(t, "type", kind, "multipart/mixed")
	for r := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return types, bodies
		}
		expectOK(t, err)
		body, err := io.ReadAll(part)
		expectOK(t, err)
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		expectOK(t, err)
		types, bodies = append(types, kind), append(bodies, string(body))
	}
}

// A server does what the store promises and then what its owner wants.
func TestUserData(t *testing.T) {
	t.Parallel()
	for theirs, kind := range map[string]string{
		"#!/bin/sh\necho hello\n":           "text/plain",
		"#cloud-config\npackages: [nginx]":  "text/plain",
		"line\r\nof another\r\n\ncaf\u00e9": "text/plain",
		"Content-Type: multipart/mixed; boundary=\"b\"\nMIME-Version: 1.0\n\n--b\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n\n--b--\n": "multipart/mixed",
	} {
		bought := spec()
		bought.UserData = theirs
		text, err := hetzner.CloudInit(bought)
		expectOK(t, err)
		types, bodies := parts(t, text)
		expectSame(t, "types", types, []string{"text/cloud-config", kind})
		own, found := strings.CutPrefix(bodies[0], "#cloud-config\n")
		if !found || !json.Valid([]byte(own)) {
			t.Errorf("the store's own part is %q", bodies[0])
		}
		if kind == "text/plain" {
			expectSame(t, "their part", bodies[1], theirs)
		}
	}
}

// What is too long is compressed, and what is still too long is refused.
func TestLongUserData(t *testing.T) {
	t.Parallel()
	bought := spec()
	bought.UserData = "#!/bin/sh\n" + strings.Repeat("echo hello\n", 3000)
	text, err := hetzner.CloudInit(bought)
	expectOK(t, err)
	packed, err := base64.StdEncoding.DecodeString(text)
	expectOK(t, err)
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	expectOK(t, err)
	whole, err := io.ReadAll(unzipped)
	expectOK(t, err)
	_, bodies := parts(t, string(whole))
	expectSame(t, "their part", bodies[1], bought.UserData)

	noise := make([]byte, 24<<10)
	_, _ = rand.Read(noise)
	bought.UserData = base64.StdEncoding.EncodeToString(noise)
	if _, err := hetzner.CloudInit(bought); !errors.Is(err, server.ErrRefused) {
		t.Errorf("the error is %v", err)
	}
}
