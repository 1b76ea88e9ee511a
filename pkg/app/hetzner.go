package app

// Hetzner is how the projects of Hetzner Cloud are reached that servers come from.
type Hetzner struct {
	// Tokens are the tokens of the projects: one alone, or lines of a name, an equals
	// sign and a token. They are in one of three places.
	Tokens     string // HCLOUD_TOKEN
	TokensFile string // HCLOUD_TOKEN_FILE: the file that has them
	Secret     string // HCLOUD_SECRET: the ARN of the secret in AWS Secrets Manager that has them
	Endpoint   string // HCLOUD_ENDPOINT: another API, for tests; empty is Hetzner's own
}

func (e *environment) hetzner() Hetzner {
	h := Hetzner{
		Tokens: e.text("HCLOUD_TOKEN", ""), TokensFile: e.text("HCLOUD_TOKEN_FILE", ""),
		Secret: e.text("HCLOUD_SECRET", ""), Endpoint: e.text("HCLOUD_ENDPOINT", ""),
	}
	set := 0
	for _, place := range []string{h.Tokens, h.TokensFile, h.Secret} {
		if place != "" {
			set++
		}
	}
	if set > 1 {
		e.fail("HCLOUD_TOKEN, HCLOUD_TOKEN_FILE and HCLOUD_SECRET are several places for the same tokens: set one")
	}
	return h
}
