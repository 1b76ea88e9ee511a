// Package control lets a command of the operator be carried out by the store that
// runs, which alone has its data open: the words of the command go to it over a
// Unix socket, and what the command prints comes back while it prints it. Who may
// open the socket may do everything, so that it is for its owner alone.
package control

import "errors"

// Words are a command as its operator has typed it.
type Words struct {
	Args []string `json:"args"`
	// Folder is where relative paths begin.
	Folder string `json:"folder"`
	// Catalog is the text of the operator's own catalog, whose file the store may not
	// be able to read; empty where they have none.
	Catalog []byte `json:"catalog,omitempty"`
}

// answer is a piece of what a command prints, or its end.
type answer struct {
	Out   string `json:"out,omitempty"`
	Error string `json:"error,omitempty"`
	End   bool   `json:"end,omitempty"`
}

// ErrNobody means that no store listens.
var ErrNobody = errors.New("control: nobody listens")

// maxPath is how long the path of a socket may be where it may be least, which is
// on macOS (sockaddr_un, with the zero at its end).
const maxPath = 103 // bytes
