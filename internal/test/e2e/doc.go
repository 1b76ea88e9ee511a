// Package e2e tests the whole store from outside: real routes, real HTTP, real
// storage code, and every answer held to the OpenAPI document.
package e2e
