//go:build ringfence_static

package ringfence

// Not with --static: only ringfence itself goes into the program. What it stands on, libpq and so on, stays shared, and
// with --static pkg-config would want all that those were made of.

// #cgo pkg-config: ringfence-static
import "C"
