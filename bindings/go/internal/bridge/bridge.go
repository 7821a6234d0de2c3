// Package bridge lets ringfencetest reach what package ringfence does not show to its users.
package bridge

// StoreHandle gives C a store, of ringfence or written in Go; C frees the handle. Package ringfence sets it.
var StoreHandle func(store interface{}) (uint64, error)
