//go:build !ringfence_static

package ringfence

// #cgo pkg-config: ringfence
import "C"
