package ringfence

// #include "shim.h"
import "C"

import (
	"crypto/rand"
	"encoding/json"
	"time"
	"unsafe"
)

// A Command is what a step does: "step", the name of a function of the service, and its arguments, e.g.
//
//	Command{"step": "set_target", "flow": flow, "target": "139 1234 5678", "region": "CN"}
//
// ABI.md has them all. Times are numbers of milliseconds, enumerators their names: give a value's String.
type Command map[string]interface{}

// A Step is one step of a flow for hosts that load and commit by themselves, e.g. inside a transaction of their own:
//
//	step, err := ringfence.NewStep(policy, command, call)
//	for {
//		keys, err := step.Needs()
//		if len(keys) == 0 { break }
//		... load the records
//		err = step.Add(records)
//	}
//	question, err := step.Question()          // if you have somebody to ask
//	change, err := step.Decide(context)
//	... commit the change, all of it or nothing; nil has nothing to commit
//	view, err := step.ConcludeFlow(outcome)   // only now is anything revealed
//
// On a conflict begin again with a new step.
type Step struct{ handle }

// NewStep makes a step. The policy (nil: the default one) says which numbers are taken.
func NewStep(policy *Policy, command Command, call Call) (*Step, error) {
	allowed, err := policy.c()
	if err != nil {
		return nil, err
	}
	written, err := encode(command)
	if err != nil {
		return nil, notJSON(err)
	}
	defer wipe(written) // there may be a code in it
	var made C.ringfence_step
	if err := try(func(e *C.ringfence_error) C.int32_t {
		return C.go_step_new(allowed, raw(written), call.c(0), &made, e)
	}); err != nil {
		return nil, err
	}
	step := &Step{}
	step.open(made.id)
	return step, nil
}

func (s *Step) c() (C.ringfence_step, error) {
	if s != nil {
		if id := s.get(); id != 0 {
			return C.ringfence_step{id: id}, nil
		}
	}
	return C.ringfence_step{}, errClosed("the step")
}

// Close frees the step. It never fails.
func (s *Step) Close() error {
	if s == nil {
		return nil
	}
	if id := s.take(); id != 0 {
		C.ringfence_step_free(C.ringfence_step{id: id})
	}
	return nil
}

func (s *Step) do(call func(C.ringfence_step, *C.ringfence_error) C.int32_t) error {
	of, err := s.c()
	if err != nil {
		return err
	}
	return try(func(e *C.ringfence_error) C.int32_t { return call(of, e) })
}

// Needs gives the keys still to be loaded; when there are none it can decide.
func (s *Step) Needs() ([]Key, error) {
	var list C.ringfence_text
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_needs(of, &list, e)
	}); err != nil {
		return nil, err
	}
	var keys []Key
	return keys, json.Unmarshal(taken(list), &keys)
}

// Add takes what was loaded for the keys that were needed, in their order; nil where there is no record.
func (s *Step) Add(records []*Loaded) error {
	written, err := encode(append([]*Loaded{}, records...))
	if err != nil {
		return notJSON(err)
	}
	return s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_add(of, raw(written), e)
	})
}

// Question gives what to ask a RiskAdvisor; nil: nothing.
func (s *Step) Question() (*RiskQuestion, error) {
	var question C.ringfence_text
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_question(of, &question, e)
	}); err != nil {
		return nil, err
	}
	text := taken(question)
	if len(text) == 0 {
		return nil, nil
	}
	return riskQuestionOf(text)
}

// A StepContext is what a decision may depend on besides records.
type StepContext struct {
	Risk   *RiskAnswer // Nil: there is nobody to ask.
	Policy *Policy     // Nil: the default one.
	Keys   *KeyRing    // Required.
	Now    time.Time   // Required.
	Seed   *[32]byte   // Fresh random bytes for every decision. Nil: from crypto/rand; give one in tests only.
}

// Decide decides, and gives the change set to be committed. Nil: there is none, conclude with CommitCommitted.
func (s *Step) Decide(with StepContext) (*ChangeSet, error) {
	if _, err := s.c(); err != nil {
		return nil, err
	}
	policy, err := with.Policy.c()
	if err != nil {
		return nil, err
	}
	keys, err := with.Keys.c()
	if err != nil {
		return nil, err
	}
	in := C.ringfence_step_context{
		struct_size: C.sizeof_ringfence_step_context,
		risk:        -1,
		policy:      policy,
		keys:        keys,
		now:         millis(with.Now),
	}
	if with.Risk != nil {
		in.risk = C.int32_t(*with.Risk)
	}
	seed := unsafe.Slice((*byte)(unsafe.Pointer(&in.seed[0])), len(in.seed))
	defer wipe(seed)
	if with.Seed != nil {
		copy(seed, with.Seed[:])
	} else if _, err := rand.Read(seed); err != nil {
		return nil, &Error{Status: ErrInternal, Next: Retry, Text: "no entropy", cause: err}
	}
	var change C.ringfence_text
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_decide(of, &in, &change, e)
	}); err != nil {
		return nil, err
	}
	text := taken(change)
	if len(text) == 0 {
		return nil, nil
	}
	decided := &ChangeSet{}
	return decided, json.Unmarshal(text, decided)
}

// ConcludeFlow gives the reply, now that the commit has ended: as the method of the service replies or refuses. Which of
// these methods it is the step decides; another one is refused with ErrInvalidArgument.
func (s *Step) ConcludeFlow(outcome CommitOutcome) (FlowView, error) {
	out := C.ringfence_flow_view{struct_size: C.sizeof_ringfence_flow_view}
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_conclude_flow(of, C.int32_t(outcome), &out, e)
	}); err != nil {
		return FlowView{}, err
	}
	return flowOf(&out), nil
}

// ConcludeSettings is ConcludeFlow for steps that reply with settings.
func (s *Step) ConcludeSettings(outcome CommitOutcome) (SecuritySettings, error) {
	out := C.ringfence_settings{struct_size: C.sizeof_ringfence_settings}
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_conclude_settings(of, C.int32_t(outcome), &out, e)
	}); err != nil {
		return SecuritySettings{}, err
	}
	return settingsOf(&out), nil
}

// ConcludeGrant is ConcludeFlow for use_grant.
func (s *Step) ConcludeGrant(outcome CommitOutcome) (Grant, error) {
	out := C.ringfence_grant{struct_size: C.sizeof_ringfence_grant}
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_conclude_grant(of, C.int32_t(outcome), &out, e)
	}); err != nil {
		return Grant{}, err
	}
	return grantOf(&out), nil
}

// ConcludeAppeal is ConcludeFlow for steps that reply with an appeal.
func (s *Step) ConcludeAppeal(outcome CommitOutcome) (Appeal, error) {
	out := C.ringfence_appeal{struct_size: C.sizeof_ringfence_appeal}
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_conclude_appeal(of, C.int32_t(outcome), &out, e)
	}); err != nil {
		return Appeal{}, err
	}
	return appealOf(&out), nil
}

// ConcludeReceipt is ConcludeFlow for notify.
func (s *Step) ConcludeReceipt(outcome CommitOutcome) (NoticeReceipt, error) {
	out := C.ringfence_notice_receipt{struct_size: C.sizeof_ringfence_notice_receipt}
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_conclude_receipt(of, C.int32_t(outcome), &out, e)
	}); err != nil {
		return NoticeReceipt{}, err
	}
	return receiptOf(&out), nil
}

// ConcludeLogin is ConcludeFlow for steps that name an account.
func (s *Step) ConcludeLogin(outcome CommitOutcome) (Login, error) {
	out := C.ringfence_login{struct_size: C.sizeof_ringfence_login}
	if err := s.do(func(of C.ringfence_step, e *C.ringfence_error) C.int32_t {
		return C.ringfence_step_conclude_login(of, C.int32_t(outcome), &out, e)
	}); err != nil {
		return Login{}, err
	}
	return loginOf(&out), nil
}
