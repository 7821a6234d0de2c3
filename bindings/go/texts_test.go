package ringfence_test

import (
	"strings"
	"testing"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/ringfencetest"
)

func TestAnAccountHasALanguage(t *testing.T) {
	world := ringfencetest.New(t)
	row := ringfence.Registration{
		Account:       ringfence.Account{ID: "ann"},
		Phone:         ringfence.AddressInput{Text: oldPhone},
		PhoneProvenAt: world.Clock.Now(),
		Locale:        "zh-hans-cn",
	}
	settings := must[ringfence.SecuritySettings](t)(world.Service.RegisterAccount(ctx, row, call))
	equal(t, "the locale", settings.Locale, "zh-Hans-CN")
	settings = must[ringfence.SecuritySettings](t)(world.Service.SetLocale(ctx, row.Account, "ja", call))
	equal(t, "the locale", settings.Locale, "ja")
	_, err := world.Service.SetLocale(ctx, row.Account, "ja_JP", call)
	refuses(t, err, ringfence.ErrInvalidArgument)
	settings = must[ringfence.SecuritySettings](t)(world.Service.SetLocale(ctx, row.Account, "", call))
	equal(t, "no locale", settings.Locale, "")

	rows := []ringfence.Registration{
		{Account: ringfence.Account{ID: "bob"}, Phone: ringfence.AddressInput{Text: newPhone}, Locale: "es"},
		{Account: ringfence.Account{ID: "cid"}, Phone: ringfence.AddressInput{Text: newPhone}, Locale: "?"},
	}
	report := must[ringfence.ImportReport](t)(world.Service.ImportAccounts(ctx, rows, call))
	equal(t, "what was imported", report.Imported, 1)
	equal(t, "what was refused", report.Refused[0].Index, 1)
	settings = must[ringfence.SecuritySettings](t)(world.Service.Settings(ctx, rows[0].Account, call))
	equal(t, "the imported locale", settings.Locale, "es")
}

func TestPeopleReadTheirLanguageInTheWordsOfTheHost(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	var read ringfencetest.Recorder
	dispatcher := must[*ringfence.Dispatcher](t)(world.Service.NewDispatcher(ringfence.DispatcherConfig{
		Sender:    &read,
		Events:    &read,
		Templates: []byte(`{"host": "example.com", "service": "Example"}`),
	}))
	defer dispatcher.Close()
	must[ringfence.SecuritySettings](t)(world.Service.SetLocale(ctx, ann, "es-MX", call))
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	must[ringfence.DispatchCounts](t)(dispatcher.Pump(ctx))
	sms := read.All()[0]
	equal(t, "the locale", sms.Locale, "es")
	equal(t, "how it begins", strings.HasPrefix(sms.Text, "Example: "+sms.Code+" es tu clave para cambiar"), true)
	equal(t, "how it ends", strings.HasSuffix(sms.Text, "\n@example.com #"+sms.Code), true)
	equal(t, "the subject and the HTML", sms.Subject+sms.HTML, "")
}

func TestAMailHasASubjectAndHTMLThatIsASecret(t *testing.T) {
	world := ringfencetest.New(t)
	ann := ringfence.Account{ID: "ann"}
	must[ringfence.SecuritySettings](t)(world.Service.RegisterAccount(ctx, ringfence.Registration{
		Account:       ann,
		Phone:         ringfence.AddressInput{Text: oldPhone},
		Email:         "lion@example.com",
		EmailProvenAt: world.Clock.Now(),
	}, call))
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Email, ringfence.NumberChanged, call))
	world.Pump()
	mail := world.Sent.All()[0]
	equal(t, "the subject", mail.Subject, "Your code to change the security phone of your account")
	equal(t, "the code in the HTML", strings.Contains(mail.HTML, ">"+mail.Code+"</strong>"), true)
	equal(t, "the HTML afterwards", mail.Message.HTML.Empty(), true)
}

func TestTemplatesThatAreWrongAreRefusedByTheirPlace(t *testing.T) {
	world := ringfencetest.New(t)
	for templates, why := range map[string]string{
		`{`:                       "break off at byte",
		`{"host": "Example.com"}`: "host must be a domain",
		`{"locales": {"en": {"texts": {"code": {"sms": "{code} {action}"}}}}}`: "texts.code.sms must have {lifetime}",
	} {
		_, err := world.Service.NewDispatcher(ringfence.DispatcherConfig{
			SenderURL: "console:", EventsURL: "console:", Templates: []byte(templates),
		})
		refuses(t, err, ringfence.ErrInvalidArgument)
		if !strings.Contains(err.Error(), why) {
			t.Errorf("%v does not say that %s", err, why)
		}
	}
}

func TestATextMessageIsMeasured(t *testing.T) {
	size := must[ringfence.SMSSize](t)(ringfence.MeasureSMS("A price of 5 €"))
	equal(t, "the size", size, ringfence.SMSSize{Alphabet: ringfence.GSM7, Units: 15, Segments: 1})
	size = must[ringfence.SMSSize](t)(ringfence.MeasureSMS(strings.Repeat("码", 71)))
	equal(t, "the size", size, ringfence.SMSSize{Alphabet: ringfence.UCS2, Units: 71, Segments: 2})
	_, err := ringfence.MeasureSMS("\xff")
	refuses(t, err, ringfence.ErrInvalidArgument)
}
