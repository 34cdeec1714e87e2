// Package deploy is what an installation is made of: the image, Prometheus, ClickHouse's users. Its tests hold these files and
// docker-compose.yml against the code, without a container engine. It must hold no code of the product.
package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const root = ".."

var binaryFolder string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if binaryFolder, err = os.MkdirTemp("", "assay-deploy-"); err != nil {
			panic(err)
		}
		defer os.RemoveAll(binaryFolder)
		return m.Run()
	}())
}

// build builds the program as the Dockerfile does.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binaryFolder, "assay")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/assay")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return path, cmd.Run()
})

func binary(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatalf("build cmd/assay: %v", err)
	}
	return path
}

// assay runs the program and returns what it prints.
func assay(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary(t), args...)
	cmd.Env = []string{"HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("assay %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// serviceNames are the services that the program knows.
func serviceNames(t *testing.T) []string {
	t.Helper()
	var services []struct{ Name string }
	if err := json.Unmarshal([]byte(assay(t, "topology", "graph", "--format", "json")), &services); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range services {
		names = append(names, s.Name)
	}
	return names
}

var variable = regexp.MustCompile(`\$(ASSAY_[A-Z_]+)`)

// variables parses a command line with the program and returns the environment variables that it reads.
func variables(t *testing.T, command []string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, match := range variable.FindAllStringSubmatch(assay(t, append(command, "--help")...), -1) {
		found[match[1]] = true
	}
	return found
}

// exampleVariables are the names in env.example.
func exampleVariables(t *testing.T) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(read(t, "env.example")) {
		if name, _, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			names = append(names, name)
		}
	}
	return names
}

// compose loads docker-compose.yml as Docker Compose does: validated, with the variables of env.example filled in.
func compose(t *testing.T) *types.Project {
	t.Helper()
	var env []string
	for _, name := range exampleVariables(t) {
		env = append(env, name+"=secret-"+name)
	}
	options, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")}, cli.WithEnv(env))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// ours are the containers that run the program.
func ours(t *testing.T, project *types.Project) map[string]types.ServiceConfig {
	t.Helper()
	found := map[string]types.ServiceConfig{}
	for name, s := range project.Services {
		if strings.HasPrefix(s.Image, "assay:") {
			found[name] = s
		}
	}
	if len(found) == 0 {
		t.Fatal("no container runs assay")
	}
	return found
}

// runners are those of ours that run services.
func runners(t *testing.T, project *types.Project) map[string]types.ServiceConfig {
	t.Helper()
	found := ours(t, project)
	for name, s := range found {
		if s.Command[0] != "run" {
			delete(found, name)
		}
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
