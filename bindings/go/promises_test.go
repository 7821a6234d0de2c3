package ringfence

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestASecretInAPrivateFieldPrintsNothingOfItself(t *testing.T) {
	type job struct {
		code    Secret
		message Message
	}
	of := job{code: secret([]byte("868812")), message: Message{Code: secret([]byte("868812"))}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown := fmt.Sprintf(verb, of)
		if strings.Contains(shown, "868812") || strings.Contains(shown, "56 54 56") || strings.Contains(shown, "383638383132") {
			t.Errorf("%s shows the code: %s", verb, shown)
		}
	}
	if got := of.code.Reveal(); got != "868812" {
		t.Errorf("Reveal gives %q", got)
	}
}

func TestADeadlineThatIsFarAwayIsNoError(t *testing.T) {
	for _, left := range []time.Duration{time.Hour, math.MaxInt64} {
		ctx, cancel := context.WithTimeout(context.Background(), left)
		ms, err := remaining(ctx)
		cancel()
		if err != nil || ms <= 0 {
			t.Errorf("with %v left: %d ms, %v", left, ms, err)
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
	defer cancel()
	if ms, err := remaining(ctx); err != nil || ms <= 0 {
		t.Errorf("in the year 9999: %d ms, %v", ms, err)
	}
}
