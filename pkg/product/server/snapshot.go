package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// Snapshot is a copy of a server's disk. It ends with the server.
type Snapshot struct {
	ID         string    `json:"snapshotId" jsonschema:"pass it to server_reinstall or server_snapshot_delete"`
	Name       string    `json:"name"`
	Image      string    `json:"image" jsonschema:"what the server ran"`
	SizeGiB    int       `json:"sizeGib"`
	PriceMinor int64     `json:"priceMinor" jsonschema:"of a term, in renewalPriceMinor"`
	CreatedAt  time.Time `json:"createdAt"`
	Deleting   bool      `json:"deleting,omitempty" jsonschema:"it is being deleted"`
}

// maxSnapshots bounds the state of a server.
const maxSnapshots = 10

// lineSnapshots is what snapshots cost.
const lineSnapshots shop.LineKind = "snapshots"

// storedSnapshot is a Snapshot as it is kept.
type storedSnapshot struct {
	ID         string `json:"i"`
	Name       string `json:"n"`
	Image      string `json:"m"`
	SizeGiB    int    `json:"g"`
	PriceMinor int64  `json:"p,omitempty"`
	CreatedAt  int64  `json:"c"` // in seconds
	Deleting   bool   `json:"d,omitempty"`
}

func storedSnapshots(snapshots []Snapshot) (stored []storedSnapshot) {
	for _, s := range snapshots {
		stored = append(stored, storedSnapshot{s.ID, s.Name, s.Image, s.SizeGiB, s.PriceMinor, s.CreatedAt.Unix(), s.Deleting})
	}
	return stored
}

func snapshotsOf(stored []storedSnapshot) (snapshots []Snapshot) {
	for _, s := range stored {
		snapshots = append(snapshots, Snapshot{s.ID, s.Name, s.Image, s.SizeGiB, s.PriceMinor, time.Unix(s.CreatedAt, 0).UTC(), s.Deleting})
	}
	return snapshots
}

func (s Snapshot) words() string {
	return fmt.Sprintf("%s, %d GiB, %s", s.Name, s.SizeGiB, s.CreatedAt.Format(time.DateOnly))
}

func (s State) snapshotIDs() (ids []string) {
	for _, kept := range s.Snapshots {
		ids = append(ids, kept.ID)
	}
	return ids
}

// snapshotPrices is what a term of all snapshots costs.
func (s State) snapshotPrices() (minor int64) {
	for _, kept := range s.Snapshots {
		minor += kept.PriceMinor
	}
	return minor
}

// snapshot is where a snapshot is; invalid_input.
func (s State) snapshot(snapshotID string) (int, error) {
	ids := s.snapshotIDs()
	i := slices.Index(ids, snapshotID)
	if i >= 0 {
		return i, nil
	}
	if len(ids) == 0 {
		return 0, fault.InvalidParam("$.snapshotId", "must be a snapshot of the server, which has none").
			Fix("Take one with server_snapshot_create_quote and purchase_create.")
	}
	return 0, fault.Invalid(fault.OneOf("$.snapshotId", snapshotID, ids...))
}

type snapshotInput struct {
	ID   string `json:"snapshotId"`
	Name string `json:"name"`
}

func snapshotInputOf(input json.RawMessage) (in snapshotInput, err error) {
	err = json.Unmarshal(input, &in)
	return in, err
}

// took adds what an action has made. It may be asked for again.
func (s *State) took(made Copy, action *shop.Action) error {
	if action == nil || slices.Contains(s.snapshotIDs(), made.ID) {
		return nil
	}
	in, err := snapshotInputOf(action.Intent.Input)
	s.Snapshots = append(slices.Clone(s.Snapshots), Snapshot{
		ID: made.ID, Name: in.Name, Image: s.Image, SizeGiB: made.SizeGiB, CreatedAt: action.StartedAt.UTC().Truncate(time.Second),
	})
	return err
}
