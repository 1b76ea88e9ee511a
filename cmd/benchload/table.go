package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// table is Markdown, for docs/scale.md.
func table(rows []row) string {
	header := []string{
		"connections", "accounts", "pairs a second", "first tenth", "last tenth", "p50", "p99",
		"refused", "not active", "disk a pair", "disk", "memory a pair", "memory",
	}
	compared := slices.ContainsFunc(rows, func(r row) bool { return len(r) > 1 })
	if compared {
		header = append(header, "parent's pairs a second", "of the parent's")
	}
	var b strings.Builder
	line(&b, header)
	line(&b, slices.Repeat([]string{"---"}, len(header)))
	for _, r := range rows {
		cells := r[0].cells()
		if ratio, ok := r.ratio(); ok {
			cells = append(cells, fmt.Sprintf("%.1f", r[1].rate), fmt.Sprintf("%.0f %%", 100*ratio))
		} else if compared {
			cells = append(cells, "", "")
		}
		line(&b, cells)
	}
	return b.String()
}

func line(b *strings.Builder, cells []string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func (r result) cells() []string {
	pairs := 0
	for _, n := range r.bought {
		pairs += n
	}
	return []string{
		fmt.Sprint(r.connections), fmt.Sprint(r.accounts),
		fmt.Sprintf("%.1f", r.rate), fmt.Sprintf("%.1f", r.first), fmt.Sprintf("%.1f", r.last),
		milliseconds(r.p50), milliseconds(r.p99), counts(r.refusals), fmt.Sprint(r.inactive),
		perPair(r.before.disk, r.after.disk, pairs), megabytes(r.after.disk),
		perPair(r.before.memory, r.after.memory, pairs), megabytes(r.after.memory),
	}
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

// counts are refusals by code, in the order of the codes.
func counts(refusals map[string]int) string {
	if len(refusals) == 0 {
		return "0"
	}
	var words []string
	for _, code := range slices.Sorted(maps.Keys(refusals)) {
		words = append(words, fmt.Sprintf("%d %s", refusals[code], code))
	}
	return strings.Join(words, ", ")
}

func perPair(before, after int64, pairs int) string {
	if after == 0 || pairs == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f kB", float64(after-before)/float64(pairs)/1000)
}

func megabytes(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}
