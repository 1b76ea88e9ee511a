//go:build unix

package local

import (
	"fmt"
	"os"
	"syscall"
)

// ownedByCaller refuses a folder of somebody else's: what this process wrote there,
// such as that of an administrator, its owner could not read.
func ownedByCaller(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if owner, caller := int(info.Sys().(*syscall.Stat_t).Uid), os.Geteuid(); owner != caller {
		return fmt.Errorf("%s belongs to the user with the id %d, and you are %d: run this as that user", Folder(dir), owner, caller)
	}
	return nil
}

// syncFolder has what was renamed in a folder outlive a loss of power.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
