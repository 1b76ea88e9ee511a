package house

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rule says what packages may import themselves, and what they may depend on at
// any distance. Packages are named by patterns with spaces between: pkg/x,
// pkg/x/... for it and everything below, ... for all of the module; in who also
// !pkg/x for all but it.
type rule struct {
	why     string
	who     string
	imports allowed
	links   allowed
	// broken are chains of imports, as "pkg/a > pkg/b > pkg/c", each of which
	// breaks the rule: a rule that cannot fail is none.
	broken []string
}

// The patterns for packages that have no common name.
const (
	std        = "(standard library)"
	thirdParty = "(third party)"
	own        = "(own folder)"
)

// allowed reports whether a package may know another.
type allowed func(from, to string) bool

func only(patterns ...string) allowed {
	return func(from, to string) bool { return anyFits(patterns, from, to) }
}

func never(patterns ...string) allowed {
	return func(from, to string) bool { return !anyFits(patterns, from, to) }
}

// except allows one more package.
func except(name string, rest allowed) allowed {
	return func(from, to string) bool { return to == name || rest(from, to) }
}

// breaches lists what breaks the rule, with the way to it.
func (r rule) breaches(g graph) []string {
	var found []string
	report := func(chain ...string) {
		found = append(found, fmt.Sprintf("%s breaks a rule: %s", strings.Join(chain, " > "), r.why))
	}
	for _, from := range slices.Sorted(maps.Keys(g)) {
		if !isModule(from) || !r.isAbout(from) {
			continue
		}
		for _, to := range g[from] {
			if r.imports != nil && !r.imports(from, to) {
				report(from, to)
			}
		}
		if r.links == nil {
			continue
		}
		chains := g.reach(from)
		for _, to := range slices.Sorted(maps.Keys(chains)) {
			if !r.links(from, to) {
				report(chains[to]...)
			}
		}
	}
	return found
}

func (r rule) isAbout(name string) bool {
	about := false
	for _, pattern := range fields(r.who) {
		if trimBang(pattern) != pattern {
			if fits(trimBang(pattern), name) {
				return false
			}
			continue
		}
		about = about || fits(pattern, name)
	}
	return about
}

func anyFits(patterns []string, from, to string) bool {
	for _, pattern := range patterns {
		switch pattern {
		case std:
			if !isModule(to) && !isThirdParty(to) {
				return true
			}
		case thirdParty:
			if isThirdParty(to) {
				return true
			}
		case own:
			if folder(from) == folder(to) {
				return true
			}
		default:
			if contains(pattern, to) {
				return true
			}
		}
	}
	return false
}

// contains reports whether one of the patterns in the text fits.
func contains(patterns, name string) bool {
	return slices.ContainsFunc(fields(patterns), func(p string) bool { return fits(p, name) })
}

func fits(pattern, name string) bool {
	tree, isTree := strings.CutSuffix(pattern, "...")
	switch {
	case !isTree:
		return name == pattern
	case tree == "":
		return isModule(name)
	default:
		return strings.HasPrefix(name+"/", tree)
	}
}

func fields(patterns string) []string { return strings.Fields(patterns) }

func trimBang(pattern string) string { return strings.TrimPrefix(pattern, "!") }

// isModule knows the module's own internal packages from those of the standard
// library, of which none is a test or a release.
func isModule(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first == module || first == "pkg" || first == "cmd" || first == "functions" || strings.HasPrefix(name, "internal/test/") || name == "internal/release" || name == "internal/process"
}

// isThirdParty goes by the dot of a host name, which no package of the standard
// library has in its first element.
func isThirdParty(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return strings.Contains(first, ".")
}

// folder is pkg/dynamo for pkg/dynamo and everything below.
func folder(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}
