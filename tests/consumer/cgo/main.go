// The least that a Go program needs of the C interface: what pkg-config says. With -tags ringfence_static, of the other.
package main

// #include <ringfence.h>
import "C"

import "fmt"

func main() {
	var policy C.ringfence_policy
	if status := C.ringfence_policy_new(C.ringfence_string{}, &policy, nil); status != C.RINGFENCE_OK {
		panic(C.GoString(C.ringfence_status_name(status)))
	}
	C.ringfence_policy_free(policy)
	fmt.Println(C.GoString(C.ringfence_version()))
}
