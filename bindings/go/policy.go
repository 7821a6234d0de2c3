package ringfence

// #include "shim.h"
import "C"

import "encoding/json"

// A Policy is what may be, how often and for how long. It never changes. Safe for use from any goroutine.
type Policy struct{ handle }

// NewPolicy makes a policy from JSON, an object with a member for each setting; what is left out has its default, and so
// has everything if settings is empty. It refuses with ErrInvalidPolicy; the text names every problem.
func NewPolicy(settings []byte) (*Policy, error) {
	var made C.ringfence_policy
	err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_policy_new(raw(settings), &made, e) })
	return policyOf(made, err)
}

func policyOf(made C.ringfence_policy, err error) (*Policy, error) {
	if err != nil {
		return nil, err
	}
	policy := &Policy{}
	policy.open(made.id)
	return policy, nil
}

// c gives the policy to C: of nil, the default one.
func (p *Policy) c() (C.ringfence_policy, error) {
	if p == nil {
		return C.ringfence_policy{}, nil
	}
	if id := p.get(); id != 0 {
		return C.ringfence_policy{id: id}, nil
	}
	return C.ringfence_policy{}, errClosed("the policy")
}

// JSON gives the whole policy.
func (p *Policy) JSON() (json.RawMessage, error) {
	if p == nil {
		return nil, errClosed("the policy")
	}
	of, err := p.c()
	if err != nil {
		return nil, err
	}
	var settings C.ringfence_text
	if err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_policy_json(of, &settings, e) }); err != nil {
		return nil, err
	}
	return taken(settings), nil
}

// Close frees the policy. A service that it is in force in keeps it. It never fails.
func (p *Policy) Close() error {
	if p == nil {
		return nil
	}
	if id := p.take(); id != 0 {
		C.ringfence_policy_free(C.ringfence_policy{id: id})
	}
	return nil
}
