package server

import "slices"

// abilities are what each provider can do with its servers, by the name that the catalog
// gives it. They stand here because every function asks, and only the provisioner links a
// provider; a test compares them with what the provider does.
var abilities = map[string][]string{
	"mock": {
		string(restartName), string(startName), string(stopName), string(reinstallName), string(renameName),
		string(rescueName), string(passwordResetName), string(consoleName), string(firewallName),
		string(resizeName), string(snapshotCreateName), string(snapshotDeleteName), metrics.Name,
	},
}

// Provides implements shop.Product.
func (Rules) Provides(provider, name string) bool { return slices.Contains(abilities[provider], name) }
