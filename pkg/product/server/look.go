package server

import (
	"strconv"
	"strings"

	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// look is how a server looks on a page.
func look(data shop.Data) (product.Look, error) {
	s, err := StateOf(data)
	l := product.Look{
		Standing: standings[s.mode()], AtRest: s.PowerState == PowerStopped,
		Summary: s.Region + ", " + s.Image,
		Facts: []product.Fact{
			{Label: "Host name", Value: s.Hostname},
			{Label: "Region", Value: s.Region},
			{Label: "Image", Value: s.Image},
			{Label: "Power", Value: string(s.PowerState)},
			{Label: "Backups", Value: map[bool]string{true: "Daily", false: "None"}[s.BackupsEnabled]},
		},
	}
	l.Facts = append(l.Facts, s.firewallFacts()...)
	for _, kept := range s.Snapshots {
		l.Facts = append(l.Facts, product.Fact{Label: "Snapshot", Value: kept.words()})
	}
	if s.PublicIPv4 != "" {
		l.Access = []product.Fact{{Label: "IPv4", Value: s.PublicIPv4}, {Label: "SSH", Value: s.sshCommand()}}
	}
	return l, err
}

var standings = map[Mode]string{
	ModeRunning: "Running", ModeStopped: "Stopped", ModeRescue: "Rescue system",
	ModeStarting: "Starting", ModeStopping: "Stopping", ModeRestarting: "Restarting",
}

// sshCommand is how its owner logs in (ssh(1)).
func (s State) sshCommand() string {
	command := "ssh " + s.SSHUsername + "@" + s.PublicIPv4
	if s.SSHPort != 22 {
		command += " -p " + strconv.Itoa(s.SSHPort)
	}
	return command
}

// labels are what pages call the members of a configuration, and of the inputs of actions.
var labels = map[string]string{
	"hostname": "Host name", "region": "Region", "image": "Image", "billingTermMonths": "Months paid in advance",
	"backupsEnabled": "Daily backups", "sshKeys": "SSH keys", "userData": "User data (cloud-init)",
	"firewall": "Firewall", "rules": "Rules", "enabled": "Enabled", "force": "Force it",
	"catalogItemId": "Size", "keepDisk": "Keep the disk as it is", "snapshotId": "Snapshot", "name": "Name",
}

// firewallFacts are what may reach a server, a rule each.
func (s State) firewallFacts() []product.Fact {
	if s.Firewall == nil {
		return []product.Fact{{Label: "Firewall", Value: "None: everything is open"}}
	}
	if len(s.Firewall) == 0 {
		return []product.Fact{{Label: "Firewall", Value: "Everything is closed"}}
	}
	var facts []product.Fact
	for i, r := range s.Firewall {
		what := strings.ToUpper(string(r.Protocol))
		if r.Ports != "" {
			what += " " + r.Ports
		}
		facts = append(facts, product.Fact{Label: "Firewall rule " + strconv.Itoa(i+1), Value: what + " from " + strings.Join(r.Sources, ", ")})
	}
	return facts
}

// imagesOf are what a server can be reinstalled with.
func imagesOf(data shop.Data) (map[string][]string, error) {
	s, err := StateOf(data)
	return map[string][]string{"image": s.SupportedImages, "snapshotId": s.snapshotIDs()}, err
}
