package server

import (
	"encoding/json"
	"reflect"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// State is the server behind a service.
type State struct {
	Hostname string `json:"hostname"`
	Region   string `json:"region"`
	Image    string `json:"image"`
	// SupportedImages is what the server can be reinstalled with.
	SupportedImages []string `json:"supportedImages" jsonschema:"what server_reinstall takes"`
	PublicIPv4      string   `json:"publicIpv4,omitempty" jsonschema:"absent until the server has one"`
	// SSHUsername and SSHPort are how its owner logs in.
	SSHUsername        string             `json:"sshUsername"`
	SSHPort            int                `json:"sshPort"`
	PowerState         PowerState         `json:"powerState"`
	ProvisioningStatus ProvisioningStatus `json:"provisioningStatus"`
	BackupsEnabled     bool               `json:"backupsEnabled"`
	// Firewall is what its firewall admits: nil where it has none, and everything is open.
	Firewall []Rule `json:"firewall,omitzero" jsonschema:"what may reach it; absent where everything may, empty where nothing may"`
	// NextFirewall is that of a change under way.
	NextFirewall *[]Rule `json:"-"`
	// RescueEnabled: it runs the provider's rescue system instead of its image.
	RescueEnabled bool `json:"rescueEnabled" jsonschema:"it runs a rescue system instead of its image"`
	// NewHostname is what it is being renamed to.
	NewHostname string `json:"newHostname,omitempty" jsonschema:"absent unless it is being renamed"`
	// DiskGiB is kept where a resize has left the disk as it was.
	DiskGiB   int        `json:"diskGib,omitempty" jsonschema:"absent where the disk is as large as the item says"`
	Snapshots []Snapshot `json:"snapshots,omitempty" jsonschema:"the oldest first; absent where there are none"`
	// StaysStopped: its owner had stopped it before it was suspended.
	StaysStopped bool `json:"-"`
	// Source is for the provider alone.
	Source Source `json:"-"`
}

// PowerState tells whether a server runs.
type PowerState string

// The power states.
const (
	PowerStopped    PowerState = "stopped"
	PowerRunning    PowerState = "running"
	PowerRestarting PowerState = "restarting"
	PowerStarting   PowerState = "starting"
	PowerStopping   PowerState = "stopping"
)

// ProvisioningStatus tells whether a server's image is in place.
type ProvisioningStatus string

// The provisioning statuses.
const (
	Provisioning       ProvisioningStatus = "provisioning"
	ProvisioningReady  ProvisioningStatus = "ready"
	Reinstalling       ProvisioningStatus = "reinstalling"
	ProvisioningFailed ProvisioningStatus = "failed"
	// Resizing: it is off until it has another size.
	Resizing ProvisioningStatus = "resizing"
)

// stateShape is the shape of a storedState.
const stateShape = 1

// storedState is a State as it is kept, as short as possible: it is read and written
// with everything that is done with a service, and its size costs money.
type storedState struct {
	Hostname           string             `json:"h"`
	Region             string             `json:"r"`
	Image              string             `json:"i"`
	SupportedImages    []string           `json:"s,omitempty"`
	PublicIPv4         string             `json:"a,omitempty"`
	SSHUsername        string             `json:"u"`
	SSHPort            int                `json:"p"`
	PowerState         PowerState         `json:"w"`
	ProvisioningStatus ProvisioningStatus `json:"v"`
	BackupsEnabled     bool               `json:"b,omitempty"`
	Firewall           []Rule             `json:"f,omitzero"`
	NextFirewall       *[]Rule            `json:"x,omitempty"`
	RescueEnabled      bool               `json:"e,omitempty"`
	NewHostname        string             `json:"n,omitempty"`
	DiskGiB            int                `json:"d,omitempty"`
	Snapshots          []storedSnapshot   `json:"k,omitempty"`
	StaysStopped       bool               `json:"t,omitempty"`
	Source             Source             `json:"o,omitzero"`
}

func stateSchema() *schema.Schema {
	protocol := schema.Named("Protocol", product.EnumOf(TCP, UDP, ICMP))
	rule := product.SchemaOf[Rule](map[reflect.Type]*schema.Schema{reflect.TypeFor[Protocol](): protocol})
	return schema.Named("Server", product.SchemaOf[State](map[reflect.Type]*schema.Schema{
		reflect.TypeFor[Rule]():               schema.Named("FirewallRule", rule),
		reflect.TypeFor[Snapshot]():           schema.Named("Snapshot", product.SchemaOf[Snapshot](nil)),
		reflect.TypeFor[PowerState]():         schema.Named("PowerState", product.EnumOf(PowerStopped, PowerRunning, PowerRestarting, PowerStarting, PowerStopping)),
		reflect.TypeFor[ProvisioningStatus](): schema.Named("ProvisioningStatus", product.EnumOf(Provisioning, ProvisioningReady, Reinstalling, ProvisioningFailed, Resizing)),
	}))
}

// StateOf is the server behind a service.
func StateOf(data shop.Data) (State, error) {
	stored, err := product.Unpack[storedState](data, stateShape)
	return stored.state(), err
}

// Data is the state as it is kept.
func (s State) Data() (shop.Data, error) { return product.Pack(stateShape, s.stored()) }

func (s State) stored() storedState {
	return storedState{
		s.Hostname, s.Region, s.Image, s.SupportedImages, s.PublicIPv4, s.SSHUsername, s.SSHPort,
		s.PowerState, s.ProvisioningStatus, s.BackupsEnabled,
		s.Firewall, s.NextFirewall, s.RescueEnabled, s.NewHostname, s.DiskGiB, storedSnapshots(s.Snapshots), s.StaysStopped, s.Source,
	}
}

func (s storedState) state() State {
	return State{
		s.Hostname, s.Region, s.Image, s.SupportedImages, s.PublicIPv4, s.SSHUsername, s.SSHPort,
		s.PowerState, s.ProvisioningStatus, s.BackupsEnabled,
		s.Firewall, s.NextFirewall, s.RescueEnabled, s.NewHostname, s.DiskGiB, snapshotsOf(s.Snapshots), s.StaysStopped, s.Source,
	}
}

// ShowState implements shop.Product.
func (Rules) ShowState(data shop.Data) (json.RawMessage, error) {
	state, err := StateOf(data)
	if err != nil {
		return nil, err
	}
	return strictjson.Encode(state)
}

// change is the state with something changed.
func change(data shop.Data, do func(*State)) (shop.Data, error) {
	state, err := StateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	do(&state)
	return state.Data()
}
