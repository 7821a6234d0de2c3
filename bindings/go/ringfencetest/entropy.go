package ringfencetest

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
)

// A SeededEntropy repeats itself: the same number gives the same bytes as ringfence::testing::SeededEntropy of C++. For
// tests only. Safe for use from any goroutine.
type SeededEntropy struct {
	number uint64
	drawn  atomic.Uint64
}

// NewSeededEntropy makes one.
func NewSeededEntropy(number uint64) *SeededEntropy { return &SeededEntropy{number: number} }

// Fill gives which number and which draw; the library spreads them.
func (s *SeededEntropy) Fill(bytes []byte) error {
	if len(bytes) < 16 {
		return fmt.Errorf("ringfencetest: %d bytes of entropy are fewer than a seed has", len(bytes))
	}
	for i := range bytes {
		bytes[i] = 0
	}
	binary.LittleEndian.PutUint64(bytes, s.number)
	binary.LittleEndian.PutUint64(bytes[8:], s.drawn.Add(1))
	return nil
}
