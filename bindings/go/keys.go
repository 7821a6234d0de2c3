package ringfence

// #include "shim.h"
import "C"

import (
	"errors"
	"io"
)

// A KeySource is where a host keeps its keys, e.g. a secret manager.
type KeySource interface {
	// WriteKeys writes the keys as a key file has them, one a line: the id, a space, 64 hexadecimal digits; the first one
	// makes new codes. What is written goes to the library's memory, which wipes it; what the source holds itself is its
	// own to wipe. Never called twice at once; must not reload the ring.
	WriteKeys(keys io.Writer) error
}

// A KeyRing holds the keys that make codes. Safe for use from any goroutine.
type KeyRing struct{ handle }

// CreateKeyFile makes a key file with one fresh random key, mode 0600: whole, or not at all. It never overwrites.
func CreateKeyFile(path string) error {
	return try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_key_file_create(str(path), e) })
}

// KeyRingFromFile reads a key file. It refuses with ErrKeyUnusable one that is missing or malformed, that others than its
// owner may read or write, or that is no regular file of this user.
func KeyRingFromFile(path string) (*KeyRing, error) {
	var made C.ringfence_key_ring
	err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_key_ring_from_file(str(path), &made, e) })
	return keyRingOf(made, err)
}

// NewKeyRing asks a source for its keys. It refuses with ErrKeyUnusable.
func NewKeyRing(source KeySource) (*KeyRing, error) {
	if source == nil {
		return nil, &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "the key source is nil"}
	}
	var made C.ringfence_key_ring
	err := attach(source, nil, func(context C.uintptr_t, e *C.ringfence_error) C.int32_t {
		return C.ringfence_go_key_ring(context, &made, e)
	})
	return keyRingOf(made, err)
}

func keyRingOf(made C.ringfence_key_ring, err error) (*KeyRing, error) {
	if err != nil {
		return nil, err
	}
	ring := &KeyRing{}
	ring.open(made.id)
	return ring, nil
}

func (k *KeyRing) c() (C.ringfence_key_ring, error) {
	if k == nil {
		return C.ringfence_key_ring{}, &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "the key ring is nil", cause: ErrClosed}
	}
	if id := k.get(); id != 0 {
		return C.ringfence_key_ring{id: id}, nil
	}
	return C.ringfence_key_ring{}, errClosed("the key ring")
}

// Reload asks the file or the source again. If that fails the keys stay as they were.
func (k *KeyRing) Reload() error {
	ring, err := k.c()
	if err != nil {
		return err
	}
	return try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_key_ring_reload(ring, e) })
}

// Close frees the key ring. What was made with it keeps it. It never fails.
func (k *KeyRing) Close() error {
	if k == nil {
		return nil
	}
	if id := k.take(); id != 0 {
		C.ringfence_key_ring_free(C.ringfence_key_ring{id: id})
	}
	return nil
}

// outWriter writes to the library until its callback ends.
type outWriter struct {
	out   C.ringfence_out
	ended bool
}

func (w *outWriter) Write(bytes []byte) (int, error) {
	if w.ended || !answer(w.out, bytes) {
		return 0, errors.New("ringfence: written after the function returned, too much, or a NUL")
	}
	return len(bytes), nil
}

//export ringfenceGoReadKeys
func ringfenceGoReadKeys(context C.uintptr_t, keys C.ringfence_out) C.int32_t {
	return guarded("KeySource.WriteKeys", C.int32_t(C.RINGFENCE_KEY_UNUSABLE), func() C.int32_t {
		writer := &outWriter{out: keys}
		defer func() { writer.ended = true }()
		if err := part(context).(KeySource).WriteKeys(writer); err != nil {
			report(Defect{Where: "KeySource.WriteKeys", Err: err})
			return C.RINGFENCE_KEY_UNUSABLE
		}
		return C.RINGFENCE_OK
	})
}
