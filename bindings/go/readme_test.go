package ringfence_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each block of README.md under a line <!-- test: NAME --> is a program, or a test if the name ends so. It is built and run
// in a module of its own, as a user's would be.
func TestTheExamplesOfREADMERun(t *testing.T) {
	readme := string(must[[]byte](t)(os.ReadFile("README.md")))
	blocks := regexp.MustCompile("(?s)<!-- test: (\\w+) -->\n```go\n(.*?)\n```").FindAllStringSubmatch(readme, -1)
	equal(t, "the blocks that run", len(blocks), strings.Count(readme, "```go"))
	expected := map[string][]string{
		"quickstart":     {"139****3672 verified true", "77****0123 login: true", "event: phone_changed"},
		"own_test":       {"PASS"},
		"own_store_test": {"PASS"},
	}
	equal(t, "the blocks", len(blocks), len(expected))
	for _, block := range blocks {
		name, code := block[1], block[2]
		t.Run(name, func(t *testing.T) {
			file, command := "main.go", []string{"run", "."}
			if strings.HasSuffix(name, "_test") {
				file, command = "main_test.go", []string{"test", "-v", "."}
			}
			out := inModule(t, t.TempDir(), file, code, command...)
			for _, line := range expected[name] {
				if !strings.Contains(out, line) {
					t.Errorf("it does not say %q:\n%s", line, out)
				}
			}
		})
	}
}

// That of docs/delivery.md runs beside a mail server and a gateway, which tell whether all came.
func TestTheExampleOfDeliverySendsWhatItSays(t *testing.T) {
	repository := filepath.Join("..", "..")
	document := string(must[[]byte](t)(os.ReadFile(filepath.Join(repository, "docs", "delivery.md"))))
	code := regexp.MustCompile("(?s)<!-- test: delivery_go -->\n+```go\n(.*?)\n```").FindStringSubmatch(document)[1]
	folder := t.TempDir()
	description := must[[]byte](t)(os.ReadFile(filepath.Join(repository, "share", "senders", "kannel.json")))
	ok(t, os.WriteFile(filepath.Join(folder, "kannel.json"), description, 0o600))
	inModule(t, folder, "main.go", code, "build", "-o", "program", ".")
	run := exec.Command(pythonWithMail(t), "-B", filepath.Join(repository, "tests", "readme", "with_gateways.py"),
		filepath.Join(folder, "program"))
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// inModule puts code into a module of its own and gives what the go command says.
func inModule(t *testing.T, folder, file, code string, command ...string) string {
	t.Helper()
	here := must[string](t)(os.Getwd())
	module := regexp.MustCompile(`(?m)^module (\S+)$`).FindSubmatch(must[[]byte](t)(os.ReadFile("go.mod")))[1]
	ok(t, os.WriteFile(filepath.Join(folder, file), []byte(code+"\n"), 0o600))
	ok(t, os.WriteFile(filepath.Join(folder, "go.mod"), []byte(fmt.Sprintf(
		"module readme\n\ngo 1.19\n\nrequire %s v0.1.0\n\nreplace %s => %s\n", module, module, here)), 0o600))
	run := exec.Command("go", command...) // go test puts its own first in PATH
	run.Dir = folder
	run.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
