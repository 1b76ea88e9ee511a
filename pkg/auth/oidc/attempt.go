package oidc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// AttemptLifetime is how long a login may take.
const AttemptLifetime = 10 * time.Minute

// attempt is a login under way, which only its browser keeps: a secret, when it was
// begun, how old a login it accepts and where the person was going. State, nonce and
// verifier are derived from the whole text, so that nothing has to be kept
// elsewhere, nothing in the text can be changed, and none of them reveals another.
type attempt struct {
	text   string
	maxAge time.Duration // zero: any
	target string
}

var (
	encoding   = base64.RawURLEncoding
	errAttempt = errors.New("no login under way")
	errTooLate = errors.New("the login took too long")
)

func newAttempt(now time.Time, maxAge time.Duration, target string) attempt {
	var secret [32]byte
	rand.Read(secret[:]) // it never fails
	text := encoding.EncodeToString(secret[:]) + "." + strconv.FormatInt(now.Unix(), 10) + "." +
		strconv.FormatInt(seconds(maxAge), 10) + "." + encoding.EncodeToString([]byte(target))
	return attempt{text, maxAge, target}
}

func parseAttempt(now time.Time, text string) (attempt, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 4 {
		return attempt{}, errAttempt
	}
	begun, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return attempt{}, errAttempt
	}
	maxAge, err := strconv.ParseInt(parts[2], 10, 32)
	if err != nil {
		return attempt{}, errAttempt
	}
	target, err := encoding.DecodeString(parts[3])
	if err != nil {
		return attempt{}, errAttempt
	}
	if !now.Before(time.Unix(begun, 0).Add(AttemptLifetime)) {
		return attempt{}, errTooLate
	}
	return attempt{text, time.Duration(maxAge) * time.Second, string(target)}, nil
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// The issuer and whoever sees the browser's address learn the state; only the issuer
// learns the nonce, and the verifier only when the code is exchanged.

func (a attempt) state() string    { return a.derive("state") }
func (a attempt) nonce() string    { return a.derive("nonce") }
func (a attempt) verifier() string { return a.derive("verifier") } // 43 characters, as RFC 7636 wants

func (a attempt) derive(what string) string {
	mac := hmac.New(sha256.New, []byte(a.text))
	mac.Write([]byte(what))
	return encoding.EncodeToString(mac.Sum(nil))
}
