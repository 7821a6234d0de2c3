package ringfence_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

func TestAPhoneIsChangedInFourSteps(t *testing.T) {
	for name, store := range map[string]ringfence.Store{"in the library": nil, "in Go": mapstore.New()} {
		t.Run(name, func(t *testing.T) {
			var options []ringfencetest.Option
			if store != nil {
				options = append(options, ringfencetest.WithStore(store))
			}
			world := ringfencetest.New(t, options...)
			service := world.Service
			ann := world.Register("ann", oldPhone)

			settings := must[ringfence.SecuritySettings](t)(service.Settings(ctx, ann, call))
			equal(t, "the account", settings.Account, ann)
			equal(t, "the status", settings.Status, ringfence.AccountActive)
			equal(t, "the phone", settings.Phone.Masked, "139****3672")
			equal(t, "its state", settings.Phone.State, ringfence.ChannelVerified)
			equal(t, "its login badge", settings.Phone.Login, ringfence.Badge{Usable: true})
			equal(t, "the email's badge", settings.Email.Verification, ringfence.Badge{Reason: ringfence.ReasonAbsent})
			equal(t, "its assurance", settings.Phone.Assurance, ringfence.AssuranceRestricted)
			if len(settings.Notices) < 4 || !settings.Phone.LimitedUntil.IsZero() || settings.Phone.TriesLeft == 0 {
				t.Errorf("the settings are %+v", settings)
			}

			flow := must[ringfence.FlowView](t)(service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
			equal(t, "the kind", flow.Kind, ringfence.ChangePhone)
			equal(t, "the step", flow.Step, ringfence.StepProveIdentity)
			equal(t, "the verdict", flow.Verdict, ringfence.NotAsked)
			equal(t, "where the code went", flow.SentTo, "139****3672")
			equal(t, "how long the code is valid", flow.CodeExpiresAt, world.Clock.Now().Add(5*time.Minute))

			wrong := must[ringfence.FlowView](t)(service.ProveIdentity(ctx, flow.Flow, "x", call))
			equal(t, "the verdict", wrong.Verdict, ringfence.Rejected)
			equal(t, "the tries left", wrong.TriesLeft, flow.TriesLeft-1)

			proven := must[ringfence.FlowView](t)(service.ProveIdentity(ctx, flow.Flow, world.Code(oldPhone), call))
			equal(t, "the proof", proven.Accepted(), true)
			equal(t, "the step", proven.Step, ringfence.StepSetTarget)

			target := must[ringfence.FlowView](t)(service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: "07700 900123", Region: "GB"}, call))
			equal(t, "the step", target.Step, ringfence.StepProveTarget)

			done := must[ringfence.FlowView](t)(service.ProveTarget(ctx, flow.Flow, world.Code(newPhone), ringfence.AcceptVerificationOnly, call))
			equal(t, "the end", done.Done(), true)
			if done.Change == nil || !done.Change.UsableForLogin || !done.Change.UsableForVerification || done.Change.To == "" {
				t.Fatalf("the change is %+v", done.Change)
			}
			world.Pump()
			equal(t, "how often the host was told", len(world.Events.Named("phone_changed")), 1)
			notices := world.Sent.Named("phone_changed")
			if len(notices) == 0 || notices[0].Destination != oldPhone {
				t.Errorf("the old number was not told first: %+v", notices)
			}

			login := must[ringfence.Login](t)(service.ResolveLoginPhone(ctx, "", ringfence.AddressInput{Text: newPhone}, call))
			equal(t, "who may log in", login, ringfence.Login{Found: true, Account: "ann"})
			login = must[ringfence.Login](t)(service.ResolveLoginPhone(ctx, "", ringfence.AddressInput{Text: oldPhone}, call))
			equal(t, "who may log in with the old one", login, ringfence.Login{})
			repeated := must[ringfence.FlowView](t)(service.View(ctx, flow.Flow, call))
			equal(t, "the step", repeated.Step, ringfence.StepDone)
		})
	}
}

func TestANumberOfAnotherAccountServesForVerificationOnlyAndIsAskedAbout(t *testing.T) {
	world := ringfencetest.New(t)
	world.Register("bob", newPhone)
	flow := began(t, world)
	must[ringfence.FlowView](t)(world.Service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: newPhone}, call))
	asked := must[ringfence.FlowView](t)(world.Service.ProveTarget(ctx, flow.Flow, world.Code(newPhone), ringfence.AskVerificationOnly, call))
	equal(t, "the step", asked.Step, ringfence.StepConfirmTarget)
	equal(t, "whether it would not serve for login", asked.VerificationOnly, true)
	done := must[ringfence.FlowView](t)(world.Service.ConfirmTarget(ctx, flow.Flow, call))
	equal(t, "the change", *done.Change, ringfence.Change{To: done.Change.To, UsableForVerification: true})
}

func TestTheOtherFlowsHaveTheirEffects(t *testing.T) {
	world := ringfencetest.New(t)
	service := world.Service
	ann := world.Register("ann", oldPhone)
	views := must[ringfence.FlowView](t)

	flow := views(service.BeginChangeEmail(ctx, ann, ringfence.Phone, call))
	views(service.ProveIdentity(ctx, flow.Flow, world.Code(oldPhone), call))
	views(service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: "ann@example.com"}, call))
	done := views(service.ProveTarget(ctx, flow.Flow, world.Code("ann@example.com"), ringfence.AcceptVerificationOnly, call))
	equal(t, "the channel", done.Channel, ringfence.Email)
	login := must[ringfence.Login](t)(service.ResolveLoginEmail(ctx, "", "ann@example.com", call))
	equal(t, "who may log in", login.Account, "ann")

	flow = views(service.BeginConfirmOperation(ctx, ann, "vm:deleteInstance", ringfence.Email, call))
	done = views(service.ProveIdentity(ctx, flow.Flow, world.Code("ann@example.com"), call))
	if done.Granted == nil || done.Granted.Operation != "vm:deleteInstance" || done.Granted.ExpiresAt.IsZero() {
		t.Fatalf("the grant is %+v", done.Granted)
	}
	grant := must[ringfence.Grant](t)(service.UseGrant(ctx, flow.Flow, "vm:deleteInstance", call))
	equal(t, "the grant", grant.Operation, "vm:deleteInstance")
	_, err := service.UseGrant(ctx, flow.Flow, "vm:deleteInstance", call)
	refuses(t, err, ringfence.ErrGrantInvalid)

	bob := ringfence.Account{Realm: "eu", ID: "bob"}
	must[ringfence.SecuritySettings](t)(service.RegisterAccount(ctx, ringfence.Registration{Account: bob, Phone: ringfence.AddressInput{Text: newPhone}}, call))
	flow = views(service.BeginVerifyChannel(ctx, bob, ringfence.Phone, ringfence.Phone, call))
	equal(t, "the step", flow.Step, ringfence.StepProveTarget)
	done = views(service.ProveTarget(ctx, flow.Flow, world.Code(newPhone), ringfence.AcceptVerificationOnly, call))
	equal(t, "the end", done.Done(), true)

	flow = views(service.BeginChangePhone(ctx, bob, ringfence.Phone, ringfence.PersonChanged, call))
	world.Clock.Advance(2 * time.Minute)
	flow = views(service.Resend(ctx, flow.Flow, ringfence.RouteVoice, call))
	world.Code(newPhone)
	codes := world.Sent.Named("change_phone")
	equal(t, "the route", codes[len(codes)-1].Route, ringfence.RouteVoice)
	flow = views(service.Cancel(ctx, flow.Flow, call))
	equal(t, "the step", flow.Step, ringfence.StepCancelled)
}

func TestAnAppealReplacesAPhoneThatIsLost(t *testing.T) {
	world := ringfencetest.New(t)
	service := world.Service
	ann := world.Register("ann", oldPhone)
	appeals := must[ringfence.Appeal](t)
	equal(t, "the appeal there is", appeals(service.Appeal(ctx, ann, call)), ringfence.Appeal{})
	appeal := appeals(service.SubmitAppeal(ctx, ann, "desk 7", call))
	equal(t, "the state", appeal.State, ringfence.AppealSubmitted)
	decision := ringfence.AppealDecision{Appeal: appeal.ID, Approve: true, Reviewer: "eve", Evidence: "a letter"}
	_, err := service.DecideAppeal(ctx, ann, decision, call)
	refuses(t, err, ringfence.ErrLimited)
	world.Clock.Set(appeal.HeldUntil)
	appeal = appeals(service.DecideAppeal(ctx, ann, decision, call))
	equal(t, "the state", appeal.State, ringfence.AppealApproved)
	equal(t, "the reviewer", appeal.Reviewer, "eve")
	flow := must[ringfence.FlowView](t)(service.BeginReplacePhone(ctx, ann, ringfence.NumberChanged, call))
	must[ringfence.FlowView](t)(service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: newPhone}, call))
	done := must[ringfence.FlowView](t)(service.ProveTarget(ctx, flow.Flow, world.Code(newPhone), ringfence.AcceptVerificationOnly, call))
	equal(t, "the end", done.Done(), true)
	equal(t, "the state", appeals(service.Appeal(ctx, ann, call)).State, ringfence.AppealUsed)
}

func TestAccountsAreLockedUpgradedClosedErasedAndExported(t *testing.T) {
	world := ringfencetest.New(t, ringfencetest.WithPolicy(`{"dispute_ms": 259200000}`))
	service := world.Service
	ann := world.Register("ann", oldPhone)
	settings := must[ringfence.SecuritySettings](t)
	equal(t, "the status", settings(service.LockAccount(ctx, ann, "stolen", call)).Status, ringfence.AccountLocked)
	equal(t, "the status", settings(service.UnlockAccount(ctx, ann, call)).Status, ringfence.AccountActive)
	settings(service.CredentialsChanged(ctx, ann, call))

	fed := ringfence.Account{ID: "fed"}
	federated := settings(service.RegisterAccount(ctx, ringfence.Registration{
		Account: fed, Kind: ringfence.Federated, Provider: "idp", Phone: ringfence.AddressInput{Text: "139 1234 5678", Region: "CN"},
		Email: "fed@example.com"}, call))
	equal(t, "the kind", federated.Kind, ringfence.Federated)
	equal(t, "the email", federated.Email.State, ringfence.ChannelUnverified)
	equal(t, "the kind", settings(service.UpgradeAccount(ctx, fed, call)).Kind, ringfence.Standalone)

	var export struct{ Account, Audit, Messages json.RawMessage }
	ok(t, json.Unmarshal(must[json.RawMessage](t)(service.ExportAccount(ctx, ann, call)), &export))
	if !strings.Contains(string(export.Account), oldPhone) {
		t.Errorf("the export is %s", export.Account)
	}

	entries, next, err := service.Audit(ctx, ann, ringfence.AuditQuery{Max: 2}, call)
	ok(t, err)
	equal(t, "the entries", len(entries), 2)
	equal(t, "the first", entries[0].Number, uint64(1))
	equal(t, "its account", entries[0].Account, ann)
	if entries[0].At.IsZero() || entries[0].Event == "" || next == 0 {
		t.Errorf("the first entry is %+v, the next %d", entries[0], next)
	}
	rest, next, err := service.Audit(ctx, ann, ringfence.AuditQuery{After: next}, call)
	ok(t, err)
	equal(t, "the next", next, uint64(0))
	report := must[ringfence.AuditReport](t)(service.VerifyAudit(ctx, ann, call))
	equal(t, "the fault", report.Fault, ringfence.AuditIntact)
	equal(t, "the head", report.Head, rest[len(rest)-1].Number)
	world.Clock.Advance(time.Hour)
	removed := must[int](t)(service.PruneAudit(ctx, ann, world.Clock.Now(), call))
	if removed == 0 {
		t.Error("nothing was pruned")
	}

	equal(t, "the status", settings(service.CloseAccount(ctx, ann, call)).Status, ringfence.AccountClosed)
	settings(service.EraseAccount(ctx, ann, call))
	export.Account = nil
	ok(t, json.Unmarshal(must[json.RawMessage](t)(service.ExportAccount(ctx, ann, call)), &export))
	if strings.Contains(string(export.Account), oldPhone) {
		t.Error("the phone is still there")
	}
}

func TestAChangeIsDisputedWithTheReferenceOfItsNotice(t *testing.T) {
	world := ringfencetest.New(t, ringfencetest.WithPolicy(`{"dispute_ms": 259200000}`))
	flow := began(t, world)
	must[ringfence.FlowView](t)(world.Service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: newPhone}, call))
	must[ringfence.FlowView](t)(world.Service.ProveTarget(ctx, flow.Flow, world.Code(newPhone), ringfence.AcceptVerificationOnly, call))
	world.Pump()
	reference := world.Sent.Named("phone_changed")[0].Field("dispute")
	settings := must[ringfence.SecuritySettings](t)(world.Service.Dispute(ctx, reference, call))
	equal(t, "the status", settings.Status, ringfence.AccountLocked)
}

func TestNoticesGoWhereTheOwnerWantsThem(t *testing.T) {
	world := ringfencetest.New(t, ringfencetest.WithPolicy(`{"notice_categories": ["news"]}`))
	ann := world.Register("ann", oldPhone)
	settings := must[ringfence.SecuritySettings](t)(world.Service.SetNoticeChannels(ctx, ann, "news", ringfence.Channels(), call))
	for _, notices := range settings.Notices {
		if notices.Category == "news" && (notices.Channels != 0 || !notices.Choosable || notices.Mandatory) {
			t.Errorf("news are %+v", notices)
		}
		if notices.Category == "security" && (!notices.Channels.Has(ringfence.Phone) || notices.Channels.Has(ringfence.Email) || !notices.Mandatory) {
			t.Errorf("security is %+v", notices)
		}
	}
	notice := ringfence.Notice{Category: "monitoring_alarm", Text: "the disk is full", IdempotencyKey: "1"}
	receipt := must[ringfence.NoticeReceipt](t)(world.Service.Notify(ctx, ann, notice, call))
	equal(t, "the receipt", receipt, ringfence.NoticeReceipt{SentTo: ringfence.Channels(ringfence.Phone), Phone: "139****3672"})
	receipt = must[ringfence.NoticeReceipt](t)(world.Service.Notify(ctx, ann, notice, call))
	equal(t, "whether it is repeated", receipt.Repeated, true)
	world.Pump()
	equal(t, "how often it was sent", len(world.Sent.Named("monitoring_alarm")), 1)
}

func TestUsersAreImportedAndTheRowsThatAreRefusedAreTold(t *testing.T) {
	world := ringfencetest.New(t)
	world.Register("there", oldPhone)
	rows := []ringfence.Registration{
		{Account: ringfence.Account{ID: "there"}, Phone: ringfence.AddressInput{Text: oldPhone}},
		{Account: ringfence.Account{Realm: "eu", ID: "new"}, Kind: ringfence.Federated, Provider: "idp",
			Phone: ringfence.AddressInput{Text: "07700 900123", Region: "GB"}, Email: "new@example.com",
			PhoneProvenAt: world.Clock.Now(), EmailProvenAt: world.Clock.Now()},
		{Account: ringfence.Account{ID: "bad"}, Phone: ringfence.AddressInput{Text: "12"}},
	}
	report := must[ringfence.ImportReport](t)(world.Service.ImportAccounts(ctx, rows, call))
	if report.Imported != 1 || report.Present != 1 || len(report.Refused) != 1 || report.Refused[0].Index != 2 {
		t.Fatalf("the report is %+v", report)
	}
	refuses(t, report.Refused[0].Err, ringfence.ErrInvalidNumber)
	equal(t, "what to do next", report.Refused[0].Err.Next, ringfence.FixInput)
	settings := must[ringfence.SecuritySettings](t)(world.Service.Settings(ctx, rows[1].Account, call))
	equal(t, "the email", settings.Email.Masked, "n*****w@example.com")
	equal(t, "the phone", settings.Phone.State, ringfence.ChannelVerified)
	equal(t, "an empty import", must[ringfence.ImportReport](t)(world.Service.ImportAccounts(ctx, nil, call)).Imported, uint64(0))
}

func TestTheSameRequestGetsTheReplyItGot(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	repeated := call
	repeated.RequestID = "1"
	first := must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, repeated))
	second := must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, repeated))
	equal(t, "the flow", second.Flow, first.Flow)
	equal(t, "whether it is repeated", second.Repeated, true)
}

func TestHealthTellsOfStoreKeysAndDeliveries(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	world.Clock.Advance(3 * time.Second)
	health := must[ringfence.Health](t)(world.Service.Health())
	if health.Store != ringfence.StatusOK || health.Due != 1 || health.Keys != 1 || health.CurrentKey != "k1" || health.OutboxAge != 3*time.Second {
		t.Errorf("the health is %+v", health)
	}
	world.Pump()
	delivery := must[ringfence.DeliveryHealth](t)(world.Dispatcher.Health())
	equal(t, "when an SMS went", delivery.SMS.LastAcceptedAt, world.Clock.Now())
	equal(t, "when a mail went", delivery.Email.LastAcceptedAt, time.Time{})
}

func TestPoliciesAreJSONAndReplacedWhileRunning(t *testing.T) {
	world := ringfencetest.New(t)
	policy := must[*ringfence.Policy](t)(ringfence.NewPolicy([]byte(`{"code_digits": 8}`)))
	defer policy.Close()
	var settings struct {
		Digits int `json:"code_digits"`
	}
	ok(t, json.Unmarshal(must[json.RawMessage](t)(policy.JSON()), &settings))
	equal(t, "the digits", settings.Digits, 8)
	ok(t, world.Service.SetPolicy(policy))
	inForce := must[*ringfence.Policy](t)(world.Service.Policy())
	defer inForce.Close()
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	equal(t, "the length of a code", len(world.Code(oldPhone)), 8)
}

func TestAddressesAreReadAsPeopleWriteThem(t *testing.T) {
	phone := must[ringfence.Address](t)(ringfence.ParsePhone(nil, ringfence.AddressInput{Text: "139 1234 3672", Region: "CN"}))
	equal(t, "the phone", phone, ringfence.Address{Kind: ringfence.Phone, CountryCode: 86, Text: oldPhone, Masked: "139****3672"})
	email := must[ringfence.Address](t)(ringfence.ParseEmail("Lin.Hsu@EXAMPLE.com"))
	equal(t, "the email", email.Text, "Lin.Hsu@example.com")
	equal(t, "its kind", email.Kind, ringfence.Email)
}
