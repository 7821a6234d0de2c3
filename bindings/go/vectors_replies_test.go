package ringfence_test

import (
	"errors"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// An object is a reply as the vectors have it: the members of the struct in ringfence.h, by their names there.
type object map[string]interface{}

func refusalObject(t *testing.T, err error) object {
	t.Helper()
	var refusal *ringfence.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%v is no refusal", err)
	}
	return object{
		"status":   refusal.Status.String(),
		"next":     refusal.Next.String(),
		"retry_at": ms(refusal.RetryAt),
		"link":     refusal.Link,
	}
}

func replyObject(t *testing.T, reply interface{}) interface{} {
	t.Helper()
	switch of := reply.(type) {
	case ringfence.SecuritySettings:
		return settingsObject(of)
	case ringfence.FlowView:
		return flowObject(of)
	case ringfence.Grant:
		return object{"operation": of.Operation, "expires_at": ms(of.ExpiresAt)}
	case ringfence.Appeal:
		return object{
			"state":        of.State.String(),
			"submitted_at": ms(of.SubmittedAt),
			"held_until":   ms(of.HeldUntil),
			"decided_at":   ms(of.DecidedAt),
			"open_until":   ms(of.OpenUntil),
			"id":           of.ID,
			"submitted_by": of.SubmittedBy,
			"reviewer":     of.Reviewer,
			"evidence":     of.Evidence,
		}
	case ringfence.NoticeReceipt:
		return object{"repeated": of.Repeated, "sent_to": names(of.SentTo), "phone": of.Phone, "email": of.Email}
	case ringfence.Login:
		return object{"found": of.Found, "account": of.Account}
	case ringfence.ImportReport:
		return importObject(of)
	case ringfence.AuditReport:
		return object{
			"fault":      of.Fault.String(),
			"at":         of.At,
			"checked":    of.Checked,
			"head":       of.Head,
			"anchor":     of.Anchor,
			"head_mac":   of.HeadMAC,
			"anchor_mac": of.AnchorMAC,
		}
	case ringfence.DispatchCounts:
		return object{
			"taken":      of.Taken,
			"accepted":   of.Accepted,
			"given_up":   of.GivenUp,
			"superseded": of.Superseded,
			"deferred":   of.Deferred,
			"held":       of.Held,
		}
	case int: // of prune_audit
		return of
	}
	t.Fatalf("the vectors have no reply of the type %T", reply)
	return nil
}

func settingsObject(of ringfence.SecuritySettings) object {
	notices := []interface{}{}
	for _, one := range of.Notices {
		notices = append(notices, object{
			"category":  one.Category,
			"chosen":    names(one.Chosen),
			"channels":  names(one.Channels),
			"mandatory": one.Mandatory,
			"choosable": one.Choosable,
		})
	}
	return object{
		"kind":       of.Kind.String(),
		"status":     of.Status.String(),
		"realm":      of.Account.Realm,
		"id":         of.Account.ID,
		"managed_at": of.ManagedAt,
		"locale":     of.Locale,
		"phone":      channelObject(of.Phone),
		"email":      channelObject(of.Email),
		"notices":    notices,
	}
}

func channelObject(of ringfence.ChannelSettings) object {
	return object{
		"kind":                of.Kind.String(),
		"state":               of.State.String(),
		"verification":        of.Verification.Usable,
		"verification_reason": of.Verification.Reason.String(),
		"login":               of.Login.Usable,
		"login_reason":        of.Login.Reason.String(),
		"notices":             of.Notices.Usable,
		"notices_reason":      of.Notices.Reason.String(),
		"assurance":           of.Assurance.String(),
		"tries_left":          of.TriesLeft,
		"limited_until":       ms(of.LimitedUntil),
		"masked":              of.Masked,
	}
}

func flowObject(of ringfence.FlowView) object {
	var change ringfence.Change
	if of.Change != nil {
		change = *of.Change
	}
	var granted ringfence.Grant
	if of.Granted != nil {
		granted = *of.Granted
	}
	return object{
		"kind":                    of.Kind.String(),
		"channel":                 of.Channel.String(),
		"step":                    of.Step.String(),
		"verdict":                 of.Verdict.String(),
		"tries_left":              of.TriesLeft,
		"repeated":                of.Repeated,
		"verification_only":       of.VerificationOnly,
		"code_expires_at":         ms(of.CodeExpiresAt),
		"limited_until":           ms(of.LimitedUntil),
		"resend_at":               ms(of.ResendAt),
		"not_delivered":           of.NotDelivered,
		"expires_at":              ms(of.ExpiresAt),
		"changed":                 of.Change != nil,
		"usable_for_verification": change.UsableForVerification,
		"usable_for_login":        change.UsableForLogin,
		"check_email":             change.CheckEmail,
		"granted":                 of.Granted != nil,
		"grant_expires_at":        ms(granted.ExpiresAt),
		"flow":                    of.Flow,
		"sent_to":                 of.SentTo,
		"changed_to":              change.To,
		"operation":               granted.Operation,
	}
}

func importObject(of ringfence.ImportReport) object {
	refused := []interface{}{}
	for _, one := range of.Refused {
		refused = append(refused, object{
			"index":  one.Index,
			"status": one.Err.Status.String(),
			"next":   one.Err.Next.String(),
		})
	}
	return object{
		"imported":     of.Imported,
		"present":      of.Present,
		"claims_moved": of.ClaimsMoved,
		"refused":      refused,
	}
}

// messageObject is what a sender or an event sink was given.
func messageObject(of ringfencetest.Sent) object {
	var channel interface{}
	if of.Kind != ringfence.MessageEvent {
		channel = of.Channel.String()
	}
	return object{
		"kind":        of.Kind.String(),
		"channel":     channel,
		"route":       of.Route.String(),
		"role":        of.Role.String(),
		"attempts":    of.Attempts,
		"id":          of.ID,
		"purpose":     of.Purpose,
		"account":     object{"realm": of.Account.Realm, "id": of.Account.ID},
		"destination": of.Destination,
		"locale":      of.Locale,
		"code":        of.Code,
		"text":        of.Text,
		"fields":      of.Fields,
		"trace_id":    of.TraceID,
		"lifetime_ms": of.Lifetime.Milliseconds(),
		"created_at":  ms(of.CreatedAt),
		"subject":     of.Subject,
		"html":        of.HTML,
	}
}

func names(of ringfence.ChannelSet) []string {
	out := []string{}
	for _, kind := range []ringfence.ChannelKind{ringfence.Phone, ringfence.Email} {
		if of.Has(kind) {
			out = append(out, kind.String())
		}
	}
	return out
}

// ms gives a time as the vectors have it; none is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
