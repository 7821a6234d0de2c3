package ringfence

// #include "shim.h"
import "C"

import "context"

// SubmitAppeal opens an appeal, taken by submittedBy, 1-128 bytes. It refuses with ErrAppealPending.
func (s *Service) SubmitAppeal(ctx context.Context, account Account, submittedBy string, call Call) (Appeal, error) {
	return s.appeal(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_appeal, e *C.ringfence_error) C.int32_t {
		return C.go_submit_appeal(of, account.c(), str(submittedBy), call, out, e)
	})
}

// Appeal gives the appeal an account has, or its last one; if it never had one, the ID is empty.
func (s *Service) Appeal(ctx context.Context, account Account, call Call) (Appeal, error) {
	return s.appeal(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_appeal, e *C.ringfence_error) C.int32_t {
		return C.go_appeal(of, account.c(), call, out, e)
	})
}

// An AppealDecision is a reviewer's, about the appeal with this id.
type AppealDecision struct {
	Appeal   string
	Approve  bool
	Reviewer string // 1-128 bytes, as the next one.
	Evidence string
}

// DecideAppeal takes a decision. Approving is limited until the appeal was held long enough. It refuses with
// ErrAppealNotFound, ErrWrongStep.
func (s *Service) DecideAppeal(ctx context.Context, account Account, decision AppealDecision, call Call) (Appeal, error) {
	return s.appeal(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_appeal, e *C.ringfence_error) C.int32_t {
		return C.go_decide_appeal(of, account.c(), str(decision.Appeal), flag(decision.Approve), str(decision.Reviewer),
			str(decision.Evidence), call, out, e)
	})
}

// Dispute is what somebody says who was told of a change, with the reference of the notice: that it was not theirs. The
// account is locked and an appeal opened. It refuses with ErrDisputeNotFound.
func (s *Service) Dispute(ctx context.Context, reference string, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_dispute(of, str(reference), call, out, e)
	})
}
