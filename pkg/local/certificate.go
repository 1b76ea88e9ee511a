package local

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// checkCertificate is how often the files of a certificate are checked.
const checkCertificate = 10 * time.Second

// certificate is one from files, which is read again when they have changed, so that
// whatever renews it (certbot and the like) need not stop the store.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	state   state
	checked time.Time
}

// state tells when a file was replaced.
type state struct{ cert, key stamp }

type stamp struct {
	at   time.Time
	size int64
}

func newCertificate(certFile, keyFile string, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now, log: log}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("TLS_CERT_FILE and TLS_KEY_FILE: %w", err)
	}
	return c, nil
}

// get is the certificate for a handshake. If the files cannot be read, or do not
// belong together, as while they are being replaced, it keeps the previous one.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now().Sub(c.checked) >= checkCertificate {
		if err := c.read(); err != nil {
			c.log.Error("certificate", "error", err.Error())
		}
	}
	return c.pair, nil
}

func (c *certificate) read() error {
	c.checked = c.now()
	found, err := c.look()
	if err != nil || found == c.state {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.pair, c.state = &pair, found
	return nil
}

func (c *certificate) look() (state, error) {
	cert, err := look(c.certFile)
	if err != nil {
		return state{}, err
	}
	key, err := look(c.keyFile)
	return state{cert, key}, err
}

func look(file string) (stamp, error) {
	info, err := os.Stat(file)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.ModTime(), info.Size()}, nil
}
