package server

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"agentstore/pkg/id"
	"agentstore/pkg/strictjson"
)

// personalFields are the fields of a configuration that are about people: the comment
// of an SSH key says whose it is.
var personalFields = []string{"sshKeys"}

// personal is what a configuration says about people.
type personal struct {
	// SSHKeys are the comments of keys, by the keys' fingerprints.
	SSHKeys map[string]string `json:"sshKeys"`
}

// takeComments has the reference stand for the comments of the keys, and returns
// them; empty where there is none. Each key is left once, in one spelling.
func takeComments(c *Configuration, reference func() id.Personal) (json.RawMessage, error) {
	taken := personal{make(map[string]string)}
	lines := make(map[string]string) // by the key alone
	slices.Sort(c.SSHKeys)
	for _, line := range c.SSHKeys {
		key, comment, err := parseKey(line)
		if err != nil {
			return nil, err
		}
		if comment != "" {
			lines[bare(key)] = bare(key) + " " + string(reference())
			taken.SSHKeys[ssh.FingerprintSHA256(key)] = comment
		} else if lines[bare(key)] == "" {
			lines[bare(key)] = bare(key)
		}
	}
	c.SSHKeys = slices.Sorted(maps.Values(lines))
	if len(taken.SSHKeys) == 0 {
		return nil, nil
	}
	return strictjson.Encode(taken)
}

// giveComments puts the comments back for which the reference stands, as far as they
// are there.
func giveComments(lines []string, reference id.Personal, data json.RawMessage) ([]string, error) {
	if reference == "" {
		return lines, nil
	}
	var given personal
	if len(data) > 0 {
		if err := json.Unmarshal(data, &given); err != nil {
			return nil, err
		}
	}
	whole := make([]string, len(lines))
	for i, line := range lines {
		key, _, err := parseKey(line)
		if err != nil {
			return nil, err
		}
		whole[i] = strings.TrimSpace(bare(key) + " " + given.SSHKeys[ssh.FingerprintSHA256(key)])
	}
	return whole, nil
}

func parseKey(line string) (ssh.PublicKey, string, error) {
	key, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	return key, comment, err
}

// bare is the line of a key without a comment.
func bare(key ssh.PublicKey) string {
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(key)), "\n")
}

// RetainPersonal implements shop.Product: nobody needs the comments of the keys of a server
// that is deleted.
func (Rules) RetainPersonal() time.Duration { return 0 }
