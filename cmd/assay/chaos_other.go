//go:build !linux

package main

import "syscall"

// childAttributes make a child that Ctrl-C doesn't reach, only its parent.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
