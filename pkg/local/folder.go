package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
)

// Folder is where a store without DynamoDB keeps its lasting data: the files of its
// table, which package embedded names, and those below. Only its owner may open it.
type Folder string

const (
	storeFile   = "store.json"      // what store it is, see Identity
	demoKeyFile = "demo-key"        // the key of the demo account
	secretsFile = "secrets-key"     // the key of what providers give in confidence
	socketFile  = "agentstore.sock" // where the store that runs takes commands
)

// Identity is what a store is all its life. The file that holds it also
// distinguishes the folder of a store from any other.
type Identity struct {
	Format  int       `json:"format"`
	KeyMode auth.Mode `json:"keyMode"`
	MadeAt  time.Time `json:"madeAt"`
}

// identityFormat is the format of the folders that this program makes, and the
// newest that it knows. Those before oldestFormat are from before products kept
// their own state, and no release has made one. Those before spreadFormat have all
// rows of an account together, and keep them so.
const (
	identityFormat = 3
	spreadFormat   = 3
	oldestFormat   = 2
)

// Spread says which of its accounts are spread over partitions.
func (i Identity) Spread() dynamo.Spread {
	if i.Format < spreadFormat {
		return dynamo.Spread{}
	}
	return dynamo.Always()
}

// ErrOldStore means that a folder has a format that is no longer read.
var ErrOldStore = errors.New("its format is too old")

// ErrNoStore means that a folder holds no store.
var ErrNoStore = errors.New("there is no store")

func (f Folder) file(name string) string { return filepath.Join(string(f), name) }

// Socket is where the store running in the folder takes commands.
func (f Folder) Socket() string { return f.file(socketFile) }

// String is the path of the folder as seen from the working directory.
func (f Folder) String() string {
	if path := string(f); filepath.IsLocal(path) {
		return "." + string(filepath.Separator) + filepath.Clean(path)
	}
	return filepath.Clean(string(f))
}

// Identity returns ErrNoStore where the folder holds none.
func (f Folder) Identity() (Identity, error) {
	var i Identity
	text, err := os.ReadFile(f.file(storeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return i, fmt.Errorf("%w in %s: agentstore run makes one for trying it out, agentstore serve one for a team; DATA_DIR names another folder", ErrNoStore, f)
	}
	if err == nil {
		err = json.Unmarshal(text, &i)
	}
	switch {
	case err != nil:
		return i, fmt.Errorf("%s cannot be read: %w", f.file(storeFile), err)
	case i.Format >= 1 && i.Format < oldestFormat:
		return i, fmt.Errorf("the store in %s is from before the first release, %w: remove it with agentstore reset, or choose another folder with DATA_DIR", f, ErrOldStore)
	case i.Format < 1 || i.Format > identityFormat:
		return i, fmt.Errorf("the store in %s has format %d, but this program knows none above %d: use a newer one", f, i.Format, identityFormat)
	}
	return i, nil
}

// Prepare makes the folder that of a store whose keys have that mode, unless it is
// one already. A store for trying it out never becomes one for a team: it has an
// account whose key everybody on the machine has.
func (f Folder) Prepare(mode auth.Mode) error {
	found, err := f.Identity()
	switch {
	case errors.Is(err, ErrNoStore):
		if err := f.empty(); err != nil {
			return err
		}
		return f.identify(Identity{identityFormat, mode, app.Now()})
	case err != nil:
		return err
	case found.KeyMode != mode:
		return fmt.Errorf("the store in %s uses %s keys, not %s ones: choose another folder with DATA_DIR, or set KEY_MODE=%s", f, found.KeyMode, mode, found.KeyMode)
	}
	return f.private()
}

// empty makes the folder, or accepts an empty one.
func (f Folder) empty() error {
	entries, err := os.ReadDir(string(f))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("DATA_DIR is %q: %w", string(f), err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty and holds no store: choose another folder with DATA_DIR", f)
	}
	return f.private()
}

// private makes the folder accessible to its owner only.
func (f Folder) private() error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("DATA_DIR is %q: %w", string(f), err)
	}
	if err := ownedByCaller(string(f)); err != nil {
		return err
	}
	return os.Chmod(string(f), 0o700)
}

func (f Folder) identify(i Identity) error {
	text, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	return f.keep(storeFile, append(text, '\n'))
}

// keep replaces a small file, whole or not at all, which only its owner can read.
func (f Folder) keep(name string, text []byte) error {
	made, err := os.CreateTemp(string(f), name+".*.new") // 0600
	if err != nil {
		return err
	}
	_, err = made.Write(text)
	if err = errors.Join(err, made.Sync(), made.Close()); err == nil {
		err = os.Rename(made.Name(), f.file(name))
	}
	if err != nil {
		_ = os.Remove(made.Name())
		return err
	}
	return syncFolder(string(f))
}

// DemoKey is the stored key of the demo account if it still works, otherwise a new
// one.
func (f Folder) DemoKey(ctx context.Context, c app.Config, db Database) (key string, err error) {
	text, err := os.ReadFile(f.file(demoKeyFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if key = strings.TrimSpace(string(text)); works(ctx, c, db, key) {
		return key, os.Chmod(f.file(demoKeyFile), 0o600)
	}
	if key, err = DemoKey(ctx, c, db); err != nil {
		return "", err
	}
	return key, f.keep(demoKeyFile, []byte(key+"\n"))
}

// works reports whether a request with the key would be answered.
func works(ctx context.Context, c app.Config, db Database, key string) bool {
	verifier := auth.Verifier{Keys: db, Mode: c.KeyMode, Now: app.Now}
	claim, err := verifier.Begin(ctx, []string{"Bearer " + key}, "")
	if err != nil {
		return false
	}
	return claim("", "").Confirm(ctx) == nil
}
