package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"github.com/ebitengine/purego"
)

// serve opens the ports and then blocks on a pipe that the parent holds: the server lives as long as its parent,
// however that ends.
const serve = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT count() FROM file('/dev/fd/3', 'LineAsString', 'line String') FORMAT Null"

// RunChild is the child process that Start starts: it is ClickHouse until the pipe at file descriptor 3 ends. args are the path of
// the library; the working folder holds config.xml. It returns only once the server is down, or with an error
// that Start words for people.
func RunChild(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want the path of the ClickHouse library, have %d arguments: Assay starts this process itself", len(args))
	}
	library := args[0]
	if strings.HasSuffix(library, ".abi3.so") {
		return runModule(library)
	}
	return runLibrary(library)
}

func runLibrary(path string) error {
	lib, err := purego.Dlopen(path, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err != nil {
		return fmt.Errorf("%s: %w", cannotLoad, err)
	}
	if _, err := purego.Dlsym(lib, "chdb_query_cmdline"); err != nil {
		return fmt.Errorf("%s: %w", cannotLoad, err)
	}
	var query func(argc int32, argv unsafe.Pointer) uintptr
	purego.RegisterLibFunc(&query, lib, "chdb_query_cmdline")

	argv := cStrings("clickhouse", "--config-file=config.xml", "--query="+serve)
	query(int32(len(argv)-1), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(argv)
	return nil
}

// cStrings is a C argument vector with its closing null.
func cStrings(args ...string) []*byte {
	argv := make([]*byte, len(args)+1)
	for i, a := range args {
		argv[i] = &append([]byte(a), 0)[0]
	}
	return argv
}

// runModule turns the process into Python: the wheel's library exports its Python module and nothing else. Like
// clickhouse-local, it reads config.xml of the working folder.
func runModule(path string) error {
	python, err := exec.LookPath("python3")
	if err != nil {
		return fmt.Errorf("%s: the library is a Python module: %w", cannotLoad, err)
	}
	root := filepath.Dir(filepath.Dir(path))
	script := "import sys; from chdb import _chdb; _chdb.query(sys.argv[1], 'CSV', path='data')"
	return syscall.Exec(python, []string{python, "-c", script, serve}, append(os.Environ(), "PYTHONPATH="+root))
}
