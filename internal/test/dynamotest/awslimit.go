package dynamotest

import (
	"strings"
	"time"
)

// unitsASecond is how many write units one partition key takes (developer guide,
// "Best practices for designing and using partition keys").
const unitsASecond = 1000

// window is what was written under one partition key within the last second, the
// oldest first.
type window []taken

type taken struct {
	at    time.Time
	units int
}

// until leaves out what is older than a second.
func (w window) until(now time.Time) window {
	for len(w) > 0 && now.Sub(w[0].at) >= time.Second {
		w = w[1:]
	}
	return w
}

// hasRoom: a request that is too large for any second has its own.
func (w window) hasRoom(units int) bool {
	for _, past := range w {
		units += past.units
	}
	return len(w) == 0 || units <= unitsASecond
}

// demand is how many units a request takes of each partition key.
type demand map[string]int

func demandOf(targets []target) demand {
	d := make(demand)
	for _, t := range targets {
		for _, u := range t.uses {
			d[u.partition] += u.units
		}
	}
	return d
}

// full marks the targets of a request whose partition keys cannot take it. It
// needs the lock.
func (a *AWS) full(targets []target) []bool {
	full := make([]bool, len(targets))
	now, d := time.Now(), demandOf(targets)
	for i, t := range targets {
		for _, u := range t.uses {
			full[i] = full[i] || !a.windows[u.partition].until(now).hasRoom(d[u.partition])
		}
	}
	return full
}

// take counts what a request takes. It needs the lock.
func (a *AWS) take(targets []target) {
	if a.windows == nil {
		a.windows = make(map[string]window)
	}
	now := time.Now()
	for partition, units := range demandOf(targets) {
		a.windows[partition] = append(a.windows[partition].until(now), taken{now, units})
	}
}

// byKey leaves out the table.
func (d demand) byKey() map[string]int {
	units := make(map[string]int, len(d))
	for partition, n := range d {
		_, key, _ := strings.Cut(partition, " ")
		units[key] += n
	}
	return units
}

// Demand is how many write units a request takes of each partition key by the rules of
// AWS: of an input of the SDK, and none for a read.
func Demand(input any) map[string]int { return demandOf(targetsOf(input)).byKey() }
