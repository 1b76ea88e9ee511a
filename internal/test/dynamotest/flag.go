package dynamotest

import "flag"

// SetUnlessGiven gives a flag of the test binary another default: the command line may
// still say otherwise.
func SetUnlessGiven(name, value string) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if !given {
		_ = flag.Set(name, value)
	}
}
