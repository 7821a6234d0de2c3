package ringfence

// #include "shim.h"
import "C"

import (
	"time"
	"unsafe"
)

// str lends the bytes of a text to C, without a copy, for as long as the call that it is an argument of. It may stand in
// structs that are passed by value, never in memory that C gets a pointer to.
func str(text string) C.ringfence_string {
	if text == "" {
		return C.ringfence_string{}
	}
	// The first word of a string is its pointer; unsafe.StringData says so from Go 1.20 on.
	return C.ringfence_string{data: (*C.char)(*(*unsafe.Pointer)(unsafe.Pointer(&text))), size: C.size_t(len(text))}
}

// raw lends bytes to C, as str does.
func raw(bytes []byte) C.ringfence_string {
	if len(bytes) == 0 {
		return C.ringfence_string{}
	}
	return C.ringfence_string{data: (*C.char)(unsafe.Pointer(&bytes[0])), size: C.size_t(len(bytes))}
}

// view shows the bytes of a text that C has lent, for as long as C has said.
func view(text C.ringfence_string) []byte {
	if text.size == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(text.data)), int(text.size))
}

// copied gives a text of C as one of Go.
func copied(text C.ringfence_string) string { return string(view(text)) }

// text gives the characters of an array before its NUL.
func text(chars []C.char) string {
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&chars[0])), len(chars))
	for i, c := range bytes {
		if c == 0 {
			return string(bytes[:i])
		}
	}
	return string(bytes)
}

// taken copies a text that the library gives, and frees it.
func taken(handle C.ringfence_text) []byte {
	defer C.ringfence_text_free(handle)
	lent := view(C.ringfence_text_get(handle))
	return append(make([]byte, 0, len(lent)), lent...)
}

// wipe overwrites what nobody should find.
func wipe(bytes []byte) {
	for i := range bytes {
		bytes[i] = 0
	}
}

// timeOf gives a time of the library; 0 is none.
func timeOf(milliseconds C.int64_t) time.Time {
	if milliseconds == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(milliseconds)).UTC()
}

// millis gives the library a time; none is 0.
func millis(t time.Time) C.int64_t {
	if t.IsZero() {
		return 0
	}
	return C.int64_t(t.UnixMilli())
}

func durationOf(milliseconds C.int64_t) time.Duration {
	return time.Duration(milliseconds) * time.Millisecond
}

func flag(on bool) C.int32_t {
	if on {
		return 1
	}
	return 0
}

// LibraryVersion is that of the library, e.g. "0.1.0".
func LibraryVersion() string { return C.GoString(C.ringfence_version()) }
