package mock

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
)

// image is a snapshot as the mock remembers it.
type image struct {
	ID      string
	Token   string // of the action that has made it
	Image   string // what the server ran
	SizeGiB int
}

// chosen is the input of the actions that choose something.
type chosen struct {
	Image    string  `json:"image"`
	Snapshot string  `json:"snapshotId"`
	Item     id.Item `json:"catalogItemId"`
	KeepDisk bool    `json:"keepDisk"`
}

func reinstall(m *machine, do server.Doing, now time.Time) error {
	var in chosen
	if err := json.Unmarshal(do.Input, &in); err != nil {
		return err
	}
	if in.Snapshot != "" {
		i, err := m.copy(in.Snapshot)
		if err != nil {
			return err
		}
		in.Image = m.Copies[i].Image
	}
	m.Spec.Image = in.Image
	m.turn(on, now)
	return nil
}

func resize(m *machine, do server.Doing, _ time.Time) error {
	var in chosen
	if err := json.Unmarshal(do.Input, &in); err != nil {
		return err
	}
	m.Spec.Plan, m.Size = in.Item, string(in.Item)
	return nil
}

// copied adds the snapshot that an action makes. A disk fills up with time, as far as the
// mock can tell.
func copied(m *machine, do server.Doing, _ time.Time) error {
	m.Made++
	m.Copies = append(m.Copies, image{
		ID: fmt.Sprintf("img_%d", m.Made), Token: do.Token, Image: m.Spec.Image, SizeGiB: 2 + m.Made,
	})
	return nil
}

// copyOf is the snapshot that an action has made.
func (m *machine) copyOf(token string) server.Copy {
	for _, c := range m.Copies {
		if c.Token == token {
			return server.Copy{ID: c.ID, SizeGiB: c.SizeGiB}
		}
	}
	return server.Copy{}
}

func removeCopy(m *machine, do server.Doing, _ time.Time) error {
	var in chosen
	if err := json.Unmarshal(do.Input, &in); err != nil {
		return err
	}
	i, err := m.copy(in.Snapshot)
	if err != nil {
		return err
	}
	m.Copies = slices.Delete(m.Copies, i, i+1)
	return nil
}

// copy is where a snapshot is.
func (m *machine) copy(snapshotID string) (int, error) {
	i := slices.IndexFunc(m.Copies, func(c image) bool { return c.ID == snapshotID })
	if i < 0 {
		return 0, fmt.Errorf("%w: it has no snapshot %s", server.ErrRefused, snapshotID)
	}
	return i, nil
}
