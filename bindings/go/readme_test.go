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
	here := must[string](t)(os.Getwd())
	for _, block := range blocks {
		name, code := block[1], block[2]
		t.Run(name, func(t *testing.T) {
			module := regexp.MustCompile(`(?m)^module (\S+)$`).FindSubmatch(must[[]byte](t)(os.ReadFile("go.mod")))[1]
			folder := t.TempDir()
			file, command := "main.go", []string{"run", "."}
			if strings.HasSuffix(name, "_test") {
				file, command = "main_test.go", []string{"test", "-v", "."}
			}
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
			for _, line := range expected[name] {
				if !strings.Contains(string(out), line) {
					t.Errorf("it does not say %q:\n%s", line, out)
				}
			}
		})
	}
}
