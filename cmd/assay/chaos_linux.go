package main

import "syscall"

// childAttributes make a child that Ctrl-C doesn't reach, only its parent, and that ends when its parent is killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
