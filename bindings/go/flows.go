package ringfence

// #include "shim.h"
import "C"

import "context"

// Each Begin method refuses with ErrAccountClosed, ErrManagedElsewhere, ErrAccountLocked; those that send a code also with
// ErrLimited, ErrRiskRefused; those that prove identity, by method, also with ErrMethodUnavailable, ErrNoMethodAvailable,
// ErrFactorRequired.

// BeginChangePhone changes the security phone: a code goes to an own channel, then one to the new number.
func (s *Service) BeginChangePhone(ctx context.Context, account Account, method ChannelKind, reason ChangeReason, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_begin_change_phone(of, account.c(), C.int32_t(method), C.int32_t(reason), call, out, e)
	})
}

// BeginChangeEmail changes the email, or adds the first one.
func (s *Service) BeginChangeEmail(ctx context.Context, account Account, method ChannelKind, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_begin_change_email(of, account.c(), C.int32_t(method), call, out, e)
	})
}

// BeginVerifyChannel proves the present, unverified address of a channel. It refuses also with ErrNothingToProve.
func (s *Service) BeginVerifyChannel(ctx context.Context, account Account, channel, method ChannelKind, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_begin_verify_channel(of, account.c(), C.int32_t(channel), C.int32_t(method), call, out, e)
	})
}

// BeginConfirmOperation confirms one sensitive operation of the host, e.g. "vm:deleteInstance", 1-128 bytes: UseGrant then
// takes it.
func (s *Service) BeginConfirmOperation(ctx context.Context, account Account, operation string, method ChannelKind, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_begin_confirm_operation(of, account.c(), str(operation), C.int32_t(method), call, out, e)
	})
}

// BeginClaimLogin claims the login with an own address that was shared and is no more. It refuses also with
// ErrNothingToProve.
func (s *Service) BeginClaimLogin(ctx context.Context, account Account, channel ChannelKind, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_begin_claim_login(of, account.c(), C.int32_t(channel), call, out, e)
	})
}

// BeginReplacePhone sets a new phone without proof of identity, because an appeal was approved. It refuses also with
// ErrAppealNotFound.
func (s *Service) BeginReplacePhone(ctx context.Context, account Account, reason ChangeReason, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_begin_replace_phone(of, account.c(), C.int32_t(reason), call, out, e)
	})
}

// Each of the following, with flow as FlowView.Flow names it, refuses with ErrFlowNotFound, ErrSessionMismatch,
// ErrAccountClosed, ErrManagedElsewhere, ErrAccountLocked, ErrFlowExpired, ErrWrongStep.

// ProveIdentity presents the code that went to an own channel, as the person typed it. It refuses also with ErrLimited,
// ErrKeyMissing, ErrMethodUnavailable, ErrRiskRefused. A wrong code is no refusal: see FlowView.Verdict.
func (s *Service) ProveIdentity(ctx context.Context, flow, code string, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_prove_identity(of, str(flow), str(code), call, out, e)
	})
}

// SetTarget sets the new address, or corrects it, and sends a code there. It refuses also with ErrInvalidNumber,
// ErrNumberTypeNotAllowed, ErrRegionNotAllowed, ErrInvalidEmail, ErrSameAddress, ErrLimited, ErrRiskRefused.
func (s *Service) SetTarget(ctx context.Context, flow string, target AddressInput, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_set_target(of, str(flow), target.c(), call, out, e)
	})
}

// Sharing says what to do if another account is associated with the new address.
type Sharing bool

// What to do if another account is associated with the new address, which then serves for verification only.
const (
	AcceptVerificationOnly Sharing = true  // Go on.
	AskVerificationOnly    Sharing = false // Wait in StepConfirmTarget, for ConfirmTarget or another target.
)

// ProveTarget presents the code that went to the target. Right: the flow has its effect. It refuses also with ErrLimited,
// ErrKeyMissing, ErrRiskRefused, ErrAddressAtCapacity.
func (s *Service) ProveTarget(ctx context.Context, flow, code string, sharing Sharing, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_prove_target(of, str(flow), str(code), flag(bool(sharing)), call, out, e)
	})
}

// ConfirmTarget goes on from StepConfirmTarget.
func (s *Service) ConfirmTarget(ctx context.Context, flow string, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_confirm_target(of, str(flow), call, out, e)
	})
}

// Resend sends a fresh code in place of the live one. It refuses also with ErrLimited, ErrRiskRefused,
// ErrMethodUnavailable.
func (s *Service) Resend(ctx context.Context, flow string, route Route, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_resend(of, str(flow), C.int32_t(route), call, out, e)
	})
}

// Cancel ends the flow without effect.
func (s *Service) Cancel(ctx context.Context, flow string, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_cancel(of, str(flow), call, out, e)
	})
}

// View shows where the flow is.
func (s *Service) View(ctx context.Context, flow string, call Call) (FlowView, error) {
	return s.flow(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_flow_view, e *C.ringfence_error) C.int32_t {
		return C.go_view(of, str(flow), call, out, e)
	})
}

// UseGrant takes the grant of a confirmed operation, once. It refuses with ErrGrantInvalid.
func (s *Service) UseGrant(ctx context.Context, flow, operation string, call Call) (Grant, error) {
	out := C.ringfence_grant{struct_size: C.sizeof_ringfence_grant}
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return C.go_use_grant(of, str(flow), str(operation), call, &out, e)
	}); err != nil {
		return Grant{}, err
	}
	return grantOf(&out), nil
}
