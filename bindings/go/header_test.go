package ringfence_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A new function or enumerator of the C interface comes to Go in the same change, or is told of here with the reason.
var (
	functionsThatGoDoesNotUse = map[string]string{
		"ringfence_dispatcher_run":  "Run is Go's own loop, which ends with its context",
		"ringfence_dispatcher_stop": "as above",
	}
	enumeratorsThatGoDoesNotUse = map[string]string{
		"RINGFENCE_VERSION_MAJOR": "the version of the header that was built with; LibraryVersion tells the library's",
		"RINGFENCE_VERSION_MINOR": "as above",
		"RINGFENCE_VERSION_PATCH": "as above",
		"RINGFENCE_H":             "not for users",
		"RINGFENCE_API":           "not for users",
	}
	comment = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
)

func TestEveryFunctionAndEnumeratorOfTheHeaderIsUsed(t *testing.T) {
	header := comment.ReplaceAllString(readHeader(t), "")
	used := sources(t)
	functions := regexp.MustCompile(`RINGFENCE_API\s[^;(]*?\b(ringfence_\w+)\(`).FindAllStringSubmatch(header, -1)
	if len(functions) < 100 {
		t.Fatalf("the header has %d functions", len(functions))
	}
	for _, function := range functions {
		name := function[1]
		_, excepted := functionsThatGoDoesNotUse[name]
		if uses := used[name]; uses == excepted {
			t.Errorf("%s: used %v, excepted %v", name, uses, excepted)
		}
	}
	for _, name := range regexp.MustCompile(`\bRINGFENCE_[A-Z0-9_]+\b`).FindAllString(header, -1) {
		_, excepted := enumeratorsThatGoDoesNotUse[name]
		if uses := used[name]; uses == excepted {
			t.Errorf("%s: used %v, excepted %v", name, uses, excepted)
		}
	}
}

// Every member of a struct that is filled or read by Go.
func TestEveryMemberOfTheStructsIsUsed(t *testing.T) {
	header := comment.ReplaceAllString(readHeader(t), "")
	used := sources(t)
	for _, declared := range regexp.MustCompile(`(?s)typedef struct \w+ \{(.*?)\} (\w+);`).FindAllStringSubmatch(header, -1) {
		for _, line := range strings.Split(declared[1], ";") {
			member := regexp.MustCompile(`\(?\*?(\w+)(?:\[\w+\])?\)?(?:\(.*)?$`).FindStringSubmatch(strings.TrimSpace(strings.Split(line, ")(")[0]))
			if member == nil || member[1] == "reserved" {
				continue
			}
			if !used[member[1]] && !used["_"+member[1]] {
				t.Errorf("%s.%s is not used", declared[2], member[1])
			}
		}
	}
}

func readHeader(t *testing.T) string {
	t.Helper()
	tool := os.Getenv("PKG_CONFIG")
	if tool == "" {
		tool = "pkg-config"
	}
	flags := must[[]byte](t)(exec.Command(tool, "--cflags-only-I", "ringfence").Output())
	folders := append(strings.Fields(string(flags)), "-I/usr/include")
	for _, folder := range folders {
		if text, err := os.ReadFile(filepath.Join(strings.TrimPrefix(folder, "-I"), "ringfence.h")); err == nil {
			return string(text)
		}
	}
	t.Fatalf("there is no header in %v", folders)
	return ""
}

// The words that Go and C here say, without their comments.
func sources(t *testing.T) map[string]bool {
	t.Helper()
	words := map[string]bool{}
	for _, pattern := range []string{"*.go", "*.c", "*.h"} {
		for _, file := range must[[]string](t)(filepath.Glob(pattern)) {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, word := range regexp.MustCompile(`\w+`).FindAllString(comment.ReplaceAllString(string(must[[]byte](t)(os.ReadFile(file))), ""), -1) {
				words[word] = true
			}
		}
	}
	return words
}
