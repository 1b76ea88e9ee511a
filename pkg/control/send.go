package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
)

// Send makes the listening store carry out a command, and returns the error with
// which the command ended. It returns ErrNobody where none is listening. When the
// context ends, so does the command.
func Send(ctx context.Context, path string, words Words, out io.Writer) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("a store runs with %s, which belongs to somebody else: run this command as the user that runs the store", path)
	}
	if err != nil {
		return ErrNobody
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := json.NewEncoder(conn).Encode(words); err != nil {
		return errBroken(ctx)
	}
	for answers := json.NewDecoder(conn); ; {
		var a answer
		switch err := answers.Decode(&a); {
		case err != nil:
			return errBroken(ctx)
		case a.End && a.Error != "":
			return errors.New(a.Error)
		case a.End:
			return nil
		}
		if _, err := io.WriteString(out, a.Out); err != nil {
			return err
		}
	}
}

func errBroken(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.New("the store stopped before the command ended: check what it has done, and run it again")
}
