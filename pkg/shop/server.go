package shop

// ServerPlan is what a server item offers.
type ServerPlan struct {
	CPUCores       int
	DedicatedCPU   bool
	Architecture   string // x86_64 or arm64
	MemoryGiB      int
	DiskGiB        int
	TrafficGiB     int    // outgoing, a month
	GPU            string // the model; empty without one
	GPUs           int
	Regions        []string
	Images         []string
	BackupsPercent int // of the base price
}

// Server is the server behind a service.
type Server struct {
	Hostname   string
	Region     string
	Image      string
	PublicIPv4 string // empty until there is one
	// SSHUsername and SSHPort are how its owner logs in.
	SSHUsername        string
	SSHPort            int
	PowerState         PowerState
	ProvisioningStatus ProvisioningStatus
	BackupsEnabled     bool
	// SupportedImages is what the server can be reinstalled with.
	SupportedImages []string
}

// PowerState tells whether a server runs.
type PowerState string

// The power states.
const (
	PowerStopped    PowerState = "stopped"
	PowerRunning    PowerState = "running"
	PowerRestarting PowerState = "restarting"
)

// ProvisioningStatus tells whether a server's image is in place.
type ProvisioningStatus string

// The provisioning statuses.
const (
	Provisioning       ProvisioningStatus = "provisioning"
	ProvisioningReady  ProvisioningStatus = "ready"
	Reinstalling       ProvisioningStatus = "reinstalling"
	ProvisioningFailed ProvisioningStatus = "failed"
)

// settleFailed says what is known of a server after a failed action: a failed
// restart leaves it running, a failed reinstall leaves nothing to rely on.
func (s *Server) settleFailed(action ActionType) {
	switch action {
	case ActionRestart:
		s.PowerState = PowerRunning
	default:
		s.ProvisioningStatus = ProvisioningFailed
	}
}
