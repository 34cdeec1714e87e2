package syntax

import (
	"fmt"
	"os"
	"testing"
)

func TestDump(t *testing.T) {
	lang := map[string]*Language{"js": JavaScript, "ts": TypeScript, "java": Java, "php": PHP, "ruby": Ruby}[os.Getenv("L")]
	b, _ := os.ReadFile(os.Getenv("F"))
	tr := Parse(lang, string(b))
	for _, k := range tr.Root.Kids {
		fmt.Println(outline(k))
	}
}
