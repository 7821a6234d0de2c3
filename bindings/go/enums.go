package ringfence

// #include "shim.h"
import "C"

// A ChannelKind is one of an account's two channels, and a method of proof.
type ChannelKind int32

// The kinds of channel.
const (
	Phone ChannelKind = C.RINGFENCE_PHONE
	Email ChannelKind = C.RINGFENCE_EMAIL
)

func (k ChannelKind) String() string {
	return named("ChannelKind", int32(k), C.ringfence_channel_kind_name(C.int32_t(k)))
}

// A ChannelSet is a set of channels: Channels makes one.
type ChannelSet uint32

// Channels makes a set; of nothing, the empty one.
func Channels(kinds ...ChannelKind) ChannelSet {
	var set ChannelSet
	for _, kind := range kinds {
		set |= 1 << uint32(kind)
	}
	return set
}

// Has says whether a channel is in the set.
func (s ChannelSet) Has(kind ChannelKind) bool { return s&(1<<uint32(kind)) != 0 }

// A ChannelState says whether a channel has an address, and whether that was proven.
type ChannelState int32

// The states of a channel.
const (
	ChannelAbsent     ChannelState = C.RINGFENCE_CHANNEL_ABSENT
	ChannelUnverified ChannelState = C.RINGFENCE_CHANNEL_UNVERIFIED
	ChannelVerified   ChannelState = C.RINGFENCE_CHANNEL_VERIFIED
)

func (s ChannelState) String() string {
	return named("ChannelState", int32(s), C.ringfence_channel_state_name(C.int32_t(s)))
}

// A Reason says why a badge is missing.
type Reason int32

// Why a badge is missing.
const (
	ReasonNone                    Reason = C.RINGFENCE_REASON_NONE
	ReasonAbsent                  Reason = C.RINGFENCE_REASON_ABSENT
	ReasonUnverified              Reason = C.RINGFENCE_REASON_UNVERIFIED
	ReasonSharedWithOtherAccounts Reason = C.RINGFENCE_REASON_SHARED_WITH_OTHER_ACCOUNTS
	ReasonAccountLocked           Reason = C.RINGFENCE_REASON_ACCOUNT_LOCKED
	ReasonAccountClosed           Reason = C.RINGFENCE_REASON_ACCOUNT_CLOSED
	ReasonDisabledByPolicy        Reason = C.RINGFENCE_REASON_DISABLED_BY_POLICY
)

func (r Reason) String() string {
	return named("Reason", int32(r), C.ringfence_reason_name(C.int32_t(r)))
}

// An Assurance says how much a method is worth.
type Assurance int32

// How much a method is worth.
const (
	AssuranceRestricted   Assurance = C.RINGFENCE_ASSURANCE_RESTRICTED    // The public telephone network.
	AssuranceRecoveryOnly Assurance = C.RINGFENCE_ASSURANCE_RECOVERY_ONLY // Email.
)

func (a Assurance) String() string {
	return named("Assurance", int32(a), C.ringfence_assurance_name(C.int32_t(a)))
}

// An AccountKind says who keeps an account's credentials.
type AccountKind int32

// Who keeps an account's credentials.
const (
	Standalone AccountKind = C.RINGFENCE_ACCOUNT_STANDALONE // The account itself.
	Federated  AccountKind = C.RINGFENCE_ACCOUNT_FEDERATED  // An outside identity provider.
)

func (k AccountKind) String() string {
	return named("AccountKind", int32(k), C.ringfence_account_kind_name(C.int32_t(k)))
}

// An AccountStatus says whether an account can be used.
type AccountStatus int32

// Whether an account can be used.
const (
	AccountActive AccountStatus = C.RINGFENCE_STATUS_ACTIVE
	AccountLocked AccountStatus = C.RINGFENCE_STATUS_LOCKED
	AccountClosed AccountStatus = C.RINGFENCE_STATUS_CLOSED
)

func (s AccountStatus) String() string {
	return named("AccountStatus", int32(s), C.ringfence_account_status_name(C.int32_t(s)))
}

// A FlowKind says what a flow leads to.
type FlowKind int32

// What a flow leads to.
const (
	ChangePhone      FlowKind = C.RINGFENCE_FLOW_CHANGE_PHONE
	ChangeEmail      FlowKind = C.RINGFENCE_FLOW_CHANGE_EMAIL
	VerifyChannel    FlowKind = C.RINGFENCE_FLOW_VERIFY_CHANNEL
	ConfirmOperation FlowKind = C.RINGFENCE_FLOW_CONFIRM_OPERATION
	ClaimLogin       FlowKind = C.RINGFENCE_FLOW_CLAIM_LOGIN
	ReplacePhone     FlowKind = C.RINGFENCE_FLOW_REPLACE_PHONE
)

func (k FlowKind) String() string {
	return named("FlowKind", int32(k), C.ringfence_flow_kind_name(C.int32_t(k)))
}

// A FlowStep says what a flow waits for.
type FlowStep int32

// What a flow waits for.
const (
	StepProveIdentity FlowStep = C.RINGFENCE_STEP_PROVE_IDENTITY // The code sent to the chosen own channel.
	StepSetTarget     FlowStep = C.RINGFENCE_STEP_SET_TARGET     // The new address.
	StepProveTarget   FlowStep = C.RINGFENCE_STEP_PROVE_TARGET   // The code sent to the new address.
	StepConfirmTarget FlowStep = C.RINGFENCE_STEP_CONFIRM_TARGET // The new address would serve for verification only: go on, or set another?
	StepDone          FlowStep = C.RINGFENCE_STEP_DONE
	StepFailed        FlowStep = C.RINGFENCE_STEP_FAILED
	StepCancelled     FlowStep = C.RINGFENCE_STEP_CANCELLED
)

func (s FlowStep) String() string {
	return named("FlowStep", int32(s), C.ringfence_flow_step_name(C.int32_t(s)))
}

// A Verdict says what became of a code that was presented. A wrong code is no error.
type Verdict int32

// What became of a code.
const (
	Rejected   Verdict = C.RINGFENCE_VERDICT_REJECTED // Wrong. It was charged.
	Accepted   Verdict = C.RINGFENCE_VERDICT_ACCEPTED
	NoLiveCode Verdict = C.RINGFENCE_VERDICT_NO_LIVE_CODE // None can be right: resend. Not charged.
	NotAsked   Verdict = C.RINGFENCE_VERDICT_NOT_ASKED    // The call presented no code.
)

func (v Verdict) String() string {
	return named("Verdict", int32(v), C.ringfence_verdict_name(C.int32_t(v)))
}

// A ChangeReason says why a phone is changed.
type ChangeReason int32

// Why a phone is changed.
const (
	NumberChanged ChangeReason = C.RINGFENCE_NUMBER_CHANGED
	PersonChanged ChangeReason = C.RINGFENCE_PERSON_CHANGED // Another person has the account now; voids all grants, too.
)

func (r ChangeReason) String() string {
	return named("ChangeReason", int32(r), C.ringfence_change_reason_name(C.int32_t(r)))
}

// A DeliveryReport is what a gateway says of a message that it had accepted.
type DeliveryReport int32

// What a gateway says of a message that it had accepted.
const (
	Delivered    DeliveryReport = C.RINGFENCE_DELIVERY_DELIVERED
	NotDelivered DeliveryReport = C.RINGFENCE_DELIVERY_FAILED
)

func (r DeliveryReport) String() string {
	return named("DeliveryReport", int32(r), C.ringfence_delivery_report_name(C.int32_t(r)))
}

// A Route is how a message reaches its address.
type Route int32

// How a message reaches its address.
const (
	RouteText  Route = C.RINGFENCE_ROUTE_TEXT  // An SMS, or a mail.
	RouteVoice Route = C.RINGFENCE_ROUTE_VOICE // A call that reads the code out; only to a telephone number.
)

func (r Route) String() string { return named("Route", int32(r), C.ringfence_route_name(C.int32_t(r))) }

// An AppealState says how an appeal stands.
type AppealState int32

// How an appeal stands.
const (
	AppealSubmitted AppealState = C.RINGFENCE_APPEAL_SUBMITTED
	AppealApproved  AppealState = C.RINGFENCE_APPEAL_APPROVED // BeginReplacePhone may be called until Appeal.OpenUntil.
	AppealRejected  AppealState = C.RINGFENCE_APPEAL_REJECTED
	AppealUsed      AppealState = C.RINGFENCE_APPEAL_USED
)

func (s AppealState) String() string {
	return named("AppealState", int32(s), C.ringfence_appeal_state_name(C.int32_t(s)))
}

// An AuditFault says what is wrong with an audit trail.
type AuditFault int32

// What is wrong with an audit trail.
const (
	AuditIntact  AuditFault = C.RINGFENCE_AUDIT_INTACT
	AuditRemoved AuditFault = C.RINGFENCE_AUDIT_REMOVED // An entry is not there.
	AuditChanged AuditFault = C.RINGFENCE_AUDIT_CHANGED // An entry is not what it was, or stands in another's place.
	AuditAdded   AuditFault = C.RINGFENCE_AUDIT_ADDED   // There is an entry after the newest.
)

func (f AuditFault) String() string {
	return named("AuditFault", int32(f), C.ringfence_audit_fault_name(C.int32_t(f)))
}

// A MessageKind says what a message is.
type MessageKind int32

// What a message is.
const (
	MessageCode   MessageKind = C.RINGFENCE_MESSAGE_CODE
	MessageNotice MessageKind = C.RINGFENCE_MESSAGE_NOTICE
	MessageEvent  MessageKind = C.RINGFENCE_MESSAGE_EVENT
)

func (k MessageKind) String() string {
	return named("MessageKind", int32(k), C.ringfence_message_kind_name(C.int32_t(k)))
}

// A Role says what a code proves.
type Role int32

// What a code proves.
const (
	RoleIdentity Role = C.RINGFENCE_ROLE_IDENTITY
	RoleTarget   Role = C.RINGFENCE_ROLE_TARGET
)

func (r Role) String() string { return named("Role", int32(r), C.ringfence_role_name(C.int32_t(r))) }

// A RiskAnswer is what a RiskAdvisor says.
type RiskAnswer int32

// What a RiskAdvisor says.
const (
	RiskUnknown    RiskAnswer = C.RINGFENCE_RISK_UNKNOWN // Nobody can tell; it does not mean that all is well.
	RiskClear      RiskAnswer = C.RINGFENCE_RISK_CLEAR
	RiskSuspicious RiskAnswer = C.RINGFENCE_RISK_SUSPICIOUS
)

func (a RiskAnswer) String() string {
	return named("RiskAnswer", int32(a), C.ringfence_risk_answer_name(C.int32_t(a)))
}

// A RiskMoment says when a RiskAdvisor is asked.
type RiskMoment int32

// When a RiskAdvisor is asked.
const (
	BeforeSend   RiskMoment = C.RINGFENCE_RISK_BEFORE_SEND   // A code is about to go out through the telephone network.
	BeforeEffect RiskMoment = C.RINGFENCE_RISK_BEFORE_EFFECT // The proof that may complete a flow is presented.
)

func (m RiskMoment) String() string {
	return named("RiskMoment", int32(m), C.ringfence_risk_moment_name(C.int32_t(m)))
}

// An ObservationKind says what an observation is.
type ObservationKind int32

// What an observation is.
const (
	ObservationCounter ObservationKind = C.RINGFENCE_OBSERVATION_COUNTER
	ObservationTiming  ObservationKind = C.RINGFENCE_OBSERVATION_TIMING
	ObservationEvent   ObservationKind = C.RINGFENCE_OBSERVATION_EVENT
)

func (k ObservationKind) String() string {
	return named("ObservationKind", int32(k), C.ringfence_observation_kind_name(C.int32_t(k)))
}

// An SMSAlphabet says in which characters a network carries a text message.
type SMSAlphabet int32

// In which characters a network carries a text message.
const (
	GSM7 SMSAlphabet = C.RINGFENCE_SMS_GSM7 // The 7-bit alphabet of GSM 03.38.
	UCS2 SMSAlphabet = C.RINGFENCE_SMS_UCS2 // UTF-16.
)

func (a SMSAlphabet) String() string {
	return named("SMSAlphabet", int32(a), C.ringfence_sms_alphabet_name(C.int32_t(a)))
}

// A CommitOutcome says how a commit ended. The zero value is unknown.
type CommitOutcome int32

// How a commit ended.
const (
	CommitUnknown     CommitOutcome = C.RINGFENCE_COMMIT_UNKNOWN     // It may have happened, or may yet happen.
	CommitCommitted   CommitOutcome = C.RINGFENCE_COMMIT_COMMITTED   // Durable.
	CommitConflict    CommitOutcome = C.RINGFENCE_COMMIT_CONFLICT    // An expected version was not there; nothing has changed.
	CommitUnavailable CommitOutcome = C.RINGFENCE_COMMIT_UNAVAILABLE // Nothing has changed and nothing will.
)

func (o CommitOutcome) String() string {
	switch o {
	case CommitCommitted:
		return "committed"
	case CommitConflict:
		return "conflict"
	case CommitUnavailable:
		return "unavailable"
	}
	return "unknown"
}

// A SendOutcome says how a hand-over ended. The zero value is unknown.
type SendOutcome int32

// How a hand-over ended.
const (
	SendUnknown   SendOutcome = C.RINGFENCE_SEND_UNKNOWN // No answer: it may have been sent. Tried again with the same id.
	SendAccepted  SendOutcome = C.RINGFENCE_SEND_ACCEPTED
	SendTemporary SendOutcome = C.RINGFENCE_SEND_TEMPORARY // Not sent; may go later.
	SendPermanent SendOutcome = C.RINGFENCE_SEND_PERMANENT // Not sent and never will be, e.g. a number that does not exist.
	// Not sent; may go later. It is about this recipient alone, e.g. a mailbox that is full: what goes to others is not
	// held up.
	SendUnreachable SendOutcome = C.RINGFENCE_SEND_UNREACHABLE
)

func (o SendOutcome) String() string {
	switch o {
	case SendAccepted:
		return "accepted"
	case SendTemporary:
		return "temporary"
	case SendPermanent:
		return "permanent"
	case SendUnreachable:
		return "unreachable"
	}
	return "unknown"
}
