package server

import (
	_ "embed" // the example
	"encoding/json"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// exampleRename is a real run, which a test makes and compares.
//
//go:embed examples/server_rename.json
var exampleRename string

const renameName shop.ActionName = "rename"

var rename = func() shop.ActionType {
	a := move(renameName, "servers:rename")
	a.Begin, a.Settle = beginRename, settleRename
	return a
}()

// Rename gives a server another host name.
func Rename() product.Action {
	return product.Action{
		ActionType:  rename,
		Title:       "Rename a server",
		Doing:       "Renaming",
		Summary:     "Give a server another host name.",
		Description: "Use it to call a server otherwise; it goes on running. Not to find it again: use service_labels_set. Then read action_get until status is succeeded.",
		Input:       []schema.Field{hostname("Host name (RFC 1123) in lower case, its last label no number.")},
		Example:     product.Example{Input: `{"hostname":"build-node-01"}`, Output: exampleRename},
	}
}

// renaming is the input of a rename.
type renaming struct {
	Hostname string `json:"hostname"`
}

func beginRename(data shop.Data, input json.RawMessage) (shop.Data, error) {
	in, err := read[renaming](input)
	if err != nil {
		return shop.Data{}, err
	}
	return beginBy(data, renameName, "", func(s *State) { s.NewHostname = in.Hostname })
}

func settleRename(data shop.Data, ending shop.Ending) (shop.Data, error) {
	return change(data, func(s *State) {
		s.end(renameName, ending)
		if ending == shop.Succeeded && s.NewHostname != "" {
			s.Hostname = s.NewHostname
		}
		s.NewHostname = ""
	})
}
