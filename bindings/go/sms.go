package ringfence

// #include "shim.h"
import "C"

// SMSSize is how large a text message is on the way to a telephone, which is how it is paid for.
type SMSSize struct {
	Alphabet SMSAlphabet
	Units    int // Septets, of which ^{}\[~]| and the euro sign take two; or units of UTF-16.
	Segments int // Parts in which it travels: 160 septets or 70 units, or 153 or 67 in each of several.
}

// MeasureSMS measures a text message. It refuses with ErrInvalidArgument what is no text.
func MeasureSMS(text string) (SMSSize, error) {
	out := C.ringfence_sms_size{struct_size: C.sizeof_ringfence_sms_size}
	if err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_sms_measure(str(text), &out, e) }); err != nil {
		return SMSSize{}, err
	}
	return SMSSize{SMSAlphabet(out.alphabet), int(out.units), int(out.segments)}, nil
}
