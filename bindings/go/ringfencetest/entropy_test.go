package ringfencetest_test

import (
	"encoding/hex"
	"testing"

	"example.org/ringfence/bindings/go/ringfencetest"
)

// As include/ringfence/testing/seeded_entropy.h: the number, then the draw, each in eight bytes, the lowest first.
func TestSeededEntropyIsThatOfCpp(t *testing.T) {
	entropy := ringfencetest.NewSeededEntropy(0x0123456789abcdef)
	for _, want := range []string{
		"efcdab896745230101000000000000000000000000000000000000000000000" + "0",
		"efcdab896745230102000000000000000000000000000000000000000000000" + "0",
	} {
		seed := make([]byte, 32)
		seed[31] = 7 // what was there before does not matter
		if err := entropy.Fill(seed); err != nil || hex.EncodeToString(seed) != want {
			t.Errorf("the seed is %x, %v", seed, err)
		}
	}
	if entropy.Fill(make([]byte, 15)) == nil {
		t.Error("too few bytes are filled")
	}
}
