package ringfence

// #include "shim.h"
import "C"

import "context"

// SetNoticeChannels takes the owner's choice of channels for a category; none switches it off. It refuses with
// ErrInvalidArgument what cannot be chosen.
func (s *Service) SetNoticeChannels(ctx context.Context, account Account, category string, channels ChannelSet, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_set_notice_channels(of, account.c(), str(category), C.uint32_t(channels), call, out, e)
	})
}

// A Notice is something of the host's own that the owner is told.
type Notice struct {
	Category       string
	Text           string // 1-1000 bytes in one line.
	IdempotencyKey string // 1-128 bytes: given again with the same one, nothing more is sent.
}

// Notify tells the owner. It refuses with ErrNoMethodAvailable where no channel is verified.
func (s *Service) Notify(ctx context.Context, account Account, notice Notice, call Call) (NoticeReceipt, error) {
	out := C.ringfence_notice_receipt{struct_size: C.sizeof_ringfence_notice_receipt}
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return C.go_notify(of, account.c(), str(notice.Category), str(notice.Text), str(notice.IdempotencyKey), call, &out, e)
	}); err != nil {
		return NoticeReceipt{}, err
	}
	return receiptOf(&out), nil
}
