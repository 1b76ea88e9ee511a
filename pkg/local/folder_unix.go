//go:build unix

package local

import (
	"fmt"
	"os"
	"syscall"
)

// ownedByCaller refuses a folder that belongs to somebody else: its owner could not
// read what this process, such as an administrator's, writes there.
func ownedByCaller(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if owner, caller := int(info.Sys().(*syscall.Stat_t).Uid), os.Geteuid(); owner != caller {
		return fmt.Errorf("%s belongs to the user with the id %d, but you are %d: run this as that user", Folder(dir), owner, caller)
	}
	return nil
}

// syncFolder makes renames in a folder survive a loss of power.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
