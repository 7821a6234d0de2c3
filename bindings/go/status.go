package ringfence

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A Status says why a call was refused. It is an error, the one to ask for with errors.Is:
//
//	if errors.Is(err, ringfence.ErrLimited) { ... }
//
// Newer versions of the library may have more: treat one that you do not know by Error.Next.
type Status int32

// Why a call was refused.
const (
	ErrMethodUnavailable    Status = C.RINGFENCE_METHOD_UNAVAILABLE      // The chosen method cannot prove identity now; another one can.
	ErrNoMethodAvailable    Status = C.RINGFENCE_NO_METHOD_AVAILABLE     // No method can: the way on is an appeal.
	ErrSameAddress          Status = C.RINGFENCE_SAME_ADDRESS            // The new address is the present one.
	ErrInvalidNumber        Status = C.RINGFENCE_INVALID_NUMBER          // Not a telephone number that exists worldwide in one form.
	ErrInvalidEmail         Status = C.RINGFENCE_INVALID_EMAIL           // Not an email address.
	ErrNumberTypeNotAllowed Status = C.RINGFENCE_NUMBER_TYPE_NOT_ALLOWED // The policy refuses numbers of this type, e.g. premium rate.
	ErrRegionNotAllowed     Status = C.RINGFENCE_REGION_NOT_ALLOWED      // The policy refuses numbers of this region or prefix.
	ErrManagedElsewhere     Status = C.RINGFENCE_MANAGED_ELSEWHERE       // A federated account: change it where Error.Link points.
	ErrAccountLocked        Status = C.RINGFENCE_ACCOUNT_LOCKED
	ErrAccountClosed        Status = C.RINGFENCE_ACCOUNT_CLOSED
	ErrAccountNotFound      Status = C.RINGFENCE_ACCOUNT_NOT_FOUND
	ErrAccountExists        Status = C.RINGFENCE_ACCOUNT_EXISTS
	ErrFlowExpired          Status = C.RINGFENCE_FLOW_EXPIRED
	ErrFlowNotFound         Status = C.RINGFENCE_FLOW_NOT_FOUND // Never begun, replaced by a newer flow, cancelled, or voided by a change.
	ErrWrongStep            Status = C.RINGFENCE_WRONG_STEP
	ErrSessionMismatch      Status = C.RINGFENCE_SESSION_MISMATCH    // The flow belongs to another session of the host.
	ErrLimited              Status = C.RINGFENCE_LIMITED             // Too many or too soon; Error.RetryAt says when it is allowed.
	ErrAddressAtCapacity    Status = C.RINGFENCE_ADDRESS_AT_CAPACITY // Already verified for as many accounts as the policy allows.
	ErrNothingToProve       Status = C.RINGFENCE_NOTHING_TO_PROVE    // The channel has no address, or what was to be proven or claimed is so.
	ErrAppealPending        Status = C.RINGFENCE_APPEAL_PENDING
	ErrAppealNotFound       Status = C.RINGFENCE_APPEAL_NOT_FOUND
	ErrDisputeNotFound      Status = C.RINGFENCE_DISPUTE_NOT_FOUND
	ErrFactorRequired       Status = C.RINGFENCE_FACTOR_REQUIRED   // The policy asks for a factor that the host attests.
	ErrRiskRefused          Status = C.RINGFENCE_RISK_REFUSED      // What the risk advisor answered forbids it.
	ErrGrantInvalid         Status = C.RINGFENCE_GRANT_INVALID     // No such grant: for another operation or session, used, or too old.
	ErrBusy                 Status = C.RINGFENCE_BUSY              // Other calls kept changing the same records, or the deadline has passed.
	ErrStoreUnavailable     Status = C.RINGFENCE_STORE_UNAVAILABLE // Nothing was changed.
	ErrOutcomeUnknown       Status = C.RINGFENCE_OUTCOME_UNKNOWN   // It may or may not have happened; repeat with the same Call.RequestID.
	ErrKeyMissing           Status = C.RINGFENCE_KEY_MISSING       // The key that made a code is not in the key ring.
	ErrInvalidArgument      Status = C.RINGFENCE_INVALID_ARGUMENT
	ErrInvalidPolicy        Status = C.RINGFENCE_INVALID_POLICY
	ErrKeyUnusable          Status = C.RINGFENCE_KEY_UNUSABLE  // The key file is missing, malformed, readable by others, or there already.
	ErrStoreInUse           Status = C.RINGFENCE_STORE_IN_USE  // Another process, or another store in this one, has the database open.
	ErrStoreOlder           Status = C.RINGFENCE_STORE_OLDER   // The database lacks ringfence's tables, or they are older than it needs.
	ErrStoreNewer           Status = C.RINGFENCE_STORE_NEWER   // The database was written by a newer ringfence.
	ErrStoreForeign         Status = C.RINGFENCE_STORE_FOREIGN // The file is not a ringfence database.
	ErrStoreCorrupt         Status = C.RINGFENCE_STORE_CORRUPT // The database holds a record that cannot be read.
	ErrWrongProcess         Status = C.RINGFENCE_WRONG_PROCESS // A handle was used in a forked child.
	ErrInternal             Status = C.RINGFENCE_INTERNAL      // A defect of ringfence or of what was plugged in; nothing was changed.
)

// StatusOK is what Health.Store is when the store answered. It is no error.
const StatusOK Status = C.RINGFENCE_OK

// String gives the stable name, e.g. "same_address".
func (s Status) String() string {
	return named("Status", int32(s), C.ringfence_status_name(C.int32_t(s)))
}

// Error makes a Status an error.
func (s Status) Error() string { return "ringfence: " + s.String() }

// Next says what the caller does next.
type Next int32

// What the caller does next.
const (
	FixInput       Next = C.RINGFENCE_NEXT_FIX_INPUT       // Ask the person for something else.
	Wait           Next = C.RINGFENCE_NEXT_WAIT            // Do the same again at Error.RetryAt.
	RestartFlow    Next = C.RINGFENCE_NEXT_RESTART_FLOW    // Begin again.
	Retry          Next = C.RINGFENCE_NEXT_RETRY           // Do the same again, at once, with the same Call.RequestID.
	ContactSupport Next = C.RINGFENCE_NEXT_CONTACT_SUPPORT // The person cannot go on alone.
	FixSetup       Next = C.RINGFENCE_NEXT_FIX_SETUP       // The operator must change something.
)

func (n Next) String() string { return named("Next", int32(n), C.ringfence_next_name(C.int32_t(n))) }

// An Error is a refusal. Nothing in it is an address, a code, a key or an account id, so it may be logged as it is.
type Error struct {
	Status  Status
	Next    Next
	RetryAt time.Time // If limited: when the same call may succeed.
	Text    string    // For a person who develops or operates; English; not for the account's owner.
	Link    string    // If managed elsewhere: where, if the policy has a link.

	cause error
}

func (e *Error) Error() string {
	if e == nil {
		return "ringfence: no error"
	}
	text := e.Status.Error()
	if e.Text != "" {
		text += ": " + e.Text
	}
	if !e.RetryAt.IsZero() {
		text += " (until " + e.RetryAt.Format(time.RFC3339) + ")"
	}
	return text
}

// Is makes errors.Is(err, ErrLimited) true of an Error with that Status.
func (e *Error) Is(target error) bool {
	status, ok := target.(Status)
	return ok && e != nil && status == e.Status
}

// Unwrap gives ErrClosed for what was closed, and the error of the context if that ended while a call was under way, or
// its deadline passed, and may be why the call gave up. Else it gives nil.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.cause
}

// ErrClosed is what the methods of a Service, Dispatcher, DB, KeyRing, Policy or Step give that is closed or nil; it is an
// ErrInvalidArgument as well.
var ErrClosed error = closed{}

type closed struct{}

func (closed) Error() string { return "ringfence: closed" }

func errClosed(what string) error {
	return &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: what + " is closed, or was never made", cause: ErrClosed}
}

// refusals keeps structs that errors come in: they are large, and seldom looked at.
var refusals = sync.Pool{New: func() interface{} {
	return &C.ringfence_error{struct_size: C.sizeof_ringfence_error}
}}

// try calls the library and makes an error of its refusal.
func try(call func(*C.ringfence_error) C.int32_t) error {
	refusal := refusals.Get().(*C.ringfence_error)
	defer refusals.Put(refusal)
	status := Status(call(refusal))
	if status == StatusOK {
		return nil
	}
	if Status(refusal.status) != status { // the struct could not be filled
		return &Error{Status: status, Next: FixSetup}
	}
	return &Error{
		Status:  status,
		Next:    Next(refusal.next),
		RetryAt: timeOf(refusal.retry_at),
		Text:    text(refusal.text[:]),
		Link:    text(refusal.link[:]),
	}
}

// ended says in a refusal that the context may be why.
func ended(ctx context.Context, err error) error {
	refusal, ok := err.(*Error)
	if !ok || ctx == nil {
		return err
	}
	switch refusal.Status {
	case ErrBusy, ErrStoreUnavailable, ErrOutcomeUnknown:
		refusal.cause = reason(ctx, refusal)
	}
	return err
}

// reason gives the error of a context that may be why a call was refused. The library measures the deadline by itself, in
// whole milliseconds and by the clock it was given, and may notice that it has passed before the context does.
func reason(ctx context.Context, refusal *Error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	deadline, limited := ctx.Deadline()
	if limited && (time.Until(deadline) < time.Millisecond || strings.HasPrefix(refusal.Text, deadlinePassed)) {
		return context.DeadlineExceeded
	}
	return nil
}

// deadlinePassed is how the library begins the text of a refusal by the deadline.
const deadlinePassed = "the deadline has passed"

// named gives a name of the library; one that it does not know is told by its number.
func named(kind string, number int32, name *C.char) string {
	if text := C.GoString(name); text != "?" {
		return text
	}
	return fmt.Sprintf("%s(%d)", kind, number)
}
