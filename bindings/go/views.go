package ringfence

// #include "shim.h"
import "C"

import (
	"encoding/json"
	"time"
)

// A Badge says whether a channel is usable for something, and if not, why.
type Badge struct {
	Usable bool
	Reason Reason
}

// ChannelSettings is one channel as its owner sees it.
type ChannelSettings struct {
	Kind         ChannelKind
	State        ChannelState
	Verification Badge
	Login        Badge
	Notices      Badge
	Assurance    Assurance
	TriesLeft    int       // Wrong codes until the account is locked.
	LimitedUntil time.Time // If set, no code is sent to it before then.
	Masked       string    // Empty if absent.
}

// NoticeSettings is one category of notices.
type NoticeSettings struct {
	Category  string
	Chosen    ChannelSet // By the owner, or by default.
	Channels  ChannelSet // Where a notice would go now.
	Mandatory bool       // It cannot be switched off.
	Choosable bool
}

// SecuritySettings is what the owner sees.
type SecuritySettings struct {
	Account   Account
	Kind      AccountKind
	Status    AccountStatus
	ManagedAt string // Of a federated account: the link the policy has for its provider.
	Phone     ChannelSettings
	Email     ChannelSettings
	Notices   []NoticeSettings
	Locale    string // What the owner reads, e.g. "zh-Hans-CN"; empty: not known.
}

func badge(usable, reason C.int32_t) Badge { return Badge{usable != 0, Reason(reason)} }

func channelOf(in *C.ringfence_channel) ChannelSettings {
	return ChannelSettings{
		Kind:         ChannelKind(in.kind),
		State:        ChannelState(in.state),
		Verification: badge(in.verification, in.verification_reason),
		Login:        badge(in.login, in.login_reason),
		Notices:      badge(in.notices, in.notices_reason),
		Assurance:    Assurance(in.assurance),
		TriesLeft:    int(in.tries_left),
		LimitedUntil: timeOf(in.limited_until),
		Masked:       text(in.masked[:]),
	}
}

func settingsOf(in *C.ringfence_settings) SecuritySettings {
	out := SecuritySettings{
		Account:   Account{Realm: text(in.realm[:]), ID: text(in.id[:])},
		Kind:      AccountKind(in.kind),
		Status:    AccountStatus(in.status),
		ManagedAt: text(in.managed_at[:]),
		Phone:     channelOf(&in.phone),
		Email:     channelOf(&in.email),
		Locale:    text(in.locale[:]),
	}
	for i := range in.notices[:in.notice_count] {
		notices := &in.notices[i]
		out.Notices = append(out.Notices, NoticeSettings{
			Category:  text(notices.category[:]),
			Chosen:    ChannelSet(notices.chosen),
			Channels:  ChannelSet(notices.channels),
			Mandatory: notices.mandatory != 0,
			Choosable: notices.choosable != 0,
		})
	}
	return out
}

// A Change is what a flow that changed an address led to.
type Change struct {
	To                    string // Masked: the new address.
	UsableForVerification bool
	UsableForLogin        bool // Not if another account is associated with the address.
	CheckEmail            bool // The person changed: the email may still be the predecessor's.
}

// A Grant says that an operation is confirmed.
type Grant struct {
	Operation string
	ExpiresAt time.Time
}

// A FlowView is a flow as its owner may see it, and the verdict of the call that returned it.
type FlowView struct {
	Flow             string // Names the flow in later calls; not a secret.
	Kind             FlowKind
	Channel          ChannelKind // Whose address is set or proven.
	Step             FlowStep
	Verdict          Verdict
	TriesLeft        int    // With the live code.
	Repeated         bool   // This reply was given before; nothing happened now.
	VerificationOnly bool   // In StepConfirmTarget: the proven address would not serve for login.
	SentTo           string // Masked: where this step's code went; empty if none was sent.
	CodeExpiresAt    time.Time
	LimitedUntil     time.Time // If set: after too many wrong codes none is taken before then.
	ResendAt         time.Time // From when on a code may be sent again.
	NotDelivered     bool      // The gateway has reported that the code did not arrive: Resend need not wait.
	ExpiresAt        time.Time // When the flow ends by itself.
	Change           *Change   // Once it is done, of a flow that changes an address; else nil.
	Granted          *Grant    // Once it is done, of one that confirms an operation: UseGrant takes it; else nil.
}

// Accepted says that the code which was presented is right.
func (v *FlowView) Accepted() bool { return v != nil && v.Verdict == Accepted }

// Done says that the flow has had its effect.
func (v *FlowView) Done() bool { return v != nil && v.Step == StepDone }

func flowOf(in *C.ringfence_flow_view) FlowView {
	out := FlowView{
		Flow:             text(in.flow[:]),
		Kind:             FlowKind(in.kind),
		Channel:          ChannelKind(in.channel),
		Step:             FlowStep(in.step),
		Verdict:          Verdict(in.verdict),
		TriesLeft:        int(in.tries_left),
		Repeated:         in.repeated != 0,
		VerificationOnly: in.verification_only != 0,
		SentTo:           text(in.sent_to[:]),
		CodeExpiresAt:    timeOf(in.code_expires_at),
		LimitedUntil:     timeOf(in.limited_until),
		ResendAt:         timeOf(in.resend_at),
		NotDelivered:     in.not_delivered != 0,
		ExpiresAt:        timeOf(in.expires_at),
	}
	if in.changed != 0 {
		out.Change = &Change{
			To:                    text(in.changed_to[:]),
			UsableForVerification: in.usable_for_verification != 0,
			UsableForLogin:        in.usable_for_login != 0,
			CheckEmail:            in.check_email != 0,
		}
	}
	if in.granted != 0 {
		out.Granted = &Grant{Operation: text(in.operation[:]), ExpiresAt: timeOf(in.grant_expires_at)}
	}
	return out
}

func grantOf(in *C.ringfence_grant) Grant {
	return Grant{Operation: text(in.operation[:]), ExpiresAt: timeOf(in.expires_at)}
}

// An Appeal is one for a person whom no method lets prove identity.
type Appeal struct {
	ID          string // Empty: there is none.
	State       AppealState
	SubmittedBy string
	Reviewer    string
	Evidence    string
	SubmittedAt time.Time
	HeldUntil   time.Time // Not approved before.
	DecidedAt   time.Time
	OpenUntil   time.Time
}

func appealOf(in *C.ringfence_appeal) Appeal {
	return Appeal{
		ID:          text(in.id[:]),
		State:       AppealState(in.state),
		SubmittedBy: text(in.submitted_by[:]),
		Reviewer:    text(in.reviewer[:]),
		Evidence:    text(in.evidence[:]),
		SubmittedAt: timeOf(in.submitted_at),
		HeldUntil:   timeOf(in.held_until),
		DecidedAt:   timeOf(in.decided_at),
		OpenUntil:   timeOf(in.open_until),
	}
}

// A NoticeReceipt says where a notice goes.
type NoticeReceipt struct {
	Repeated bool       // It was given before; nothing happened now.
	SentTo   ChannelSet // Empty: the owner has switched the category off.
	Phone    string     // Masked.
	Email    string
}

func receiptOf(in *C.ringfence_notice_receipt) NoticeReceipt {
	return NoticeReceipt{
		Repeated: in.repeated != 0,
		SentTo:   ChannelSet(in.sent_to),
		Phone:    text(in.phone[:]),
		Email:    text(in.email[:]),
	}
}

// A Login says who may log in with an address.
type Login struct {
	Found   bool
	Account string // The id.
}

func loginOf(in *C.ringfence_login) Login {
	return Login{Found: in.found != 0, Account: text(in.account[:])}
}

// An AuditEntry is one entry of an account's audit trail.
type AuditEntry struct {
	Account  Account
	Number   uint64 // 1, 2, ...
	At       time.Time
	Event    string
	Flow     string // The id of the flow, if there was one.
	Facts    map[string]string
	Personal []PersonalFact
	TraceID  string
	KeyID    string
	MAC      string
}

// A PersonalFact is one that can be erased: then only the commitment to it stays.
type PersonalFact struct {
	Name       string `json:"name"`
	Value      string `json:"value"`
	Salt       string `json:"salt"`
	Commitment string `json:"commitment"`
}

// UnmarshalJSON reads an entry of the library.
func (a *AuditEntry) UnmarshalJSON(text []byte) error {
	if a == nil {
		return errNowhere
	}
	var in struct {
		Realm    string            `json:"realm"`
		Account  string            `json:"account"`
		Number   uint64            `json:"number"`
		At       int64             `json:"at"`
		Event    string            `json:"event"`
		Flow     string            `json:"flow"`
		Facts    map[string]string `json:"facts"`
		Personal []PersonalFact    `json:"personal"`
		TraceID  string            `json:"trace_id"`
		KeyID    string            `json:"key_id"`
		MAC      string            `json:"mac"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*a = AuditEntry{Account{in.Realm, in.Account}, in.Number, timeOf(C.int64_t(in.At)), in.Event, in.Flow, in.Facts,
		in.Personal, in.TraceID, in.KeyID, in.MAC}
	return nil
}

// An AuditReport says whether an audit trail holds.
type AuditReport struct {
	Fault   AuditFault
	At      uint64 // The number of the first entry that does not hold.
	Checked uint64 // Entries that hold.
	Head    uint64 // The number of the newest entry ...
	Anchor  uint64 // ... and of the last one that was pruned.
	// Keep head and MAC elsewhere to notice a trail that was put back.
	HeadMAC   string
	AnchorMAC string
}

// Health says how the store, the outbox and the keys do.
type Health struct {
	Store       Status // StatusOK if the store answered; else why it did not.
	StoreTook   time.Duration
	Due         int // Messages whose time has come; counted up to CountedAtMost.
	Keys        int // Keys in the ring.
	OldestDueAt time.Time
	OutboxAge   time.Duration // How long the longest waiting message has been due.
	CurrentKey  string        // The id of the key that makes new codes.
}
