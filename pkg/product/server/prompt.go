package server

import (
	_ "embed" // the texts

	"agentstore/pkg/product"
)

var (
	//go:embed prompts/buy_server.md
	buyPrompt string
	//go:embed prompts/reinstall_server.md
	reinstallPrompt string
)

func prompts() []product.Prompt {
	return []product.Prompt{
		{
			Name: "buy_server", Title: "Buy a server",
			Description: "Walks through buying one server: search, requirements, quote, purchase, and waiting until it is ready.",
			Arguments: []product.Argument{
				{Name: "purpose", Title: "Purpose", Description: "What the server is for, and how large it should be."},
				{Name: "hostname", Title: "Host name", Description: "The host name of the server.", Absent: "a fitting one of your choice"},
				{Name: "region", Title: "Region", Description: "Where it should run, such as eu-west.", Absent: "the one nearest to its users"},
				{Name: "budget", Title: "Budget", Description: "The most that it may cost a month, such as $25.", Absent: "not given: ask before you buy"},
			},
			Text: buyPrompt,
		},
		{
			Name: "reinstall_server", Title: "Reinstall a server",
			Description: "Walks through erasing a server and installing another image, with the checks that belong before it.",
			Arguments: []product.Argument{
				{Name: "server", Title: "Server", Description: "The id or the host name of the server."},
				{Name: "image", Title: "Image", Description: "The image to install, such as debian-12.", Absent: "ask which of supportedImages"},
			},
			Text: reinstallPrompt,
		},
	}
}
