package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// fileRules are about who may write and run files.
var fileRules = []rule{
	{
		Rule: about("shell-world-writable", "CWE-732", high, sure, "Everybody may write the file or folder.",
			"Give the owner and the group what they need: 750, 640."),
		command: func(c command) bool {
			if c.is("mkdir", "install") {
				w, ok := c.after("-m", "--mode")
				return ok && worldMode.MatchString(w.text) && !strings.HasPrefix(w.text, "1")
			}
			if c.is("umask") {
				return c.arg(0) == "000" || c.arg(0) == "0000" || c.arg(0) == "0"
			}
			return c.is("chmod") && c.any(func(w word) bool { return worldMode.MatchString(w.text) && !isSticky(w.text) })
		},
		Bad:  []string{"chmod 777 /srv/app", "chmod -R a+rwx .", "chmod 0666 key.pem", "umask 000", "mkdir -m 777 /data"},
		Good: []string{"chmod 750 /srv/app", "chmod +x run.sh", "chmod 1777 /tmp", "chmod u+w file", "umask 077"},
	},
	{
		Rule: about("shell-setuid", "CWE-250", medium, sure, "A program runs with the rights of its owner, whoever starts it.",
			"Use sudo with a narrow rule, or a capability."),
		command: func(c command) bool {
			return c.is("chmod") && c.any(func(w word) bool { return setuidMode.MatchString(w.text) })
		},
		Bad:  []string{"chmod u+s /usr/local/bin/helper", "chmod 4755 helper"},
		Good: []string{"chmod 755 helper"},
	},
	{
		Rule: about("shell-temporary-file", "CWE-377", medium, probable, "A file in a folder that everybody may write has a name that can be guessed.",
			`Use mktemp, and remove the file with trap.`),
		redirect: func(op syntax.RedirOperator, target, _ word) bool {
			return (op == syntax.RdrOut || op == syntax.AppOut || op == syntax.RdrClob || op == syntax.RdrAll) &&
				tmpFile.MatchString(target.text) && !target.runs && !strings.HasSuffix(target.text, ".lock")
		},
		command: func(c command) bool {
			if c.is("mktemp") {
				return c.has("-u", "--dry-run")
			}
			if c.is("touch", "tee") {
				return c.any(func(w word) bool { return tmpFile.MatchString(w.text) && !w.runs })
			}
			w, ok := c.after("-o", "-O", "--output")
			return ok && c.is("curl", "wget", "gcc", "openssl") && tmpFile.MatchString(w.text) && !w.runs
		},
		assignment: func(name string, value word) bool {
			return tmpFile.MatchString(value.text) && !value.runs && (strings.HasSuffix(value.text, "$") || strings.Contains(value.text, "$$") || strings.Contains(value.text, "$RANDOM"))
		},
		Bad:  []string{"echo x > /tmp/orders.txt", "T=/tmp/orders.$$", "curl -o /tmp/install.sh https://acme.io/i.sh"},
		Good: []string{"t=$(mktemp)\necho x > \"$t\"", "echo x > out.txt", "cat < /tmp/in"},
	},
}
