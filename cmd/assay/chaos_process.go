package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	restartPause = 500 * time.Millisecond // after a process that ended by itself
	stopWait     = 60 * time.Second
)

// supervised is a process of this binary that is started again whenever it ends, as in production.
type supervised struct {
	name string
	log  *os.File
	args func() []string // called for every start

	done chan struct{} // closed when it ended for good

	mu       sync.Mutex
	running  *exec.Cmd
	told     syscall.Signal // what the running process was told to end with; 0 for nothing
	pause    time.Duration  // before the next start
	stopping bool

	starts   int
	kills    int      // by SIGKILL, under way
	ends     []string // why it ended by itself, or badly when it was told to end
	finished bool     // it ended by itself without an error
	peakKB   int64    // resident memory of the largest process so far
}

// supervise starts the process; args are those of its next start.
func supervise(logs, name string, args func() []string) (*supervised, error) {
	log, err := os.OpenFile(filepath.Join(logs, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", name, err)
	}
	s := &supervised{name: name, log: log, args: args, done: make(chan struct{})}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	go s.run(self)
	return s, nil
}

func (s *supervised) run(self string) {
	runtime.LockOSThread() // the children end with the thread that started them
	defer close(s.done)
	defer s.log.Close()
	for {
		cmd := exec.Command(self, s.args()...)
		cmd.Stdout, cmd.Stderr = s.log, s.log
		cmd.SysProcAttr = childAttributes()
		s.mu.Lock()
		if s.stopping {
			s.mu.Unlock()
			return
		}
		err := cmd.Start()
		if err == nil {
			s.running, s.told, s.starts = cmd, 0, s.starts+1
		}
		s.mu.Unlock()
		if err == nil {
			err = cmd.Wait()
		}
		if s.ended(cmd, err) {
			return
		}
		s.mu.Lock()
		pause := s.pause
		s.mu.Unlock()
		time.Sleep(pause)
	}
}

// ended notes how the process ended and tells whether that is for good.
func (s *supervised) ended(cmd *exec.Cmd, err error) (forGood bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
	if cmd.ProcessState != nil {
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			s.peakKB = max(s.peakKB, int64(usage.Maxrss))
		}
	}
	if err != nil && s.told != syscall.SIGKILL {
		s.ends = append(s.ends, err.Error())
	}
	switch {
	case s.stopping:
		return true
	case s.told == 0 && err == nil:
		s.finished = true
		return true
	case s.told == 0:
		s.pause = restartPause
	}
	return false
}

// end sends the process the signal that ends it; a new one starts after the pause.
func (s *supervised) end(signal syscall.Signal, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pause = pause
	if s.running != nil {
		if s.told != syscall.SIGKILL {
			s.told = signal
			if signal == syscall.SIGKILL {
				s.kills++
			}
		}
		_ = s.running.Process.Signal(signal)
	}
}

// signal sends a signal that doesn't end the process.
func (s *supervised) signal(signal syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		_ = s.running.Process.Signal(signal)
	}
}

// stop ends the process for good.
func (s *supervised) stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	s.signal(syscall.SIGCONT)
	s.end(syscall.SIGTERM, 0)
	ctx, cancel := context.WithTimeout(ctx, stopWait)
	defer cancel()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.end(syscall.SIGKILL, 0)
		<-s.done
		return fmt.Errorf("%s didn't end within %v of SIGTERM: see %s", s.name, stopWait, s.log.Name())
	}
}
