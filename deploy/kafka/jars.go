package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// pom.xml is the one place that says which Kafka.
//
//go:embed pom.xml
var pom []byte

// version is that of the first dependency.
func version() (string, error) {
	var project struct {
		Versions []string `xml:"dependencies>dependency>version"`
	}
	if err := xml.Unmarshal(pom, &project); err != nil || len(project.Versions) == 0 {
		return "", errors.Join(errors.New("pom.xml names no version of Kafka"), err)
	}
	return project.Versions[0], nil
}

// launcher starts Java with Kafka's jars: in containers, or from the jars here.
type launcher struct{ image, jars string }

// findLauncher takes Docker where an engine answers that shares this machine's network, else the jars and a Java here.
func findLauncher(ctx context.Context, release string) (launcher, error) {
	if runtime.GOOS == "linux" && exec.CommandContext(ctx, "docker", "info").Run() == nil {
		return pull(ctx, "apache/kafka:"+release)
	}
	if _, err := exec.LookPath("java"); err != nil {
		return launcher{}, fmt.Errorf("%w: a real Kafka needs Docker, or Java 17 and Maven (Debian: apt-get install openjdk-17-jre-headless maven), or a cluster that KAFKA_BROKERS names", err)
	}
	jars, err := fetchJars(ctx, release)
	return launcher{jars: jars}, err
}

func pull(ctx context.Context, image string) (launcher, error) {
	if exec.CommandContext(ctx, "docker", "image", "inspect", image).Run() == nil {
		return launcher{image: image}, nil
	}
	cmd := exec.CommandContext(ctx, "docker", "pull", image)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return launcher{}, fmt.Errorf("docker pull %s: %w", image, err)
	}
	return launcher{image: image}, nil
}

// java is the command that runs Java with the arguments; what it writes stays inside dir. The name is a container's.
func (l launcher) java(ctx context.Context, name, dir string, arguments ...string) *exec.Cmd {
	if l.image == "" {
		return exec.CommandContext(ctx, "java", append([]string{"-cp", filepath.Join(l.jars, "*")}, arguments...)...)
	}
	line := []string{"run", "--rm", "--name", name, "--network", "host", "--volume", dir + ":" + dir,
		"--user", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()), "--entrypoint", "java", l.image, "-cp", "/opt/kafka/libs/*"}
	return exec.CommandContext(ctx, "docker", append(line, arguments...)...)
}

// kill ends a command that java returned, at once: nothing that it wrote is needed again.
func (l launcher) kill(name string, cmd *exec.Cmd) {
	if l.image != "" {
		_ = exec.Command("docker", "kill", name).Run() // the command is only the container's terminal
	}
	_ = cmd.Process.Kill() // it may have ended by itself
}

// fetchJars returns the folder of the jars in the user's cache, which it fills first where it must.
func fetchJars(ctx context.Context, release string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache for Kafka's jars: %w", err)
	}
	dir := filepath.Join(cache, "assay", "kafka", fmt.Sprintf("%s-%x", release, sha256.Sum256(pom))[:len(release)+9])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fmt.Fprintf(os.Stderr, "kafka: fetching Apache Kafka %s from Maven Central (45 MB, once)\n", release)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("make the cache for Kafka's jars: %w", err)
	}
	partial, err := os.MkdirTemp(filepath.Dir(dir), "partial-")
	if err != nil {
		return "", fmt.Errorf("make the cache for Kafka's jars: %w", err)
	}
	defer os.RemoveAll(partial)
	file := filepath.Join(partial, "pom.xml")
	if err := os.WriteFile(file, pom, 0o600); err != nil {
		return "", err
	}
	libs := filepath.Join(partial, "libs")
	cmd := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", file, "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+libs)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("fetch Kafka's jars with Maven (Debian: apt-get install maven): %w\n%s", err, &said)
	}
	if err := os.Rename(libs, dir); err != nil {
		if _, there := os.Stat(dir); there == nil { // another run was quicker
			return dir, nil
		}
		return "", fmt.Errorf("keep Kafka's jars: %w", err)
	}
	return dir, nil
}
