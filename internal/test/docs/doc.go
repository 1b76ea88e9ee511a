// Package docs runs the commands of README.md, docs/ and events/README.md as somebody
// does who reads them: in order, on a fresh clone, in a shell.
//
// A command is in a fenced block: of sh, or of console, where it follows a $ and is
// followed by what it prints. Before a block there may be one of two comments:
//
//	<!-- not run: why it cannot be run everywhere -->
//	<!-- first: commands that the reader needs no telling -->
//
// What is elided with … in a command is what an earlier one has printed, and in what
// it prints it is anything. Identifiers, times and addresses differ from run to run.
package docs
