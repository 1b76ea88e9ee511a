// Package control lets the running store, which alone has its data open, carry out a
// command of the operator: the arguments of the command go to it over a Unix socket,
// and the output of the command comes back as it is printed. Whoever may open the
// socket may do everything, so only its owner may.
package control

import "errors"

// Words are a command as its operator typed it.
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

// ErrNobody means that no store is listening.
var ErrNobody = errors.New("control: nobody listens")

// maxPath is the longest path of a socket on the system that allows least, macOS
// (sockaddr_un, including the terminating zero).
const maxPath = 103 // bytes
