package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"agentstore/internal/release"
)

const repository = "../.."

// this is the program under test.
var this = release.Program{Binary: os.Args[0], Env: []string{"AGENTSTORE_TEST_MAIN=1"}}

// lastTogether is the last release that cannot use the folders which this program makes:
// it knows no accounts that are spread over partitions.
const lastTogether = "0.1.0"

// TestReleases has the folders of this program and of each release used by both.
func TestReleases(t *testing.T) {
	t.Parallel()
	versions, err := release.All(repository)
	if err != nil || len(versions) == 0 {
		t.Fatalf("releases %q, %v", versions, err)
	}
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(repository, release.Folder, version)
			info, err := release.Read(dir)
			if err != nil || info.Version != version || len(info.Seeded) == 0 {
				t.Fatalf("it says of itself %+v, %v", info, err)
			}
			old, err := info.Built(t.Context(), repository)
			if err != nil {
				t.Fatal(err)
			}
			t.Run("its folder", func(t *testing.T) {
				t.Parallel()
				useReleased(t, old, filepath.Join(dir, release.DataFile), info.Seeded)
			})
			t.Run("a new folder", func(t *testing.T) {
				t.Parallel()
				if version == lastTogether {
					refuseNew(t, old)
				} else {
					useNew(t, old)
				}
			})
		})
	}
}

// useReleased uses the folder of a release with this program, then with that of the
// release, and with this one again: an upgrade, the way back, and the next try. Each
// finds everything that was there, and sells. And the release restores a backup of it
// that this program has made.
func useReleased(t *testing.T, old release.Program, archive string, seeded []release.Seeded) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	if err := release.Unpack(archive, data); err != nil {
		t.Fatal(err)
	}
	begun := verified(t, old, data)
	if now := verified(t, this, data); !slices.Equal(now, begun) {
		t.Errorf("verify counts %q, and the release counted %q", now, begun)
	}
	before := ""
	for _, turn := range []struct {
		name string
		release.Program
	}{{"upgraded", this}, {"back", old}, {"again", this}} {
		wallet := use(t, turn.Program, data, turn.name, seeded)
		if wallet == before {
			t.Errorf("%s: the wallet has %s, as before it paid", turn.name, wallet)
		}
		before = wallet
		verified(t, turn.Program, data)
	}
	backup, restored := filepath.Join(filepath.Dir(data), "backup"), filepath.Join(filepath.Dir(data), "restored")
	if _, err := this.Run(t.Context(), data, "backup", backup); err != nil {
		t.Fatal(err)
	}
	if _, err := old.Run(t.Context(), restored, "restore", backup); err != nil {
		t.Fatal(err)
	}
	if counted, want := verified(t, old, restored), verified(t, this, data); !slices.Equal(counted, want) {
		t.Errorf("verify counts %q of what was restored, want %q", counted, want)
	}
}

// newFolder is one that this program has made and used.
func newFolder(t *testing.T) (data string, seeded []release.Seeded) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	s, err := this.Start(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	seeded, err = s.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	return data, seeded
}

// refuseNew has the program of a release refuse a folder that this one has made, and a
// backup of it, without harm to either.
func refuseNew(t *testing.T, old release.Program) {
	t.Helper()
	data, seeded := newFolder(t)
	backup := filepath.Join(filepath.Dir(data), "backup")
	if _, err := this.Run(t.Context(), data, "backup", backup); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(filepath.Dir(data), "restored")
	for words, try := range map[string]func() (string, error){
		"has format 3, but this program knows only 2: use a newer one": func() (string, error) { return old.Run(t.Context(), data, "run") },
		"has format 2, but this program knows only 1: use a newer one": func() (string, error) { return old.Run(t.Context(), restored, "restore", backup) },
	} {
		if printed, err := try(); err == nil || !strings.Contains(printed, words) {
			t.Errorf("it says %q, %v, and not %q", printed, err, words)
		}
	}
	use(t, this, data, "new", seeded)
	verified(t, this, data)
	if _, err := this.Run(t.Context(), restored, "restore", backup); err != nil {
		t.Fatal(err)
	}
	verified(t, this, restored)
}

// useNew has the program of a release use a folder that this one has made and used.
func useNew(t *testing.T, old release.Program) {
	t.Helper()
	data, seeded := newFolder(t)
	use(t, old, data, "old", seeded)
	verified(t, old, data)
	verified(t, this, data)
}

var startWallet = regexp.MustCompile(`(?m)^\s+wallet +(.*)$`)

// use serves the folder, finds with each key what was seen with it, buys with it, and
// returns what is in the demo wallet at the start, as digits.
func use(t *testing.T, p release.Program, data, hostname string, seeded []release.Seeded) string {
	t.Helper()
	s, err := p.Start(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range seeded {
		if err := useKey(t.Context(), t, s.Agent(seeded[i].Key), hostname, &seeded[i]); err != nil {
			t.Errorf("%s: %v", hostname, err)
		}
	}
	printed, err := s.Stop()
	if err != nil {
		t.Fatal(err)
	}
	wallet := startWallet.FindStringSubmatch(printed)
	if wallet == nil {
		t.Fatalf("it does not say what is in the wallet: %s", printed)
	}
	return digits(wallet[1])
}

func useKey(ctx context.Context, t *testing.T, agent *release.Caller, hostname string, seen *release.Seeded) error {
	t.Helper()
	services, err := agent.Services(ctx)
	if err != nil {
		return err
	}
	slices.Sort(services)
	if want := slices.Sorted(slices.Values(seen.Services)); !slices.Equal(services, want) {
		t.Errorf("%s: it finds the services %q, want %q", hostname, services, want)
	}
	bought, err := agent.Buy(ctx, hostname)
	if err != nil {
		return err
	}
	seen.Services = append(seen.Services, bought)
	for _, service := range seen.Services {
		if err := agent.Restart(ctx, service, "restart-"+hostname+service); err != nil {
			return err
		}
	}
	return nil
}

// verified expects every promise to be kept, and returns the numbers of what is there.
func verified(t *testing.T, p release.Program, data string) []string {
	t.Helper()
	printed, err := p.Run(t.Context(), data, "verify")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(printed) {
		if strings.Contains(line, " accounts") {
			return regexp.MustCompile(`\d+`).FindAllString(line, -1)
		}
	}
	t.Fatalf("verify counts nothing: %s", printed)
	return nil
}

func digits(text string) string {
	return strings.Join(regexp.MustCompile(`\d+`).FindAllString(text, -1), "")
}
