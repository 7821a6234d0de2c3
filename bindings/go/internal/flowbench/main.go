// Command flowbench does flows when it is told to: it reads how many, a line each time, and answers how many nanoseconds
// they took. bench/languages_bench.cc runs it beside C++, C and Python.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"runtime"
	"time"

	"example.org/ringfence/bindings/go/internal/mover"
)

// All on the first thread of the process, as the flows of C++, C and Python are: a goroutine that may be carried from
// thread to thread pays for that too, with every memory that one thread took and another gives back.
func init() { runtime.LockOSThread() }

func main() {
	moving, err := mover.New()
	if err != nil {
		log.Fatal(err)
	}
	defer moving.Close()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var flows int
		if _, err := fmt.Sscan(lines.Text(), &flows); err != nil {
			log.Fatal(err)
		}
		began := time.Now()
		for i := 0; i < flows; i++ {
			if err := moving.Move(); err != nil {
				log.Fatal(err)
			}
		}
		fmt.Println(time.Since(began).Nanoseconds())
	}
}
