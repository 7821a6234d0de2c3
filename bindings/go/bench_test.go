package ringfence_test

import (
	"testing"

	"example.org/ringfence/bindings/go/internal/mover"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// Whole changes of a phone, in memory, with a dispatcher that hands codes, notices and events to Go.
func BenchmarkChangePhoneInMemory(b *testing.B) {
	moving, err := mover.New()
	ok(b, err)
	defer moving.Close()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		ok(b, moving.Move())
	}
}

// What a call costs beyond the library: this one is refused before anything is loaded.
func BenchmarkACallThatIsRefusedAtOnce(b *testing.B) {
	world := ringfencetest.New(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if _, err := world.Service.View(ctx, "x", call); err == nil {
			b.Fatal("it is not refused")
		}
	}
}
