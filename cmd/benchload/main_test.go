package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// compiled is the store of this module, in a new folder.
func compiled(t *testing.T) (b build, dir string) {
	t.Helper()
	dir = t.TempDir()
	b, err := compile(t.Context(), "../..", dir, "agentstore")
	if err != nil {
		t.Fatal(err)
	}
	return b, dir
}

// TestBenchload builds the store, and buys twenty times of two accounts.
func TestBenchload(t *testing.T) {
	t.Parallel()
	built, dir := compiled(t)
	var out strings.Builder
	args := []string{"-pairs", "20", "-connections", "3", "-accounts", "2", "-binary", built.binary, "-dir", dir}
	if err := run(t.Context(), args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	const figure = `\d+\.\d`
	row := regexp.MustCompile(`\n\| 3 \| 2 (\| ` + figure + ` ){3}(\| ` + figure + ` ms ){2}\| 0 \| 0 \|`)
	if !row.MatchString(out.String()) || !regexp.MustCompile(`, \d+ cores, \d+ fsyncs a second\n`).MatchString(out.String()) {
		t.Errorf("it prints\n%s", &out)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

// TestAim loads a store that runs already.
func TestAim(t *testing.T) {
	t.Parallel()
	built, dir := compiled(t)
	s, err := built.start(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := makeAccounts(t.Context(), s.url, 2)
	if err != nil {
		t.Fatal(err)
	}
	var out, progress strings.Builder
	args := []string{"-pairs", "10", "-connections", "2", "-accounts", "2,32", "-url", s.url, "-key", strings.Join(keys, ",")}
	if err := run(t.Context(), args, &out, &progress); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\n| 2 | 2 |") || !strings.Contains(progress.String(), "no row with 32 accounts") {
		t.Errorf("it prints\n%s\nand\n%s", &out, &progress)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"more":                           `["more"] is too much`,
		"-pairs 9":                       "-pairs is less than 10",
		"-connections 1,x":               "use numbers above zero",
		"-accounts 0":                    "use numbers above zero",
		"-url http://x":                  "-url and -key go together",
		"-url http://x -key k -parent p": "-url is a store that runs",
	} {
		if _, err := parse(strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
	if _, err := newConnection("https://store.example.com/"); err == nil {
		t.Error("a connection without TLS to an address that wants it")
	}
}

// A store that does not start says why.
func TestStoreDoesNotStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "broken")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\necho no room\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := (build{binary: binary}).start(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Error(err)
	}
}

func TestMachine(t *testing.T) {
	t.Parallel()
	rate, err := fsyncs(filepath.Join(t.TempDir(), "fsync"), 10*time.Millisecond)
	if err != nil || rate <= 0 {
		t.Errorf("%v fsyncs a second, %v", rate, err)
	}
	if got := memoryOf(os.Getpid()); got < 1<<20 {
		t.Errorf("this process has %d bytes", got)
	}
}
