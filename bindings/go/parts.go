package ringfence

// #include "shim.h"
import "C"

import (
	"encoding/json"
	"time"
	"unsafe"
)

// A Clock tells the time of day. It may jump. Its functions are called from any goroutine, several at once.
type Clock interface {
	Now() time.Time
	Pause(duration time.Duration) // Waits about this long, at most a second.
}

// An Entropy fills all of the bytes with unpredictable ones, or fails: then so does the call that wanted them. The bytes
// are wiped when it returns. Called from any goroutine, several at once.
type Entropy interface {
	Fill(bytes []byte) error
}

// A RiskQuestion is what a RiskAdvisor is asked.
type RiskQuestion struct {
	Moment  RiskMoment
	Flow    FlowKind
	Account Account
	Number  string // In E.164: where a code goes, or the phone that proved identity; may be empty.
	Session string
	Source  string
	TraceID string
}

// A RiskAdvisor says whether something speaks against a person, e.g. a SIM that was swapped a moment ago. It is asked on
// the goroutine of the call, before the decision, without any lock held; the call's deadline does not end it. A panic, and
// what is no answer, count as RiskUnknown.
type RiskAdvisor interface {
	Ask(question RiskQuestion) RiskAnswer
}

// An Observation is something that the library did, for metrics and logs; no address, code, key or account id is in it.
type Observation struct {
	Kind    ObservationKind
	Value   int64  // How many more, or milliseconds.
	Name    string // e.g. "ringfence.calls"
	Subject string
	Outcome string
	TraceID string
}

// An Observer is told what the library does, on the goroutine that does it, several at once.
type Observer interface {
	Observe(observation Observation)
}

// parts are the optional things that a service and a dispatcher work with, as handles: closed when that is made.
type parts struct {
	clock    C.ringfence_clock
	entropy  C.ringfence_entropy
	risk     C.ringfence_risk_advisor
	observer C.ringfence_observer
}

func (p *parts) plug(clock Clock, entropy Entropy, risk RiskAdvisor, observer Observer) error {
	if clock != nil {
		if err := attach(clock, nil, func(context C.uintptr_t, e *C.ringfence_error) C.int32_t {
			return C.ringfence_go_clock(context, &p.clock, e)
		}); err != nil {
			return err
		}
	}
	if entropy != nil {
		if err := attach(entropy, nil, func(context C.uintptr_t, e *C.ringfence_error) C.int32_t {
			return C.ringfence_go_entropy(context, &p.entropy, e)
		}); err != nil {
			return err
		}
	}
	if risk != nil {
		if err := attach(risk, nil, func(context C.uintptr_t, e *C.ringfence_error) C.int32_t {
			return C.ringfence_go_risk_advisor(context, &p.risk, e)
		}); err != nil {
			return err
		}
	}
	if observer != nil {
		return attach(observer, nil, func(context C.uintptr_t, e *C.ringfence_error) C.int32_t {
			return C.ringfence_go_observer(context, &p.observer, e)
		})
	}
	return nil
}

func (p *parts) free() {
	C.ringfence_clock_free(p.clock)
	C.ringfence_entropy_free(p.entropy)
	C.ringfence_risk_advisor_free(p.risk)
	C.ringfence_observer_free(p.observer)
}

//export ringfenceGoNow
func ringfenceGoNow(context C.uintptr_t) C.int64_t {
	// 0 is no time: the call that wanted it fails.
	return guarded("Clock.Now", 0, func() C.int64_t { return millis(part(context).(Clock).Now()) })
}

//export ringfenceGoPause
func ringfenceGoPause(context C.uintptr_t, duration C.int64_t) {
	guarded("Clock.Pause", false, func() bool {
		part(context).(Clock).Pause(durationOf(duration))
		return true
	})
}

//export ringfenceGoFill
func ringfenceGoFill(context C.uintptr_t, bytes *C.uint8_t, size C.size_t) C.int32_t {
	return guarded("Entropy.Fill", C.int32_t(C.RINGFENCE_INTERNAL), func() C.int32_t {
		// Into memory of Go, since whoever fills it might keep it.
		filled := make([]byte, int(size))
		defer wipe(filled)
		if err := part(context).(Entropy).Fill(filled); err != nil {
			report(Defect{Where: "Entropy.Fill", Err: err})
			return C.RINGFENCE_INTERNAL
		}
		copy(unsafe.Slice((*byte)(unsafe.Pointer(bytes)), int(size)), filled)
		return C.RINGFENCE_OK
	})
}

//export ringfenceGoAsk
func ringfenceGoAsk(context C.uintptr_t, question *C.ringfence_risk_question) C.int32_t {
	return guarded("RiskAdvisor.Ask", C.int32_t(C.RINGFENCE_RISK_UNKNOWN), func() C.int32_t {
		return C.int32_t(part(context).(RiskAdvisor).Ask(RiskQuestion{
			Moment:  RiskMoment(question.moment),
			Flow:    FlowKind(question.flow),
			Account: accountOf(&question.account),
			Number:  copied(question.number),
			Session: copied(question.session),
			Source:  copied(question.source),
			TraceID: copied(question.trace_id),
		}))
	})
}

//export ringfenceGoObserve
func ringfenceGoObserve(context C.uintptr_t, observation *C.ringfence_observation) {
	guarded("Observer.Observe", false, func() bool {
		part(context).(Observer).Observe(Observation{
			Kind:    ObservationKind(observation.kind),
			Value:   int64(observation.value),
			Name:    copied(observation.name),
			Subject: copied(observation.subject),
			Outcome: copied(observation.outcome),
			TraceID: copied(observation.trace_id),
		})
		return true
	})
}

// riskQuestionOf reads the question of a step.
func riskQuestionOf(text []byte) (*RiskQuestion, error) {
	var in struct {
		Account, Flow, Moment, Number, Realm, Session, Source string
		TraceID                                               string `json:"trace_id"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, err
	}
	out := &RiskQuestion{Account: Account{in.Realm, in.Account}, Number: in.Number, Session: in.Session,
		Source: in.Source, TraceID: in.TraceID}
	if in.Moment == BeforeEffect.String() {
		out.Moment = BeforeEffect
	}
	for kind := ChangePhone; kind <= ReplacePhone; kind++ {
		if kind.String() == in.Flow {
			out.Flow = kind
		}
	}
	return out, nil
}
