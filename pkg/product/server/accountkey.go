package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// isName reports whether an element of sshKeys names a key: every key is two words at
// least, and no name has a space.
func isName(value any) (string, bool) {
	name, isText := value.(string)
	return name, isText && name != "" && !strings.ContainsAny(name, " \t\r\n")
}

// NamesSSHKeys implements shop.Product.
func (Rules) NamesSSHKeys(configuration map[string]any) bool {
	list, _ := configuration["sshKeys"].([]any)
	return len(list) <= maxSSHKeys && slices.ContainsFunc(list, func(value any) bool { _, named := isName(value); return named })
}

// ResolveSSHKeys implements shop.Product: a name becomes the line of its key, with the
// comment, as if that had been sent.
func (Rules) ResolveSSHKeys(configuration map[string]any, keys shop.SSHKeys) (map[string]any, []fault.Problem) {
	list, _ := configuration["sshKeys"].([]any)
	resolved := slices.Clone(list)
	var problems []fault.Problem
	for i, value := range list {
		name, named := isName(value)
		if !named {
			continue
		}
		key, found := keys.Find(name)
		if !found {
			problems = append(problems, unknownKey(i, keys))
			continue
		}
		resolved[i] = strings.TrimSpace(key.Line + " " + key.Comment)
	}
	out := maps.Clone(configuration)
	out["sshKeys"] = resolved
	return out, problems
}

func unknownKey(i int, keys shop.SSHKeys) fault.Problem {
	p := fault.Problem{
		Code: fault.InvalidInput, Param: fmt.Sprintf("%s.sshKeys[%d]", root, i),
		Detail: "names no SSH key of the account, which has none",
		Fix:    fmt.Sprintf("Send %s.sshKeys[%d] as the line of a public key, or add the key with ssh_key_create first.", root, i),
	}
	if len(keys.Keys) == 0 {
		return p
	}
	names := make([]string, len(keys.Keys))
	for i, k := range keys.Keys {
		names[i] = k.Name
	}
	there := strings.Join(names, ", ")
	p.Detail = "names no SSH key of the account, which has " + there
	p.Fix = fmt.Sprintf("Send %s.sshKeys[%d] as one of %s, or as the line of a public key.", root, i, there)
	return p
}
