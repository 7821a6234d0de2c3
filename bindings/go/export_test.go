package ringfence

// PluggedParts tells how many parts of the host C has a number of.
func PluggedParts() int64 { return plugged.Load() }
