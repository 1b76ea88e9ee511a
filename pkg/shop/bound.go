package shop

// Bound is a limit on a number of objects that is never exceeded, not even for a
// moment: whoever adds one writes, in the same transaction, the object that they all
// belong to, in the version that was read before they were counted.
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
