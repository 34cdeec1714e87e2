package main

import (
	"fmt"
	"runtime"
)

// version is set by the linker (see Makefile).
var version = "unreleased"

type versionCommand struct{}

func (versionCommand) Run() error {
	_, err := fmt.Printf("assay %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
