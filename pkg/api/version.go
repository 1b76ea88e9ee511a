package api

// Version is the version of the API: it grows with the contract, not with each release.
const Version = "1.0.0"
