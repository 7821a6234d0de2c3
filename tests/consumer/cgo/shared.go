//go:build !ringfence_static

package main

// #cgo pkg-config: ringfence
import "C"
