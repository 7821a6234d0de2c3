package ringfence_test

import (
	"encoding/json"
	"testing"

	ringfence "example.org/ringfence/bindings/go"
)

func TestAChangeSetIsWrittenAsItWasRead(t *testing.T) {
	for _, text := range []string{
		`{"erases":[],"expects":[],"id":"00","messages":[],"puts":[]}`,
		`{"erases":[{"source":{"source":"<&>"}}],"expects":[{"key":{"account":{"id":"ä漢\u2028"}},"version":"00c0ffee00c0ffee"}],` +
			`"forget_messages_of":{"account":"a","realm":"r"},"id":"00","messages":[{"account":"a","id":"11","expires_at":9223372036854775807,` +
			`"state":"accepted","due_at":7,"attempts":2,"outcome":"<b>"}],"puts":[{"key":{"account":{"id":"a"}},"record":{"epoch":18446744073709551615},"version":"01"}]}`,
	} {
		var change ringfence.ChangeSet
		ok(t, json.Unmarshal([]byte(text), &change))
		var again, was interface{}
		ok(t, json.Unmarshal(must[[]byte](t)(change.MarshalJSON()), &again))
		ok(t, json.Unmarshal([]byte(text), &was))
		one, other := must[[]byte](t)(json.Marshal(again)), must[[]byte](t)(json.Marshal(was))
		equal(t, "the change", string(one), string(other))
	}
}

func TestAMessageKeepsWhatIsNotKnownOfIt(t *testing.T) {
	var message ringfence.StoredMessage
	ok(t, json.Unmarshal([]byte(`{"id":"11","account":"a","realm":"r","created_at":5,"of a later version":{"x":9223372036854775807}}`), &message))
	equal(t, "the state", message.State, ringfence.MessagePending)
	equal(t, "the account", message.Account, ringfence.Account{Realm: "r", ID: "a"})
	message.Attempts = 3
	equal(t, "the text", string(must[[]byte](t)(message.MarshalJSON())),
		`{"account":"a","created_at":5,"id":"11","of a later version":{"x":9223372036854775807},"realm":"r","state":"pending","due_at":0,"attempts":3,"outcome":""}`)
}

func TestAChangeSetThatBreaksTheRulesIsNotWellFormed(t *testing.T) {
	const key, other = ringfence.Key(`{"account":{"id":"a"}}`), ringfence.Key(`{"account":{"id":"b"}}`)
	expect := func(keys ...ringfence.Key) (out []ringfence.Expect) {
		for _, key := range keys {
			out = append(out, ringfence.Expect{Key: key, Version: ringfence.NoVersion})
		}
		return out
	}
	put := func(key ringfence.Key, version ringfence.Version) ringfence.Put {
		return ringfence.Put{Key: key, Version: version}
	}
	for name, change := range map[string]struct {
		change ringfence.ChangeSet
		well   bool
	}{
		"empty":               {ringfence.ChangeSet{}, true},
		"put and erased":      {ringfence.ChangeSet{Expects: expect(key), Puts: []ringfence.Put{put(key, "1")}, Erases: []ringfence.Key{key}}, false},
		"one put, one erased": {ringfence.ChangeSet{Expects: expect(key, other), Puts: []ringfence.Put{put(key, "1")}, Erases: []ringfence.Key{other}}, true},
		"expected twice":      {ringfence.ChangeSet{Expects: expect(key, key)}, false},
		"put twice":           {ringfence.ChangeSet{Expects: expect(key), Puts: []ringfence.Put{put(key, "1"), put(key, "2")}}, false},
		"put unexpected":      {ringfence.ChangeSet{Puts: []ringfence.Put{put(key, "1")}}, false},
		"erased unexpected":   {ringfence.ChangeSet{Erases: []ringfence.Key{key}}, false},
		"put without version": {ringfence.ChangeSet{Expects: expect(key), Puts: []ringfence.Put{put(key, ringfence.NoVersion)}}, false},
	} {
		equal(t, name, change.change.WellFormed(), change.well)
	}
}

func TestSharesDivideMessagesByTheFirstDigit(t *testing.T) {
	equal(t, "0 of 1", ringfence.Share{Index: 0, Of: 1}.Has("f0"), true)
	equal(t, "1 of 3", ringfence.Share{Index: 1, Of: 3}.Has("a0"), true)
	equal(t, "2 of 3", ringfence.Share{Index: 2, Of: 3}.Has("a0"), false)
	equal(t, "no id", ringfence.Share{Index: 0, Of: 1}.Has(""), false)
	for _, share := range []ringfence.Share{{}, {Index: -1, Of: 2}, {Index: 2, Of: 2}, {Index: 0, Of: 17}} {
		equal(t, "whether it is valid", share.Valid(), false)
	}
}

func TestEnumeratorsHaveTheNamesOfTheLibrary(t *testing.T) {
	for got, want := range map[string]string{
		ringfence.ErrSameAddress.String():         "same_address",
		ringfence.Wait.String():                   "wait",
		ringfence.Phone.String():                  "phone",
		ringfence.ChannelVerified.String():        "verified",
		ringfence.ReasonDisabledByPolicy.String(): "disabled_by_policy",
		ringfence.AssuranceRecoveryOnly.String():  "recovery_only",
		ringfence.Federated.String():              "federated",
		ringfence.AccountLocked.String():          "locked",
		ringfence.ReplacePhone.String():           "replace_phone",
		ringfence.StepConfirmTarget.String():      "confirm_target",
		ringfence.NoLiveCode.String():             "no_live_code",
		ringfence.PersonChanged.String():          "person_changed",
		ringfence.RouteVoice.String():             "voice",
		ringfence.AppealApproved.String():         "approved",
		ringfence.AuditRemoved.String():           "removed",
		ringfence.MessageEvent.String():           "event",
		ringfence.RoleTarget.String():             "target",
		ringfence.RiskSuspicious.String():         "suspicious",
		ringfence.BeforeEffect.String():           "before_effect",
		ringfence.ObservationTiming.String():      "timing",
		ringfence.CommitConflict.String():         "conflict",
		ringfence.SendPermanent.String():          "permanent",
		ringfence.Status(12345).String():          "Status(12345)",
		ringfence.Verdict(-1).String():            "Verdict(-1)",
	} {
		equal(t, "a name", got, want)
	}
	if ringfence.LibraryVersion() == "" {
		t.Error("the library has no version")
	}
}
