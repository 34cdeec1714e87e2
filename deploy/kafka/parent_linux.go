package main

import "syscall"

// endWithParent has the kernel kill a broker when this program ends, however it ends.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
