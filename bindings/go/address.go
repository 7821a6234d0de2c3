package ringfence

// #include "shim.h"
import "C"

// An AddressInput is an address as a person wrote it. Region is the country in which a number was typed, e.g. "CN"; it may
// be empty.
type AddressInput struct {
	Text   string
	Region string
}

func (a AddressInput) c() C.ringfence_address_input {
	return C.ringfence_address_input{text: str(a.Text), region: str(a.Region)}
}

// An Address is one in its one stored form.
type Address struct {
	Kind        ChannelKind
	CountryCode int    // Of a number, e.g. 86.
	Text        string // "+8613912343672", "lin@example.com"
	Masked      string // "139****3672", "l*****n@example.com"
}

func addressOf(parse func(*C.ringfence_address, *C.ringfence_error) C.int32_t) (Address, error) {
	out := C.ringfence_address{struct_size: C.sizeof_ringfence_address}
	if err := try(func(e *C.ringfence_error) C.int32_t { return parse(&out, e) }); err != nil {
		return Address{}, err
	}
	return Address{
		Kind:        ChannelKind(out.kind),
		CountryCode: int(out.country_code),
		Text:        text(out.text[:]),
		Masked:      text(out.masked[:]),
	}, nil
}

// ParsePhone reads a number as a person writes it, as the policy (nil: the default one) allows. It refuses with
// ErrInvalidNumber, ErrNumberTypeNotAllowed, ErrRegionNotAllowed.
func ParsePhone(policy *Policy, input AddressInput) (Address, error) {
	allowed, err := policy.c()
	if err != nil {
		return Address{}, err
	}
	return addressOf(func(out *C.ringfence_address, e *C.ringfence_error) C.int32_t {
		return C.go_phone_parse(allowed, input.c(), out, e)
	})
}

// ParseEmail reads an email as a person writes it. It refuses with ErrInvalidEmail.
func ParseEmail(text string) (Address, error) {
	return addressOf(func(out *C.ringfence_address, e *C.ringfence_error) C.int32_t {
		return C.ringfence_email_parse(str(text), out, e)
	})
}
