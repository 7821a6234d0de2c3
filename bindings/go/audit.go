package ringfence

// #include "shim.h"
import "C"

import (
	"context"
	"encoding/json"
	"time"
)

// An AuditQuery says which entries of an audit trail; the zero value: the first hundred.
type AuditQuery struct {
	Max   int       // 1-1000; 0: 100.
	After uint64    // Entries with a greater number.
	From  time.Time // Not before this time ...
	Until time.Time // ... and before this one; zero: to the end.
}

// Audit gives entries of an account's trail, the oldest first. If next is not 0, go on with AuditQuery.After = next.
func (s *Service) Audit(ctx context.Context, account Account, query AuditQuery, call Call) (entries []AuditEntry, next uint64, err error) {
	wanted := C.ringfence_audit_query{
		struct_size: C.sizeof_ringfence_audit_query,
		max:         number(query.Max),
		after:       C.uint64_t(query.After),
		from:        millis(query.From),
		until:       millis(query.Until),
	}
	var list C.ringfence_text
	var more C.uint64_t
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return C.go_audit(of, account.c(), wanted, call, &list, &more, e)
	}); err != nil {
		return nil, 0, err
	}
	if err := json.Unmarshal(taken(list), &entries); err != nil {
		return nil, 0, err
	}
	return entries, uint64(more), nil
}

// VerifyAudit checks the whole trail. It refuses with ErrKeyMissing if the key of an entry is no longer in the ring.
func (s *Service) VerifyAudit(ctx context.Context, account Account, call Call) (AuditReport, error) {
	out := C.ringfence_audit_report{struct_size: C.sizeof_ringfence_audit_report}
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return C.go_verify_audit(of, account.c(), call, &out, e)
	}); err != nil {
		return AuditReport{}, err
	}
	return AuditReport{
		Fault:     AuditFault(out.fault),
		At:        uint64(out.at),
		Checked:   uint64(out.checked),
		Head:      uint64(out.head),
		Anchor:    uint64(out.anchor),
		HeadMAC:   text(out.head_mac[:]),
		AnchorMAC: text(out.anchor_mac[:]),
	}, nil
}

// PruneAudit removes the entries from before a time, and gives how many; what tells of it stays.
func (s *Service) PruneAudit(ctx context.Context, account Account, before time.Time, call Call) (int, error) {
	var removed C.int32_t
	err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return C.go_prune_audit(of, account.c(), millis(before), call, &removed, e)
	})
	return int(removed), err
}
