//go:build ringfence_static

package main

// #cgo pkg-config: ringfence-static
import "C"
