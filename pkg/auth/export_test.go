package auth

// Comparing is the verifier, which calls f when it compares a hash.
func (v Verifier) Comparing(f func()) Verifier {
	v.compared = f
	return v
}
