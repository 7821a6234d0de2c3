package ringfence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// The vectors of tests/vectors say what every language must do alike; README.md there, what they are.
func TestTheVectorsAreReplayedToTheSameBytes(t *testing.T) {
	files := must[[]string](t)(filepath.Glob("../../tests/vectors/*.json"))
	if len(files) == 0 {
		t.Fatal("there are no vectors")
	}
	for _, file := range files {
		for _, kind := range []string{"memory", "mapstore"} {
			t.Run(filepath.Base(file)+" in "+kind, func(t *testing.T) {
				store := ringfence.Store(mapstore.New())
				if kind == "memory" {
					db := must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
					defer db.Close()
					store = db
				}
				replay(t, file, store)
			})
		}
	}
}

type object = map[string]interface{}

type vector struct {
	Policy  json.RawMessage
	Keys    string
	Entropy uint64
	Steps   []struct {
		At      int64
		Command member
		Call    struct {
			Session, Source string
			RequestID       string `json:"request_id"`
			TraceID         string `json:"trace_id"`
			AttestedFactor  string `json:"attested_factor"`
		}
		Expect json.RawMessage
	}
	Records struct{ Keys, Loaded string }
}

// member has the members of every command; those of one are read from it.
type member struct {
	Step, Realm, ID, Kind, Provider, Phone, Email, Region, Reason, Method, Channel, Operation string
	Flow, Code, Target, Route, Category, Text, Appeal, Reviewer, Evidence, Reference          string
	PhoneRegion                                                                               string `json:"phone_region"`
	PhoneProvenAt                                                                             int64  `json:"phone_proven_at"`
	EmailProvenAt                                                                             int64  `json:"email_proven_at"`
	IdempotencyKey                                                                            string `json:"idempotency_key"`
	SubmittedBy                                                                               string `json:"submitted_by"`
	Sharing                                                                                   *bool  `json:"accept_verification_only"`
	Before                                                                                    int64
	Approve                                                                                   bool
	Channels                                                                                  []string
	Rows                                                                                      []member
}

func replay(t *testing.T, file string, store ringfence.Store) {
	var in vector
	reading := json.NewDecoder(bytes.NewReader(must[[]byte](t)(os.ReadFile(file))))
	ok(t, reading.Decode(&in))
	keys := must[*ringfence.KeyRing](t)(ringfence.NewKeyRing(&keysOf{in.Keys}))
	defer keys.Close()
	policy := must[*ringfence.Policy](t)(ringfence.NewPolicy(in.Policy))
	defer policy.Close()
	clock := ringfencetest.NewClock()
	service := must[*ringfence.Service](t)(ringfence.NewService(ringfence.Config{Store: store, Keys: keys, Policy: policy,
		Clock: clock, Entropy: ringfencetest.NewSeededEntropy(in.Entropy)}))
	defer service.Close()
	sent := &ringfencetest.Recorder{}
	dispatcher := must[*ringfence.Dispatcher](t)(service.NewDispatcher(ringfence.DispatcherConfig{Sender: sent, Events: sent}))
	defer dispatcher.Close()
	for i, step := range in.Steps {
		clock.Set(time.UnixMilli(step.At))
		sent.Clear()
		reply, err := play(service, dispatcher, step.Command, ringfence.Call(step.Call))
		got := object{"status": "ok", "reply": reply}
		if err != nil {
			var refusal *ringfence.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("step %d gives %v", i, err)
			}
			got = object{"status": refusal.Status.String(), "next": refusal.Next.String(), "retry_at": ms(refusal.RetryAt), "link": refusal.Link}
		}
		if step.Command.Step == "pump" {
			messages := []object{}
			for _, one := range sent.All() {
				messages = append(messages, handed(one))
			}
			got["messages"] = messages
		}
		var wanted interface{}
		expecting := json.NewDecoder(bytes.NewReader(step.Expect))
		expecting.UseNumber()
		ok(t, expecting.Decode(&wanted))
		if got, wanted := written(t, got), written(t, wanted); got != wanted {
			t.Fatalf("step %d, %s:\n  got    %s\n  wanted %s", i, step.Command.Step, got, wanted)
		}
	}
	var wanted []ringfence.Key
	ok(t, json.Unmarshal([]byte(in.Records.Keys), &wanted))
	equal(t, "what the store holds", written(t, must[[]*ringfence.Loaded](t)(store.Load(ctx, wanted))), in.Records.Loaded)
}

func written(t *testing.T, value interface{}) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	ok(t, encoder.Encode(value))
	return string(bytes.TrimSuffix(out.Bytes(), []byte("\n")))
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// called gives the value of an enumeration by its name.
func called[Enum interface {
	~int32
	String() string
}](name string) Enum {
	for value := Enum(0); value < 20; value++ {
		if value.String() == name {
			return value
		}
	}
	return 0
}

func (m member) registration() ringfence.Registration {
	return ringfence.Registration{Account: ringfence.Account{Realm: m.Realm, ID: m.ID}, Kind: called[ringfence.AccountKind](m.Kind),
		Provider: m.Provider, Phone: ringfence.AddressInput{Text: m.Phone, Region: m.PhoneRegion}, Email: m.Email,
		PhoneProvenAt: at(m.PhoneProvenAt), EmailProvenAt: at(m.EmailProvenAt)}
}

func play(s *ringfence.Service, d *ringfence.Dispatcher, m member, call ringfence.Call) (interface{}, error) {
	account := ringfence.Account{Realm: m.Realm, ID: m.ID}
	method, channel := called[ringfence.ChannelKind](m.Method), called[ringfence.ChannelKind](m.Channel)
	reason := called[ringfence.ChangeReason](m.Reason)
	switch m.Step {
	case "pump":
		done, err := d.Pump(ctx)
		return object{"taken": done.Taken, "accepted": done.Accepted, "given_up": done.GivenUp, "superseded": done.Superseded, "deferred": done.Deferred}, err
	case "register_account":
		return settings(s.RegisterAccount(ctx, m.registration(), call))
	case "import_accounts":
		var rows []ringfence.Registration
		for _, row := range m.Rows {
			rows = append(rows, row.registration())
		}
		report, err := s.ImportAccounts(ctx, rows, call)
		refused := []object{}
		for _, one := range report.Refused {
			refused = append(refused, object{"index": one.Index, "status": one.Err.Status.String(), "next": one.Err.Next.String()})
		}
		return object{"imported": report.Imported, "present": report.Present, "claims_moved": report.ClaimsMoved, "refused": refused}, err
	case "settings":
		return settings(s.Settings(ctx, account, call))
	case "upgrade":
		return settings(s.UpgradeAccount(ctx, account, call))
	case "lock":
		return settings(s.LockAccount(ctx, account, m.Reason, call))
	case "unlock":
		return settings(s.UnlockAccount(ctx, account, call))
	case "credentials_changed":
		return settings(s.CredentialsChanged(ctx, account, call))
	case "close":
		return settings(s.CloseAccount(ctx, account, call))
	case "erase":
		return settings(s.EraseAccount(ctx, account, call))
	case "dispute":
		return settings(s.Dispute(ctx, m.Reference, call))
	case "set_notice_channels":
		set := ringfence.Channels()
		for _, one := range m.Channels {
			set |= ringfence.Channels(called[ringfence.ChannelKind](one))
		}
		return settings(s.SetNoticeChannels(ctx, account, m.Category, set, call))
	case "resolve_login_phone":
		login, err := s.ResolveLoginPhone(ctx, m.Realm, ringfence.AddressInput{Text: m.Phone, Region: m.Region}, call)
		return object{"found": login.Found, "account": login.Account}, err
	case "resolve_login_email":
		login, err := s.ResolveLoginEmail(ctx, m.Realm, m.Email, call)
		return object{"found": login.Found, "account": login.Account}, err
	case "verify_audit":
		r, err := s.VerifyAudit(ctx, account, call)
		return object{"fault": r.Fault.String(), "at": r.At, "checked": r.Checked, "head": r.Head, "anchor": r.Anchor,
			"head_mac": r.HeadMAC, "anchor_mac": r.AnchorMAC}, err
	case "prune_audit":
		return s.PruneAudit(ctx, account, at(m.Before), call)
	case "notify":
		r, err := s.Notify(ctx, account, ringfence.Notice{Category: m.Category, Text: m.Text, IdempotencyKey: m.IdempotencyKey}, call)
		return object{"repeated": r.Repeated, "sent_to": kinds(r.SentTo), "phone": r.Phone, "email": r.Email}, err
	case "submit_appeal":
		return appeal(s.SubmitAppeal(ctx, account, m.SubmittedBy, call))
	case "appeal":
		return appeal(s.Appeal(ctx, account, call))
	case "decide_appeal":
		return appeal(s.DecideAppeal(ctx, account, ringfence.AppealDecision{Appeal: m.Appeal, Approve: m.Approve, Reviewer: m.Reviewer, Evidence: m.Evidence}, call))
	case "begin_change_phone":
		return flow(s.BeginChangePhone(ctx, account, method, reason, call))
	case "begin_change_email":
		return flow(s.BeginChangeEmail(ctx, account, method, call))
	case "begin_verify_channel":
		return flow(s.BeginVerifyChannel(ctx, account, channel, method, call))
	case "begin_confirm_operation":
		return flow(s.BeginConfirmOperation(ctx, account, m.Operation, method, call))
	case "begin_claim_login":
		return flow(s.BeginClaimLogin(ctx, account, channel, call))
	case "begin_replace_phone":
		return flow(s.BeginReplacePhone(ctx, account, reason, call))
	case "prove_identity":
		return flow(s.ProveIdentity(ctx, m.Flow, m.Code, call))
	case "set_target":
		return flow(s.SetTarget(ctx, m.Flow, ringfence.AddressInput{Text: m.Target, Region: m.Region}, call))
	case "prove_target":
		return flow(s.ProveTarget(ctx, m.Flow, m.Code, ringfence.Sharing(m.Sharing == nil || *m.Sharing), call))
	case "confirm_target":
		return flow(s.ConfirmTarget(ctx, m.Flow, call))
	case "resend":
		return flow(s.Resend(ctx, m.Flow, called[ringfence.Route](m.Route), call))
	case "cancel":
		return flow(s.Cancel(ctx, m.Flow, call))
	case "view":
		return flow(s.View(ctx, m.Flow, call))
	case "use_grant":
		grant, err := s.UseGrant(ctx, m.Flow, m.Operation, call)
		return object{"operation": grant.Operation, "expires_at": ms(grant.ExpiresAt)}, err
	}
	return nil, errors.New("there is no step " + m.Step)
}

func kinds(set ringfence.ChannelSet) []string {
	out := []string{}
	for _, kind := range []ringfence.ChannelKind{ringfence.Phone, ringfence.Email} {
		if set.Has(kind) {
			out = append(out, kind.String())
		}
	}
	return out
}

func channel(c ringfence.ChannelSettings) object {
	return object{"kind": c.Kind.String(), "state": c.State.String(), "assurance": c.Assurance.String(), "tries_left": c.TriesLeft,
		"limited_until": ms(c.LimitedUntil), "masked": c.Masked,
		"verification": c.Verification.Usable, "verification_reason": c.Verification.Reason.String(),
		"login": c.Login.Usable, "login_reason": c.Login.Reason.String(),
		"notices": c.Notices.Usable, "notices_reason": c.Notices.Reason.String()}
}

func settings(of ringfence.SecuritySettings, err error) (interface{}, error) {
	notices := []object{}
	for _, one := range of.Notices {
		notices = append(notices, object{"category": one.Category, "chosen": kinds(one.Chosen), "channels": kinds(one.Channels),
			"mandatory": one.Mandatory, "choosable": one.Choosable})
	}
	return object{"kind": of.Kind.String(), "status": of.Status.String(), "realm": of.Account.Realm, "id": of.Account.ID,
		"managed_at": of.ManagedAt, "phone": channel(of.Phone), "email": channel(of.Email), "notices": notices}, err
}

func flow(v ringfence.FlowView, err error) (interface{}, error) {
	change, granted := ringfence.Change{}, ringfence.Grant{}
	if v.Change != nil {
		change = *v.Change
	}
	if v.Granted != nil {
		granted = *v.Granted
	}
	return object{"kind": v.Kind.String(), "channel": v.Channel.String(), "step": v.Step.String(), "verdict": v.Verdict.String(),
		"tries_left": v.TriesLeft, "repeated": v.Repeated, "verification_only": v.VerificationOnly,
		"code_expires_at": ms(v.CodeExpiresAt), "limited_until": ms(v.LimitedUntil), "resend_at": ms(v.ResendAt), "expires_at": ms(v.ExpiresAt),
		"changed": v.Change != nil, "usable_for_verification": change.UsableForVerification, "usable_for_login": change.UsableForLogin,
		"check_email": change.CheckEmail, "changed_to": change.To, "granted": v.Granted != nil, "grant_expires_at": ms(granted.ExpiresAt),
		"operation": granted.Operation, "flow": v.Flow, "sent_to": v.SentTo}, err
}

func appeal(a ringfence.Appeal, err error) (interface{}, error) {
	return object{"state": a.State.String(), "submitted_at": ms(a.SubmittedAt), "held_until": ms(a.HeldUntil), "decided_at": ms(a.DecidedAt),
		"open_until": ms(a.OpenUntil), "id": a.ID, "submitted_by": a.SubmittedBy, "reviewer": a.Reviewer, "evidence": a.Evidence}, err
}

func handed(one ringfencetest.Sent) object {
	out := object{"kind": one.Kind.String(), "channel": nil, "route": one.Route.String(), "role": one.Role.String(), "attempts": one.Attempts,
		"id": one.ID, "purpose": one.Purpose, "account": object{"realm": one.Account.Realm, "id": one.Account.ID},
		"destination": one.Destination, "locale": one.Locale, "code": one.Code, "text": one.Text, "fields": one.Fields,
		"trace_id": one.TraceID, "lifetime_ms": one.Lifetime.Milliseconds(), "created_at": ms(one.CreatedAt)}
	if one.Kind != ringfence.MessageEvent {
		out["channel"] = one.Channel.String()
	}
	if one.Fields == nil {
		out["fields"] = object{}
	}
	return out
}
