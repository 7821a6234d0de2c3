package ringfence_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
)

// vectorCommand has the arguments of every command of a vector; each has some of them.
type vectorCommand struct {
	Step string
	vectorRow
	Rows []vectorRow

	Method   string
	Channel  string
	Reason   string // Why a phone is changed, or an account locked.
	Flow     string
	Code     string
	Target   string
	Region   string
	Route    string
	Accept   *bool `json:"accept_verification_only"` // Not there: yes.
	Category string
	Channels []string
	Text     string

	IdempotencyKey string `json:"idempotency_key"`
	Reference      string
	Operation      string
	Appeal         string
	Approve        bool
	SubmittedBy    string `json:"submitted_by"`
	Reviewer       string
	Evidence       string
	Before         int64
	Message        string
	Report         string
}

type vectorRow struct {
	Realm         string
	ID            string
	Kind          string
	Provider      string
	Phone         string
	PhoneRegion   string `json:"phone_region"`
	PhoneProvenAt int64  `json:"phone_proven_at"`
	Email         string
	EmailProvenAt int64 `json:"email_proven_at"`
	Locale        string
}

func (r vectorRow) account() ringfence.Account { return ringfence.Account{Realm: r.Realm, ID: r.ID} }

func (r vectorRow) registration(t *testing.T) ringfence.Registration {
	return ringfence.Registration{
		Account:       r.account(),
		Kind:          named(t, r.Kind, ringfence.Standalone, ringfence.Federated),
		Provider:      r.Provider,
		Phone:         ringfence.AddressInput{Text: r.Phone, Region: r.PhoneRegion},
		Email:         r.Email,
		PhoneProvenAt: at(r.PhoneProvenAt),
		EmailProvenAt: at(r.EmailProvenAt),
		Locale:        r.Locale,
	}
}

// named gives the value with a name; without one it is the first.
func named[E fmt.Stringer](t *testing.T, name string, values ...E) E {
	t.Helper()
	for _, value := range values {
		if name == "" || value.String() == name {
			return value
		}
	}
	t.Fatalf("%q is none of %v", name, values)
	panic("unreachable")
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func commandName(t *testing.T, command json.RawMessage) string {
	var read struct{ Step string }
	ok(t, json.Unmarshal(command, &read))
	return read.Step
}

// request calls the function of the service or of the dispatcher.
func (p *player) request(command json.RawMessage, by vectorCall) (interface{}, error) {
	t, s, call := p.t, p.service, by.call()
	ctx, cancel := by.context()
	defer cancel()
	var in vectorCommand
	strictly(t, command, &in)
	account := in.account()
	channel := func(name string) ringfence.ChannelKind { return named(t, name, ringfence.Phone, ringfence.Email) }
	why := func() ringfence.ChangeReason {
		return named(t, in.Reason, ringfence.NumberChanged, ringfence.PersonChanged)
	}

	switch in.Step {
	case "pump":
		return p.dispatcher.Pump(ctx)

	case "register_account":
		return s.RegisterAccount(ctx, in.registration(t), call)
	case "import_accounts":
		var rows []ringfence.Registration
		for _, row := range in.Rows {
			rows = append(rows, row.registration(t))
		}
		return s.ImportAccounts(ctx, rows, call)
	case "settings":
		return s.Settings(ctx, account, call)
	case "upgrade":
		return s.UpgradeAccount(ctx, account, call)
	case "set_locale":
		return s.SetLocale(ctx, account, in.Locale, call)
	case "report_delivery":
		return s.ReportDelivery(ctx, account, in.Message, named(t, in.Report, ringfence.Delivered, ringfence.NotDelivered), call)
	case "lock":
		return s.LockAccount(ctx, account, in.Reason, call)
	case "unlock":
		return s.UnlockAccount(ctx, account, call)
	case "credentials_changed":
		return s.CredentialsChanged(ctx, account, call)
	case "close":
		return s.CloseAccount(ctx, account, call)
	case "erase":
		return s.EraseAccount(ctx, account, call)
	case "resolve_login_phone":
		return s.ResolveLoginPhone(ctx, in.Realm, ringfence.AddressInput{Text: in.Phone, Region: in.Region}, call)
	case "resolve_login_email":
		return s.ResolveLoginEmail(ctx, in.Realm, in.Email, call)

	case "set_notice_channels":
		var to []ringfence.ChannelKind
		for _, name := range in.Channels {
			to = append(to, channel(name))
		}
		return s.SetNoticeChannels(ctx, account, in.Category, ringfence.Channels(to...), call)
	case "notify":
		return s.Notify(ctx, account,
			ringfence.Notice{Category: in.Category, Text: in.Text, IdempotencyKey: in.IdempotencyKey}, call)

	case "verify_audit":
		return s.VerifyAudit(ctx, account, call)
	case "prune_audit":
		return s.PruneAudit(ctx, account, at(in.Before), call)

	case "submit_appeal":
		return s.SubmitAppeal(ctx, account, in.SubmittedBy, call)
	case "appeal":
		return s.Appeal(ctx, account, call)
	case "decide_appeal":
		return s.DecideAppeal(ctx, account, ringfence.AppealDecision{
			Appeal: in.Appeal, Approve: in.Approve, Reviewer: in.Reviewer, Evidence: in.Evidence}, call)
	case "dispute":
		return s.Dispute(ctx, in.Reference, call)

	case "begin_change_phone":
		return s.BeginChangePhone(ctx, account, channel(in.Method), why(), call)
	case "begin_change_email":
		return s.BeginChangeEmail(ctx, account, channel(in.Method), call)
	case "begin_verify_channel":
		return s.BeginVerifyChannel(ctx, account, channel(in.Channel), channel(in.Method), call)
	case "begin_confirm_operation":
		return s.BeginConfirmOperation(ctx, account, in.Operation, channel(in.Method), call)
	case "begin_claim_login":
		return s.BeginClaimLogin(ctx, account, channel(in.Channel), call)
	case "begin_replace_phone":
		return s.BeginReplacePhone(ctx, account, why(), call)

	case "prove_identity":
		return s.ProveIdentity(ctx, in.Flow, in.Code, call)
	case "set_target":
		return s.SetTarget(ctx, in.Flow, ringfence.AddressInput{Text: in.Target, Region: in.Region}, call)
	case "prove_target":
		return s.ProveTarget(ctx, in.Flow, in.Code, ringfence.Sharing(in.Accept == nil || *in.Accept), call)
	case "confirm_target":
		return s.ConfirmTarget(ctx, in.Flow, call)
	case "resend":
		return s.Resend(ctx, in.Flow, named(t, in.Route, ringfence.RouteText, ringfence.RouteVoice), call)
	case "cancel":
		return s.Cancel(ctx, in.Flow, call)
	case "view":
		return s.View(ctx, in.Flow, call)
	case "use_grant":
		return s.UseGrant(ctx, in.Flow, in.Operation, call)
	}
	t.Fatalf("there is no command %s", in.Step)
	return nil, nil
}

// step drives a step on the store; what takes several steps, and sending, is as in request.
func (p *player) step(written json.RawMessage, by vectorCall) (interface{}, error) {
	t := p.t
	conclude := concluding(commandName(t, written))
	if conclude == nil {
		return p.request(written, by)
	}
	var command ringfence.Command
	decoder := json.NewDecoder(strings.NewReader(string(written)))
	decoder.UseNumber()
	ok(t, decoder.Decode(&command))
	step, err := ringfence.NewStep(p.policy, command, by.call())
	if err != nil {
		return nil, err
	}
	defer step.Close()
	for keys := must[[]ringfence.Key](t)(step.Needs()); len(keys) > 0; keys = must[[]ringfence.Key](t)(step.Needs()) {
		ok(t, step.Add(must[[]*ringfence.Loaded](t)(p.store.Load(ctx, keys))))
	}
	with := ringfence.StepContext{Policy: p.policy, Keys: p.keys, Now: p.clock.Now(), Seed: &[32]byte{}}
	ok(t, p.entropy.Fill(with.Seed[:]))
	change := must[*ringfence.ChangeSet](t)(step.Decide(with))
	outcome := ringfence.CommitCommitted
	if change != nil {
		outcome = must[ringfence.CommitOutcome](t)(p.store.Commit(ctx, change))
	}
	equal(t, "the outcome", outcome, ringfence.CommitCommitted)
	return conclude(step, outcome)
}

// concluding gives what concludes a step of this name; nil: what takes several steps.
func concluding(name string) func(*ringfence.Step, ringfence.CommitOutcome) (interface{}, error) {
	switch name {
	case "pump", "import_accounts", "erase", "verify_audit", "prune_audit":
		return nil
	case "register_account", "settings", "upgrade", "set_locale", "report_delivery", "lock", "unlock", "credentials_changed", "close",
		"set_notice_channels", "dispute":
		return untyped((*ringfence.Step).ConcludeSettings)
	case "use_grant":
		return untyped((*ringfence.Step).ConcludeGrant)
	case "appeal", "submit_appeal", "decide_appeal":
		return untyped((*ringfence.Step).ConcludeAppeal)
	case "notify":
		return untyped((*ringfence.Step).ConcludeReceipt)
	case "resolve_login_phone", "resolve_login_email":
		return untyped((*ringfence.Step).ConcludeLogin)
	}
	return untyped((*ringfence.Step).ConcludeFlow)
}

func untyped[Reply any](conclude func(*ringfence.Step, ringfence.CommitOutcome) (Reply, error)) func(*ringfence.Step, ringfence.CommitOutcome) (interface{}, error) {
	return func(step *ringfence.Step, outcome ringfence.CommitOutcome) (interface{}, error) {
		return conclude(step, outcome)
	}
}
