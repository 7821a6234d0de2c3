//go:build ringfence_static

package ringfence

// #cgo pkg-config: --static ringfence-static
import "C"
