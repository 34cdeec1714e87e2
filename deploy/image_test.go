package deploy

import (
	"debug/elf"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// The builder's Go is the one that go.mod asks for.
func TestImageGoVersion(t *testing.T) {
	asked := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, root+"/go.mod"))[1]
	if !strings.Contains(read(t, "Dockerfile"), "FROM golang:"+asked+" ") {
		t.Errorf("go.mod asks for Go %s, the Dockerfile builds with another", asked)
	}
}

// Where the program needs the C library to start, an image without one would not start it.
func TestImageHasWhatTheProgramLoads(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the image is for Linux")
	}
	f, err := os.Open(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	program, err := elf.NewFile(f)
	if err != nil {
		t.Fatal(err)
	}
	libraries, err := program.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	images := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(read(t, "Dockerfile"), -1)
	final := images[len(images)-1][1]
	if len(libraries) > 0 && (final == "scratch" || strings.Contains(final, "/static")) {
		t.Errorf("the program loads %v, which %s doesn't have", libraries, final)
	}
}
