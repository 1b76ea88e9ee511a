package shop

// Bound is a number of objects that is passed at no moment: whoever adds one
// writes, in the same transaction, what they all belong to, on the version that was
// read before they were counted.
type Bound struct {
	Of   string
	Most int
}

// Bounds lists all of them.
func Bounds() []Bound {
	return []Bound{
		{"agents of an account", MaxAgents},
		{"good keys of an agent", MaxKeys},
		{"members of an account", MaxMembers},
		{"open invitations of an account", MaxInvitations},
		{"open questions of an agent", MaxWaiting},
	}
}
