package mock

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"math"
	"time"

	"agentstore/pkg/product/server"
)

// metrics are what a server with some work by day would have measured. They follow from
// its label, the time and whether it ran, so that whoever asks twice is told the same.
func metrics(m machine, input json.RawMessage, now time.Time) (any, error) {
	span, err := server.SpanOf(input)
	if err != nil {
		return nil, err
	}
	to := now.UTC().Truncate(span.Step)
	from := to.Add(-span.Length)
	if born := m.CreatedAt.UTC().Truncate(span.Step); born.After(from) {
		from = born
	}
	if !from.Before(to) { // it is younger than a step
		from = to.Add(-span.Step)
	}
	out := server.Measurements{From: from, To: to, StepSeconds: int(span.Step / time.Second)}
	for at := from; at.Before(to); at = at.Add(span.Step) {
		use := m.use(at.Add(span.Step / 2))
		out.CPUPercent = append(out.CPUPercent, math.Round(use*1000)/10)
		out.DiskRead = append(out.DiskRead, rate(m, at, "read", use, 24<<20))
		out.DiskWritten = append(out.DiskWritten, rate(m, at, "write", use, 12<<20))
		out.NetworkIn = append(out.NetworkIn, rate(m, at, "in", use, 4<<20))
		out.NetworkOut = append(out.NetworkOut, rate(m, at, "out", use, 16<<20))
	}
	return out, nil
}

// use is how much of its CPU a server used at that time, from 0 to 1: most at the middle
// of its day, with some noise, and nothing while it was off.
func (m machine) use(at time.Time) float64 {
	if !m.ranAt(at) {
		return 0
	}
	day := 24 * time.Hour
	phase := 2 * math.Pi * (float64(at.Unix()%int64(day/time.Second))/day.Seconds() + noise(m, time.Time{}, "phase"))
	return min(1, 0.05+0.35*(1+math.Cos(phase))/2+0.25*noise(m, at, "cpu"))
}

func rate(m machine, at time.Time, what string, use, most float64) int64 {
	return int64(use * most * (0.5 + noise(m, at, what)/2))
}

// noise is a number from 0 to 1 that is the same for the same server, time and purpose.
func noise(m machine, at time.Time, what string) float64 {
	h := fnv.New64a()
	h.Write([]byte(string(m.Spec.Label) + what))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix())))
	x := h.Sum64()
	x ^= x >> 33 // FNV alone leaves the upper bits alike for times that are close
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}
