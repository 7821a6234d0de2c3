package ringfence_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// keysOf is a source whose keys can be replaced.
type keysOf struct{ text string }

func (k *keysOf) WriteKeys(keys io.Writer) error {
	_, err := io.WriteString(keys, k.text)
	return err
}

func beginsAfter(prepare func(*testing.T, *ringfencetest.World, ringfence.Account), options ...ringfencetest.Option) func(*testing.T) error {
	return func(t *testing.T) error {
		world := ringfencetest.New(t, options...)
		ann := world.Register("ann", oldPhone)
		prepare(t, world, ann)
		_, err := world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call)
		return err
	}
}

func withStoreThat(change func(*faulty)) func(*testing.T) error {
	return func(t *testing.T) error {
		store := faultyStore(t)
		return beginsAfter(func(*testing.T, *ringfencetest.World, ringfence.Account) { change(store) }, ringfencetest.WithStore(store))(t)
	}
}

func inFlow(step func(*testing.T, *ringfencetest.World, string) error) func(*testing.T) error {
	return func(t *testing.T) error {
		world := ringfencetest.New(t)
		return step(t, world, began(t, world).Flow)
	}
}

// sqliteFile makes a database that a change was made to in its file, where SQLite keeps two numbers for its user.
func sqliteFile(change func(file []byte) []byte) func(*testing.T) error {
	return func(t *testing.T) error {
		path := filepath.Join(t.TempDir(), "accounts.db")
		ok(t, must[*ringfence.DB](t)(ringfence.OpenStore("sqlite:"+path)).Close())
		file := change(must[[]byte](t)(os.ReadFile(path)))
		ok(t, os.WriteFile(path, file, 0o600))
		_, err := ringfence.OpenStore("sqlite:" + path)
		return err
	}
}

var refusals = map[ringfence.Status]func(*testing.T) error{
	ringfence.ErrMethodUnavailable: func(t *testing.T) error {
		world := ringfencetest.New(t)
		_, err := world.Service.BeginChangePhone(ctx, world.Register("ann", oldPhone), ringfence.Email, ringfence.NumberChanged, call)
		return err
	},
	ringfence.ErrNoMethodAvailable: func(t *testing.T) error {
		world := ringfencetest.New(t)
		ann := ringfence.Account{ID: "ann"}
		_, err := world.Service.RegisterAccount(ctx, ringfence.Registration{Account: ann, Phone: ringfence.AddressInput{Text: oldPhone}}, call)
		ok(t, err)
		_, err = world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call)
		return err
	},
	ringfence.ErrSameAddress: inFlow(func(t *testing.T, world *ringfencetest.World, flow string) error {
		_, err := world.Service.SetTarget(ctx, flow, ringfence.AddressInput{Text: oldPhone}, call)
		return err
	}),
	ringfence.ErrInvalidNumber: inFlow(func(t *testing.T, world *ringfencetest.World, flow string) error {
		_, err := world.Service.SetTarget(ctx, flow, ringfence.AddressInput{Text: "12", Region: "CN"}, call)
		return err
	}),
	ringfence.ErrInvalidEmail: func(*testing.T) error {
		_, err := ringfence.ParseEmail("nobody")
		return err
	},
	ringfence.ErrNumberTypeNotAllowed: func(*testing.T) error {
		_, err := ringfence.ParsePhone(nil, ringfence.AddressInput{Text: "+19002345678"})
		return err
	},
	ringfence.ErrRegionNotAllowed: func(t *testing.T) error {
		policy := must[*ringfence.Policy](t)(ringfence.NewPolicy([]byte(`{"phone_numbers": {"denied_regions": ["GB"]}}`)))
		defer policy.Close()
		_, err := ringfence.ParsePhone(policy, ringfence.AddressInput{Text: "+442079460000"})
		return err
	},
	ringfence.ErrManagedElsewhere: func(t *testing.T) error {
		world := ringfencetest.New(t, ringfencetest.WithPolicy(`{"provider_links": {"idp": "https://example.com/phone"}}`))
		fed := ringfence.Account{ID: "fed"}
		_, err := world.Service.RegisterAccount(ctx, ringfence.Registration{Account: fed, Kind: ringfence.Federated, Provider: "idp",
			Phone: ringfence.AddressInput{Text: oldPhone}, PhoneProvenAt: world.Clock.Now()}, call)
		ok(t, err)
		_, err = world.Service.BeginChangePhone(ctx, fed, ringfence.Phone, ringfence.NumberChanged, call)
		var refusal *ringfence.Error
		if !errors.As(err, &refusal) || refusal.Link != "https://example.com/phone" {
			t.Errorf("the link of %v", err)
		}
		return err
	},
	ringfence.ErrAccountLocked: beginsAfter(func(t *testing.T, world *ringfencetest.World, ann ringfence.Account) {
		must[ringfence.SecuritySettings](t)(world.Service.LockAccount(ctx, ann, "stolen", call))
	}),
	ringfence.ErrAccountClosed: beginsAfter(func(t *testing.T, world *ringfencetest.World, ann ringfence.Account) {
		must[ringfence.SecuritySettings](t)(world.Service.CloseAccount(ctx, ann, call))
	}),
	ringfence.ErrAccountNotFound: func(t *testing.T) error {
		_, err := ringfencetest.New(t).Service.Settings(ctx, ringfence.Account{ID: "nobody"}, call)
		return err
	},
	ringfence.ErrAccountExists: func(t *testing.T) error {
		world := ringfencetest.New(t)
		world.Register("ann", oldPhone)
		_, err := world.Service.RegisterAccount(ctx, ringfence.Registration{Account: ringfence.Account{ID: "ann"}, Phone: ringfence.AddressInput{Text: newPhone}}, call)
		return err
	},
	ringfence.ErrFlowExpired: inFlow(func(t *testing.T, world *ringfencetest.World, flow string) error {
		world.Clock.Advance(16 * time.Minute)
		_, err := world.Service.SetTarget(ctx, flow, ringfence.AddressInput{Text: newPhone}, call)
		return err
	}),
	ringfence.ErrFlowNotFound: inFlow(func(t *testing.T, world *ringfencetest.World, flow string) error {
		_, err := world.Service.View(ctx, "nonsense", call)
		return err
	}),
	ringfence.ErrWrongStep: inFlow(func(t *testing.T, world *ringfencetest.World, flow string) error {
		_, err := world.Service.ConfirmTarget(ctx, flow, call)
		return err
	}),
	ringfence.ErrSessionMismatch: inFlow(func(t *testing.T, world *ringfencetest.World, flow string) error {
		_, err := world.Service.View(ctx, flow, ringfence.Call{Session: "another"})
		return err
	}),
	ringfence.ErrLimited: func(t *testing.T) error {
		world := ringfencetest.New(t)
		flow := must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, world.Register("ann", oldPhone), ringfence.Phone, ringfence.NumberChanged, call))
		_, err := world.Service.Resend(ctx, flow.Flow, ringfence.RouteText, call)
		var refusal *ringfence.Error
		if !errors.As(err, &refusal) || !refusal.RetryAt.Equal(flow.ResendAt) || refusal.Next != ringfence.Wait {
			t.Errorf("when it may be asked again is not told: %v", err)
		}
		return err
	},
	ringfence.ErrAddressAtCapacity: func(t *testing.T) error {
		world := ringfencetest.New(t, ringfencetest.WithPolicy(`{"max_accounts_per_address": 1}`))
		world.Register("bob", oldPhone)
		_, err := world.Service.RegisterAccount(ctx, ringfence.Registration{Account: ringfence.Account{ID: "ann"},
			Phone: ringfence.AddressInput{Text: oldPhone}, PhoneProvenAt: world.Clock.Now()}, call)
		return err
	},
	ringfence.ErrNothingToProve: func(t *testing.T) error {
		world := ringfencetest.New(t)
		_, err := world.Service.BeginVerifyChannel(ctx, world.Register("ann", oldPhone), ringfence.Phone, ringfence.Phone, call)
		return err
	},
	ringfence.ErrAppealPending: func(t *testing.T) error {
		world := ringfencetest.New(t)
		ann := world.Register("ann", oldPhone)
		must[ringfence.Appeal](t)(world.Service.SubmitAppeal(ctx, ann, "desk", call))
		_, err := world.Service.SubmitAppeal(ctx, ann, "desk", call)
		return err
	},
	ringfence.ErrAppealNotFound: func(t *testing.T) error {
		world := ringfencetest.New(t)
		_, err := world.Service.BeginReplacePhone(ctx, world.Register("ann", oldPhone), ringfence.NumberChanged, call)
		return err
	},
	ringfence.ErrDisputeNotFound: func(t *testing.T) error {
		_, err := ringfencetest.New(t).Service.Dispute(ctx, "nonsense", call)
		return err
	},
	ringfence.ErrFactorRequired: beginsAfter(func(*testing.T, *ringfencetest.World, ringfence.Account) {},
		ringfencetest.WithPolicy(`{"identity_assurance": "proof_and_factor"}`)),
	ringfence.ErrRiskRefused: beginsAfter(func(*testing.T, *ringfencetest.World, ringfence.Account) {},
		ringfencetest.WithPolicy(`{"risk": {"suspicious": "refuse"}}`), ringfencetest.WithRisk(suspicious{})),
	ringfence.ErrGrantInvalid: inFlow(func(t *testing.T, world *ringfencetest.World, flow string) error {
		_, err := world.Service.UseGrant(ctx, flow, "vm:deleteInstance", call)
		return err
	}),
	ringfence.ErrBusy: withStoreThat(func(store *faulty) {
		store.commit = func(context.Context, *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
			return ringfence.CommitConflict, nil
		}
	}),
	ringfence.ErrStoreUnavailable: withStoreThat(func(store *faulty) {
		store.load = func(context.Context, []ringfence.Key) ([]*ringfence.Loaded, error) {
			return nil, errors.New("the disk is gone")
		}
	}),
	ringfence.ErrOutcomeUnknown: withStoreThat(func(store *faulty) {
		store.commit = func(context.Context, *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
			return ringfence.CommitUnknown, nil
		}
	}),
	ringfence.ErrKeyMissing: func(t *testing.T) error {
		source := &keysOf{"k1 " + strings.Repeat("01", 32) + "\n"}
		keys := must[*ringfence.KeyRing](t)(ringfence.NewKeyRing(source))
		defer keys.Close()
		service := must[*ringfence.Service](t)(ringfence.Open("memory:", ringfence.Config{Keys: keys}))
		defer service.Close()
		ann := ringfence.Account{ID: "ann"}
		must[ringfence.SecuritySettings](t)(service.RegisterAccount(ctx, ringfence.Registration{Account: ann,
			Phone: ringfence.AddressInput{Text: oldPhone}, PhoneProvenAt: time.Now()}, call))
		flow := must[ringfence.FlowView](t)(service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
		source.text = "k2 " + strings.Repeat("02", 32) + "\n"
		ok(t, keys.Reload())
		_, err := service.ProveIdentity(ctx, flow.Flow, "123456", call)
		return err
	},
	ringfence.ErrInvalidArgument: func(*testing.T) error {
		_, err := ringfence.OpenStore("nonsense")
		return err
	},
	ringfence.ErrInvalidPolicy: func(t *testing.T) error {
		_, err := ringfence.NewPolicy([]byte(`{"code_digits": 1, "flow_ttl_ms": 1}`))
		for _, problem := range []string{"code_digits", "flow_ttl_ms"} {
			if !strings.Contains(err.Error(), problem) {
				t.Errorf("%s is not named: %v", problem, err)
			}
		}
		return err
	},
	ringfence.ErrKeyUnusable: func(t *testing.T) error {
		_, err := ringfence.KeyRingFromFile(filepath.Join(t.TempDir(), "none"))
		return err
	},
	ringfence.ErrStoreInUse: func(t *testing.T) error {
		url := "sqlite:" + filepath.Join(t.TempDir(), "accounts.db")
		db := must[*ringfence.DB](t)(ringfence.OpenStore(url))
		defer db.Close()
		_, err := ringfence.OpenStore(url)
		return err
	},
	// SQLite is brought up to date when it is opened; PostgreSQL by MigrateStore alone, and no server is here.
	ringfence.ErrStoreOlder: func(*testing.T) error { return &ringfence.Error{Status: ringfence.ErrStoreOlder} },
	ringfence.ErrStoreNewer: sqliteFile(func(file []byte) []byte {
		binary.BigEndian.PutUint32(file[60:], 1000000)
		return file
	}),
	ringfence.ErrStoreForeign: sqliteFile(func([]byte) []byte { return []byte(strings.Repeat("this is a letter\n", 100)) }),
	ringfence.ErrStoreCorrupt: withStoreThat(func(store *faulty) {
		store.load = func(_ context.Context, keys []ringfence.Key) ([]*ringfence.Loaded, error) {
			return make([]*ringfence.Loaded, len(keys)+1), nil
		}
	}),
	ringfence.ErrWrongProcess: withStoreThat(func(store *faulty) {
		store.load = func(context.Context, []ringfence.Key) ([]*ringfence.Loaded, error) {
			return nil, ringfence.ErrWrongProcess
		}
	}),
	ringfence.ErrInternal: func(t *testing.T) error {
		ringfence.OnDefect(func(ringfence.Defect) {})
		defer ringfence.OnDefect(nil)
		return beginsAfter(func(*testing.T, *ringfencetest.World, ringfence.Account) {}, ringfencetest.WithEntropy(&empty{left: 1}))(t)
	},
}

type suspicious struct{}

func (suspicious) Ask(ringfence.RiskQuestion) ringfence.RiskAnswer { return ringfence.RiskSuspicious }

// empty has entropy for so many draws.
type empty struct{ left int }

func (e *empty) Fill(bytes []byte) error {
	if e.left--; e.left < 0 {
		return errors.New("no entropy")
	}
	for i := range bytes {
		bytes[i] = byte(i + e.left + 1)
	}
	return nil
}

func TestEveryStatusIsAnErrorToAskFor(t *testing.T) {
	count := 0
	for status := ringfence.Status(1); !strings.Contains(status.String(), "Status("); status++ {
		status := status
		count++
		t.Run(status.String(), func(t *testing.T) {
			refuse, known := refusals[status]
			if !known {
				t.Fatal("nothing shows it")
			}
			refuses(t, refuse(t), status)
		})
	}
	equal(t, "how many there are", count, len(refusals))
}

func TestARefusalTellsAllThatIsKnownOfIt(t *testing.T) {
	world := ringfencetest.New(t)
	_, err := world.Service.Settings(ctx, ringfence.Account{ID: "nobody"}, call)
	var refusal *ringfence.Error
	if !errors.As(err, &refusal) || refusal.Text == "" || !refusal.RetryAt.IsZero() || refusal.Link != "" {
		t.Fatalf("the refusal is %+v", refusal)
	}
	if !strings.Contains(err.Error(), "account_not_found") || strings.Contains(err.Error(), "nobody") {
		t.Errorf("the error says %q", err)
	}
	if errors.Is(err, ringfence.ErrLimited) || errors.Is(err, ringfence.ErrClosed) {
		t.Error("it is another error, too")
	}
}

func TestAKeyFileIsMadeOnceAndOnlyForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accounts.key")
	ok(t, ringfence.CreateKeyFile(path))
	refuses(t, ringfence.CreateKeyFile(path), ringfence.ErrKeyUnusable)
	equal(t, "its mode", must[os.FileInfo](t)(os.Stat(path)).Mode().Perm(), os.FileMode(0o600))
	ok(t, must[*ringfence.KeyRing](t)(ringfence.KeyRingFromFile(path)).Close())
	ok(t, os.Chmod(path, 0o644))
	_, err := ringfence.KeyRingFromFile(path)
	refuses(t, err, ringfence.ErrKeyUnusable)
}

func TestASQLiteDatabaseIsCheckedAndBackedUp(t *testing.T) {
	folder := t.TempDir()
	db := must[*ringfence.DB](t)(ringfence.OpenStore("sqlite:" + filepath.Join(folder, "accounts.db")))
	defer db.Close()
	ok(t, db.Health())
	ok(t, db.IntegrityCheck())
	steps := 0
	ok(t, db.BackUp(ctx, filepath.Join(folder, "copy.db"), ringfence.Backup{PagesPerStep: 1, Progress: func(left, of int) bool {
		steps++
		return left <= of
	}}))
	if steps == 0 {
		t.Error("no step was told of")
	}
	ok(t, must[*ringfence.DB](t)(ringfence.OpenStore("sqlite:"+filepath.Join(folder, "copy.db"))).Close())
	if db.BackUp(ctx, filepath.Join(folder, "given up.db"), ringfence.Backup{PagesPerStep: 1, Progress: func(int, int) bool { return false }}) == nil {
		t.Error("a backup that was given up is there")
	}
	ending, cancel := context.WithCancel(ctx)
	err := db.BackUp(ending, filepath.Join(folder, "cancelled.db"), ringfence.Backup{PagesPerStep: 1, Progress: func(int, int) bool { cancel(); return true }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a backup whose context ended gives %v", err)
	}
	refuses(t, db.BackUp(ctx, "x", ringfence.Backup{PagesPerStep: -1}), ringfence.ErrInvalidArgument)
	ok(t, ringfence.MigrateStore("memory:"))
	memory := must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
	defer memory.Close()
	refuses(t, memory.Health(), ringfence.ErrInvalidArgument)
	refuses(t, ringfence.MigrateStore("nonsense"), ringfence.ErrInvalidArgument)
}

func TestAPanicInAProgressGivesTheBackupUp(t *testing.T) {
	told := defects(t)
	folder := t.TempDir()
	db := must[*ringfence.DB](t)(ringfence.OpenStore("sqlite:" + filepath.Join(folder, "accounts.db")))
	defer db.Close()
	if db.BackUp(ctx, filepath.Join(folder, "copy.db"), ringfence.Backup{PagesPerStep: 1, Progress: func(int, int) bool { panic("no") }}) == nil {
		t.Error("it went on")
	}
	equal(t, "where", (<-told).Where, "Backup.Progress")
}

func TestBadInputsAreRefused(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	for name, bad := range map[string]string{
		"a NUL": "an\x00n", "too long": strings.Repeat("x", 129), "much too long": strings.Repeat("x", 1<<20), "no UTF-8": "\xff", "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := world.Service.Settings(ctx, ringfence.Account{ID: bad}, call)
			if !errors.Is(err, ringfence.ErrInvalidArgument) && !errors.Is(err, ringfence.ErrAccountNotFound) {
				t.Errorf("an id gives %v", err)
			}
			_, err = world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, ringfence.Call{Session: bad + strings.Repeat(bad, 2)})
			if name != "no UTF-8" && !errors.Is(err, ringfence.ErrInvalidArgument) { // a session is opaque
				t.Errorf("a session gives %v", err)
			}
			_, err = world.Service.RegisterAccount(ctx, ringfence.Registration{Account: ringfence.Account{ID: bad}, Phone: ringfence.AddressInput{Text: newPhone}}, call)
			refuses(t, err, ringfence.ErrInvalidArgument)
		})
	}
	for _, code := range []string{"\x00", "1\x0023456", strings.Repeat("1", 1<<17)} {
		flow := must[ringfence.FlowView](t)(world.Service.BeginConfirmOperation(ctx, ann, "pay", ringfence.Phone, ringfence.Call{Session: "s"}))
		_, err := world.Service.ProveIdentity(ctx, flow.Flow, code, ringfence.Call{Session: "s"})
		refuses(t, err, ringfence.ErrInvalidArgument)
	}
	_, err := world.Service.BeginChangePhone(ctx, ann, 7, ringfence.NumberChanged, call)
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = world.Service.SetNoticeChannels(ctx, ann, "monitoring_alarm", 1<<9, call)
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, _, err = world.Service.Audit(ctx, ann, ringfence.AuditQuery{Max: -1}, call)
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = world.Service.DecideAppeal(ctx, ann, ringfence.AppealDecision{}, call)
	refuses(t, err, ringfence.ErrAppealNotFound)
	_, err = ringfence.NewPolicy([]byte("\x00"))
	if err == nil {
		t.Error("a NUL is a policy")
	}
	outcome, err := world.Store.Commit(ctx, &ringfence.ChangeSet{ID: "x"})
	refuses(t, err, ringfence.ErrInvalidArgument)
	equal(t, "the outcome", outcome, ringfence.CommitUnavailable)
	_, err = world.Store.Commit(ctx, nil)
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = world.Store.Load(ctx, []ringfence.Key{"nonsense"})
	refuses(t, err, ringfence.ErrInvalidArgument)
}

func TestWhatIsMissingIsRefused(t *testing.T) {
	keys := ringfencetest.Keys(t)
	db := must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
	defer db.Close()
	sender := &ringfencetest.Recorder{}
	_, err := ringfence.NewService(ringfence.Config{})
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = ringfence.NewService(ringfence.Config{Store: db})
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = ringfence.Open("memory:", ringfence.Config{Store: db, Keys: keys})
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = ringfence.Open("memory:", ringfence.Config{})
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = ringfence.NewKeyRing(nil)
	refuses(t, err, ringfence.ErrInvalidArgument)
	for _, config := range []ringfence.DispatcherConfig{
		{Keys: keys, Sender: sender, Events: sender},
		{Store: db, Sender: sender, Events: sender},
		{Store: db, Keys: keys, Events: sender},
		{Store: db, Keys: keys, Sender: sender},
		{Store: db, Keys: keys, Sender: sender, SenderURL: "console:", Events: sender},
		{Store: db, Keys: keys, SenderURL: "nonsense", Events: sender},
		{Store: db, Keys: keys, Sender: sender, EventsURL: "nonsense"},
		{Store: db, Keys: keys, Sender: sender, Events: sender, Share: ringfence.Share{Index: 2, Of: 2}},
	} {
		_, err := ringfence.NewDispatcher(config)
		refuses(t, err, ringfence.ErrInvalidArgument)
	}
	dispatcher := must[*ringfence.Dispatcher](t)(ringfence.NewDispatcher(ringfence.DispatcherConfig{
		Store: db, Keys: keys, SenderURL: "console:", EventsURL: "console:", Share: ringfence.Share{Index: 1, Of: 2}}))
	ok(t, dispatcher.Close())
	service := must[*ringfence.Service](t)(ringfence.NewService(ringfence.Config{Store: db, Keys: keys}))
	defer service.Close()
	refuses(t, service.SetPolicy(nil), ringfence.ErrInvalidArgument)
}

func TestAnErrorOfJSONIsToldAsOne(t *testing.T) {
	_, err := ringfence.NewStep(nil, ringfence.Command{"step": func() {}}, call)
	refuses(t, err, ringfence.ErrInvalidArgument)
	var message ringfence.StoredMessage
	if _, err := json.Marshal(message); err == nil {
		t.Error("a message without a body is written")
	}
}
