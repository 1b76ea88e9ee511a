package server

import (
	"slices"

	"agentstore/pkg/shop"
)

// Mode is what a server does: its power state, where running its rescue system is a mode
// of its own.
type Mode string

// The modes. A server stays in the first three, and passes through the others.
const (
	ModeRunning    Mode = "running"
	ModeStopped    Mode = "stopped"
	ModeRescue     Mode = "rescue"
	ModeStarting   Mode = "starting"
	ModeStopping   Mode = "stopping"
	ModeRestarting Mode = "restarting"
)

// SettledModes are those in which a server stays until something is done with it.
func SettledModes() []Mode { return []Mode{ModeRunning, ModeStopped, ModeRescue} }

// Transition is a row of the state machine of a server: what an action does with one
// that is in some mode. From the rows follow what can begin, how it begins and how it
// ends, and the diagram in docs/servers.md. An action without a row for a mode cannot
// begin in it.
type Transition struct {
	Action shop.ActionName
	// Option tells apart what one action does by its input; empty where it does one thing.
	Option string
	From   Mode
	// During is the mode meanwhile, and To the mode after a success. After any other end
	// the server is where it was.
	During, To Mode
	Image      ImageTransition
}

// ImageTransition is what an action needs of the image of a server, and does with it.
type ImageTransition struct {
	// From are the statuses in which it can begin.
	From []ProvisioningStatus
	// During is the status meanwhile, To that after a success, and Else that after any
	// other end; empty where the action leaves the image alone.
	During, To, Else ProvisioningStatus
}

var (
	// anyImage is for what goes on below the image: it also helps where that is broken.
	anyImage  = ImageTransition{From: []ProvisioningStatus{ProvisioningReady, ProvisioningFailed}}
	goodImage = ImageTransition{From: []ProvisioningStatus{ProvisioningReady}}
	newImage  = ImageTransition{From: anyImage.From, During: Reinstalling, To: ProvisioningReady, Else: ProvisioningFailed}
	sameImage = ImageTransition{From: goodImage.From, During: Resizing, To: ProvisioningReady, Else: ProvisioningReady}
	madeImage = ImageTransition{From: []ProvisioningStatus{Provisioning}, During: Provisioning, To: ProvisioningReady, Else: ProvisioningFailed}
)

// wasStopped is the resumption of a server that its owner had stopped before it was suspended.
const wasStopped = "stopped before"

// transitions are the state machine.
var transitions = []Transition{
	{Action: shop.ActionCreate, From: ModeStopped, During: ModeStopped, To: ModeRunning, Image: madeImage},

	{Action: startName, From: ModeStopped, During: ModeStarting, To: ModeRunning, Image: anyImage},
	{Action: stopName, From: ModeRunning, During: ModeStopping, To: ModeStopped, Image: anyImage},
	{Action: stopName, From: ModeRescue, During: ModeStopping, To: ModeStopped, Image: anyImage},
	{Action: restartName, From: ModeRunning, During: ModeRestarting, To: ModeRunning, Image: anyImage},
	{Action: restartName, From: ModeRescue, During: ModeRestarting, To: ModeRunning, Image: anyImage},

	{Action: reinstallName, From: ModeRunning, During: ModeRunning, To: ModeRunning, Image: newImage},
	{Action: reinstallName, From: ModeStopped, During: ModeStopped, To: ModeRunning, Image: newImage},
	{Action: reinstallName, From: ModeRescue, During: ModeRescue, To: ModeRunning, Image: newImage},

	{Action: rescueName, Option: rescueOn, From: ModeRunning, During: ModeRestarting, To: ModeRescue, Image: anyImage},
	{Action: rescueName, Option: rescueOn, From: ModeStopped, During: ModeStarting, To: ModeRescue, Image: anyImage},
	{Action: rescueName, Option: rescueOff, From: ModeRescue, During: ModeRestarting, To: ModeRunning, Image: anyImage},

	{Action: renameName, From: ModeRunning, During: ModeRunning, To: ModeRunning, Image: goodImage},
	{Action: renameName, From: ModeStopped, During: ModeStopped, To: ModeStopped, Image: goodImage},
	{Action: passwordResetName, From: ModeRunning, During: ModeRunning, To: ModeRunning, Image: goodImage},
	{Action: consoleName, From: ModeRunning, During: ModeRunning, To: ModeRunning, Image: anyImage},
	{Action: consoleName, From: ModeRescue, During: ModeRescue, To: ModeRescue, Image: anyImage},

	{Action: resizeName, From: ModeRunning, During: ModeRestarting, To: ModeRunning, Image: sameImage},
	{Action: resizeName, From: ModeStopped, During: ModeStopped, To: ModeStopped, Image: sameImage},
	{Action: snapshotCreateName, From: ModeRunning, During: ModeRunning, To: ModeRunning, Image: goodImage},
	{Action: snapshotCreateName, From: ModeStopped, During: ModeStopped, To: ModeStopped, Image: goodImage},
	{Action: snapshotDeleteName, From: ModeRunning, During: ModeRunning, To: ModeRunning, Image: anyImage},
	{Action: snapshotDeleteName, From: ModeStopped, During: ModeStopped, To: ModeStopped, Image: anyImage},
	{Action: snapshotDeleteName, From: ModeRescue, During: ModeRescue, To: ModeRescue, Image: anyImage},
	{Action: firewallName, From: ModeRunning, During: ModeRunning, To: ModeRunning, Image: anyImage},
	{Action: firewallName, From: ModeStopped, During: ModeStopped, To: ModeStopped, Image: anyImage},
	{Action: firewallName, From: ModeRescue, During: ModeRescue, To: ModeRescue, Image: anyImage},

	{Action: shop.ActionSuspend, From: ModeRunning, During: ModeRunning, To: ModeStopped, Image: anyImage},
	{Action: shop.ActionSuspend, From: ModeStopped, During: ModeStopped, To: ModeStopped, Image: anyImage},
	{Action: shop.ActionSuspend, From: ModeRescue, During: ModeRescue, To: ModeStopped, Image: anyImage},
	{Action: shop.ActionResume, From: ModeStopped, During: ModeStopped, To: ModeRunning, Image: anyImage},
	{Action: shop.ActionResume, Option: wasStopped, From: ModeStopped, During: ModeStopped, To: ModeStopped, Image: anyImage},
}

// Transitions returns the state machine.
func Transitions() []Transition { return slices.Clone(transitions) }

// mode is what the server does.
func (s State) mode() Mode {
	if s.RescueEnabled && s.PowerState == PowerRunning {
		return ModeRescue
	}
	return Mode(s.PowerState)
}

// enter changes the mode. On its way a server still has the rescue system that it comes
// from.
func (s *State) enter(m Mode) {
	switch {
	case m == ModeRescue:
		s.PowerState, s.RescueEnabled = PowerRunning, true
	case slices.Contains(SettledModes(), m):
		s.PowerState, s.RescueEnabled = PowerState(m), false
	default:
		s.PowerState = PowerState(m)
	}
}

// begins are the rows by which the action can begin in that state.
func begins(action shop.ActionName, s State) []Transition {
	var rows []Transition
	for _, t := range transitions {
		if t.Action == action && t.From == s.mode() && slices.Contains(t.Image.From, s.ProvisioningStatus) {
			rows = append(rows, t)
		}
	}
	return rows
}

// underWay is the row by which the action has begun.
func underWay(action shop.ActionName, s State) (Transition, bool) {
	i := slices.IndexFunc(transitions, func(t Transition) bool {
		during := State{PowerState: PowerRunning}
		during.enter(t.From)
		during.enter(t.During)
		return t.Action == action && during.PowerState == s.PowerState && during.RescueEnabled == s.RescueEnabled
	})
	if i < 0 {
		return Transition{}, false
	}
	return transitions[i], true
}

// begin has the server pass through the transition.
func (s *State) begin(t Transition) {
	s.enter(t.During)
	if t.Image.During != "" {
		s.ProvisioningStatus = t.Image.During
	}
}

// end has the server settle. What an older program has begun may have no row here: then
// it is left alone.
func (s *State) end(action shop.ActionName, ending shop.Ending) {
	t, known := underWay(action, *s)
	if !known {
		return
	}
	mode, image := t.From, t.Image.Else
	if ending == shop.Succeeded {
		mode, image = t.To, t.Image.To
	}
	s.enter(mode)
	if image != "" {
		s.ProvisioningStatus = image
	}
}
