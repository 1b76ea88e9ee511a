package server

import (
	"slices"
	"strings"
)

// abilities are what each kind of provider can do with its servers. They stand here
// because every function asks, and only the provisioner links a provider; a test compares
// them with what the provider does.
var abilities = map[string][]string{
	"mock": {
		string(restartName), string(startName), string(stopName), string(reinstallName), string(renameName),
		string(rescueName), string(passwordResetName), string(consoleName), string(firewallName),
		string(resizeName), string(snapshotCreateName), string(snapshotDeleteName), metrics.Name,
	},
	"hetzner": {string(restartName), string(startName), string(stopName), string(reinstallName)},
}

// Provides implements shop.Product. The catalog may name several providers of a kind, as
// hetzner and hetzner-2.
func (Rules) Provides(provider, name string) bool {
	kind, _, _ := strings.Cut(provider, "-")
	return slices.Contains(abilities[kind], name)
}
