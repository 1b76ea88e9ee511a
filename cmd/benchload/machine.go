package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// machine is what the figures are to be judged by.
type machine struct {
	cores  int
	fsyncs float64 // a second, one after the other, each after 4 KiB more of a file
}

func (m machine) String() string {
	return fmt.Sprintf("%s/%s, %d cores, %.0f fsyncs a second", runtime.GOOS, runtime.GOARCH, m.cores, m.fsyncs)
}

func describe(dir string) (machine, error) {
	rate, err := fsyncs(filepath.Join(dir, "fsync"), time.Second)
	return machine{runtime.NumCPU(), rate}, err
}

// fsyncs is how many the disk of a file does in a second, tried for so long.
func fsyncs(path string, long time.Duration) (float64, error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer os.Remove(path)
	defer file.Close()
	block := make([]byte, 4<<10)
	begun := time.Now()
	for n := 1; ; n++ {
		if _, err := file.Write(block); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		if took := time.Since(begun); took >= long {
			return float64(n) / took.Seconds(), nil
		}
	}
}
