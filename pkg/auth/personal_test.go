package auth_test

import (
	"crypto/rand"
	"testing"
	"time"

	"agentstore/pkg/auth"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// A mistyped token is refused without a read of the table, by its checksum.
func TestReadPersonal(t *testing.T) {
	t.Parallel()
	m := id.Maker{Now: func() time.Time { return now }, Entropy: rand.Reader}
	token := m.Token(m.Account(), m.Person())
	text, _, err := auth.IssuePersonal(auth.Test, token, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := auth.ReadPersonal(auth.Test, []string{"Bearer " + text}); err != nil || got.Token != token {
		t.Errorf("it is read as %v: %v", got.Token, err)
	}
	for i := range text {
		other := []byte(text)
		if other[i] = 'A'; text[i] == 'A' {
			other[i] = 'B'
		}
		if _, err := auth.ReadPersonal(auth.Test, []string{"Bearer " + string(other)}); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("with another character at %d: %v", i, err)
		}
	}
}
