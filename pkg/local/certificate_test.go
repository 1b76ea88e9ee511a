package local

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair is a certificate of that serial number and its key, as PEM.
func pair(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}

// TestCertificateIsRenewed: new files are read without a restart, and what is wrong
// with them leaves the certificate from before.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	clock := time.Now()
	write := func(file string, text []byte) {
		t.Helper()
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(checkCertificate)
		if err := os.Chtimes(file, clock, clock); err != nil { // two writes within a tick of the disk's clock
			t.Fatal(err)
		}
	}
	first, firstKey := pair(t, 1)
	second, secondKey := pair(t, 2)
	write(certFile, first)
	write(keyFile, firstKey)
	var log strings.Builder
	c, err := newCertificate(certFile, keyFile, func() time.Time { return clock }, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	expect := func(when string, serial int64, complaints int) {
		t.Helper()
		got, err := c.get(nil)
		if err != nil || got.Leaf.SerialNumber.Int64() != serial || strings.Count(log.String(), "msg=certificate") != complaints {
			t.Errorf("%s the certificate is %v, %v; the log is %s", when, got.Leaf.SerialNumber, err, log.String())
		}
	}
	expect("at first", 1, 0)
	write(certFile, second)
	expect("with half of the new files", 1, 1)
	expect("at once again", 1, 1)
	write(keyFile, secondKey)
	expect("with both", 2, 1)
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(checkCertificate - time.Nanosecond)
	expect("before it is looked at", 2, 1)
	clock = clock.Add(time.Nanosecond)
	expect("without a file", 2, 2)
	write(certFile, []byte("no certificate"))
	expect("with another file", 2, 3)
}
