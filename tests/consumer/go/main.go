// A host in Go, with a database in the folder that it is given.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"example.org/ringfence/bindings/go"
)

func run(folder string) error {
	ctx := context.Background()
	keyFile := filepath.Join(folder, "accounts.key")
	if err := ringfence.CreateKeyFile(keyFile); err != nil {
		return err
	}
	keys, err := ringfence.KeyRingFromFile(keyFile)
	if err != nil {
		return err
	}
	defer keys.Close()
	service, err := ringfence.Open("sqlite:"+filepath.Join(folder, "accounts.db"), ringfence.Config{Keys: keys})
	if err != nil {
		return err
	}
	defer service.Close()
	settings, err := service.RegisterAccount(ctx, ringfence.Registration{
		Account:       ringfence.Account{ID: "ann"},
		Phone:         ringfence.AddressInput{Text: "139 1234 3672", Region: "CN"},
		PhoneProvenAt: time.Now(),
	}, ringfence.Call{})
	if err != nil {
		return err
	}
	fmt.Println(settings.Phone.Masked)
	return nil
}

func main() {
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
