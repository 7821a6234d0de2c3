package ringfence

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"context"
	"encoding/json"
	"time"
	"unsafe"
)

// A Registration is an account as the host registers or imports it. Phone is required, the rest of the addresses is not.
type Registration struct {
	Account       Account
	Kind          AccountKind
	Provider      string // The identity provider of a federated account.
	Phone         AddressInput
	Email         string
	PhoneProvenAt time.Time // When the host saw it proven; zero: it is unverified.
	EmailProvenAt time.Time
	Locale        string // What its owner reads, a tag of BCP 47 such as "zh-Hans-CN"; empty: not known.
}

func (r *Registration) c() C.ringfence_registration {
	return C.ringfence_registration{
		struct_size:     C.sizeof_ringfence_registration,
		kind:            C.int32_t(r.Kind),
		account:         r.Account.c(),
		provider:        str(r.Provider),
		phone:           r.Phone.c(),
		email:           str(r.Email),
		phone_proven_at: millis(r.PhoneProvenAt),
		email_proven_at: millis(r.EmailProvenAt),
		locale:          str(r.Locale),
	}
}

// RegisterAccount refuses with ErrAccountExists, ErrInvalidNumber, ErrInvalidEmail, ErrNumberTypeNotAllowed,
// ErrRegionNotAllowed, ErrAddressAtCapacity; then nothing is stored. It sends nothing.
func (s *Service) RegisterAccount(ctx context.Context, registration Registration, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_register_account(of, registration.c(), call, out, e)
	})
}

// An ImportReport says what became of the rows of an import.
type ImportReport struct {
	Imported    uint64
	Present     uint64 // The account was there already, and stays as it is.
	ClaimsMoved uint64 // How often an account lost a login claim to one with an earlier proof.
	Refused     []ImportRefusal
}

// An ImportRefusal says why a row was refused.
type ImportRefusal struct {
	Index int // Of the row.
	Err   *Error
}

// ImportAccounts brings in existing users. A row whose account is there changes nothing; rows that are refused are told
// in the report, and the others go in. If it fails as a whole, call it again with the same rows: it goes on where it
// stopped.
func (s *Service) ImportAccounts(ctx context.Context, rows []Registration, call Call) (ImportReport, error) {
	lent := lend(rows)
	defer C.free(unsafe.Pointer(lent))
	out := C.ringfence_import_report{struct_size: C.sizeof_ringfence_import_report}
	var refused C.ringfence_text
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return C.go_import_accounts(of, lent, C.size_t(len(rows)), call, &out, &refused, e)
	}); err != nil {
		return ImportReport{}, err
	}
	report := ImportReport{
		Imported:    uint64(out.imported),
		Present:     uint64(out.present),
		ClaimsMoved: uint64(out.claims_moved),
	}
	var refusals []struct {
		Index              int
		Status, Next, Text string
	}
	if err := json.Unmarshal(taken(refused), &refusals); err != nil {
		return report, err
	}
	for _, one := range refusals {
		report.Refused = append(report.Refused,
			ImportRefusal{one.Index, &Error{Status: statusNamed(one.Status), Next: nextNamed(one.Next), Text: one.Text}})
	}
	return report, nil
}

// lend copies rows to memory of C, in one piece: memory of Go that C gets a pointer to must not have pointers in it.
func lend(rows []Registration) *C.ringfence_registration {
	if len(rows) == 0 {
		return nil
	}
	size := len(rows) * int(C.sizeof_ringfence_registration)
	for i := range rows {
		for _, text := range rows[i].texts() {
			size += len(text)
		}
	}
	memory := C.malloc(C.size_t(size))
	lent := unsafe.Slice((*C.ringfence_registration)(memory), len(rows))
	left := unsafe.Slice((*byte)(memory), size)[len(rows)*int(C.sizeof_ringfence_registration):]
	for i := range rows {
		var copies [7]C.ringfence_string
		for j, text := range rows[i].texts() {
			if text == "" {
				continue
			}
			copy(left, text)
			copies[j] = C.ringfence_string{data: (*C.char)(unsafe.Pointer(&left[0])), size: C.size_t(len(text))}
			left = left[len(text):]
		}
		lent[i] = C.ringfence_registration{
			struct_size:     C.sizeof_ringfence_registration,
			kind:            C.int32_t(rows[i].Kind),
			account:         C.ringfence_account{realm: copies[0], id: copies[1]},
			provider:        copies[2],
			phone:           C.ringfence_address_input{text: copies[3], region: copies[4]},
			email:           copies[5],
			phone_proven_at: millis(rows[i].PhoneProvenAt),
			email_proven_at: millis(rows[i].EmailProvenAt),
			locale:          copies[6],
		}
	}
	return &lent[0]
}

func (r *Registration) texts() [7]string {
	return [7]string{r.Account.Realm, r.Account.ID, r.Provider, r.Phone.Text, r.Phone.Region, r.Email, r.Locale}
}

func statusNamed(name string) Status {
	for status := ErrMethodUnavailable; C.GoString(C.ringfence_status_name(C.int32_t(status))) != "?"; status++ {
		if status.String() == name {
			return status
		}
	}
	return ErrInternal
}

func nextNamed(name string) Next {
	for next := FixInput; next < FixSetup; next++ {
		if next.String() == name {
			return next
		}
	}
	return FixSetup
}

// UpgradeAccount makes a federated account standalone.
func (s *Service) UpgradeAccount(ctx context.Context, account Account, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_upgrade(of, account.c(), call, out, e)
	})
}

// SetLocale sets the language in which the owner is written to from now on, a tag of BCP 47 such as "zh-Hans-CN"; empty:
// none. There need not be texts in it: the nearest are taken. It refuses with ErrAccountClosed, and with
// ErrInvalidArgument what is no tag.
func (s *Service) SetLocale(ctx context.Context, account Account, locale string, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_set_locale(of, account.c(), str(locale), call, out, e)
	})
}

// Settings gives badges and reasons: what the owner sees.
func (s *Service) Settings(ctx context.Context, account Account, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_settings(of, account.c(), call, out, e)
	})
}

// ResolveLoginPhone names the account that may log in with a number, or nobody. A locked account is named, too.
func (s *Service) ResolveLoginPhone(ctx context.Context, realm string, phone AddressInput, call Call) (Login, error) {
	return s.login(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_login, e *C.ringfence_error) C.int32_t {
		return C.go_resolve_login_phone(of, str(realm), phone.c(), call, out, e)
	})
}

// ResolveLoginEmail names the account that may log in with an email, or nobody. A locked account is named, too.
func (s *Service) ResolveLoginEmail(ctx context.Context, realm, email string, call Call) (Login, error) {
	return s.login(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_login, e *C.ringfence_error) C.int32_t {
		return C.go_resolve_login_email(of, str(realm), str(email), call, out, e)
	})
}

func (s *Service) login(ctx context.Context, call Call,
	request func(C.ringfence_service, C.ringfence_call, *C.ringfence_login, *C.ringfence_error) C.int32_t) (Login, error) {
	out := C.ringfence_login{struct_size: C.sizeof_ringfence_login}
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return request(of, call, &out, e)
	}); err != nil {
		return Login{}, err
	}
	return loginOf(&out), nil
}

// LockAccount locks an account; reason is the host's own word, 1-64 bytes. Flows begun before are void, everyone is told.
func (s *Service) LockAccount(ctx context.Context, account Account, reason string, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_lock(of, account.c(), str(reason), call, out, e)
	})
}

// ReportDelivery passes on what a gateway reports later of a code that it had accepted, by Message.ID. If it did not arrive,
// the flow that waits for it has NotDelivered, and Resend need not wait; the other limits hold. A report of anything else
// changes nothing; the last one counts.
func (s *Service) ReportDelivery(ctx context.Context, account Account, message string, report DeliveryReport, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_report_delivery(of, account.c(), str(message), C.int32_t(report), call, out, e)
	})
}

// UnlockAccount unlocks an account.
func (s *Service) UnlockAccount(ctx context.Context, account Account, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_unlock(of, account.c(), call, out, e)
	})
}

// CredentialsChanged says that the host has changed a password or another credential: flows and grants from before are
// void.
func (s *Service) CredentialsChanged(ctx context.Context, account Account, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_credentials_changed(of, account.c(), call, out, e)
	})
}

// CloseAccount closes an account for good and releases its addresses.
func (s *Service) CloseAccount(ctx context.Context, account Account, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_close(of, account.c(), call, out, e)
	})
}

// EraseAccount erases everything personal that is kept of an account. If it fails half-way, call it again.
func (s *Service) EraseAccount(ctx context.Context, account Account, call Call) (SecuritySettings, error) {
	return s.settings(ctx, call, func(of C.ringfence_service, call C.ringfence_call, out *C.ringfence_settings, e *C.ringfence_error) C.int32_t {
		return C.go_erase(of, account.c(), call, out, e)
	})
}

// ExportAccount gives everything that is held about an account, with the members account, audit and messages. It has full
// addresses.
func (s *Service) ExportAccount(ctx context.Context, account Account, call Call) (json.RawMessage, error) {
	var out C.ringfence_text
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return C.go_export_account(of, account.c(), call, &out, e)
	}); err != nil {
		return nil, err
	}
	return taken(out), nil
}
