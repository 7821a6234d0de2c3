package ringfencetest

import (
	"sync/atomic"
	"time"
)

// A Clock moves only when told. Safe for use from any goroutine.
type Clock struct{ ms atomic.Int64 }

// NewClock starts at a fixed time in 2027.
func NewClock() *Clock {
	clock := &Clock{}
	clock.ms.Store(1800000000000)
	return clock
}

// Now gives the time it was told.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()).UTC() }

// Pause returns at once.
func (c *Clock) Pause(time.Duration) {}

// Advance moves it on.
func (c *Clock) Advance(duration time.Duration) { c.ms.Add(duration.Milliseconds()) }

// Set moves it anywhere.
func (c *Clock) Set(now time.Time) { c.ms.Store(now.UnixMilli()) }
