package shell

import "strings"

// executionRules are about what is run, and with which words.
var executionRules = []rule{
	{
		Rule: about("shell-pipe-to-shell", "CWE-494", high, sure, "What was downloaded is run without a look at it.",
			"Download to a file, verify its checksum or signature, then run it."),
		pipe: func(from, to command) bool {
			return fetcher(from) && (isShell(to) || to.is("bash", "sh") && to.has("-s"))
		},
		command: func(c command) bool {
			return c.is("sh", "bash", "zsh", "eval", "source", ".") && c.any(func(w word) bool { return w.fetches })
		},
		Bad: []string{
			"curl -fsSL https://get.acme.io | sh", "wget -qO- https://get.acme.io | sudo bash -s -- -y",
			"bash <(curl -s https://get.acme.io)", `sh -c "$(curl -fsSL https://get.acme.io)"`,
		},
		Good: []string{"curl -fsSLo get.sh https://get.acme.io && sha256sum -c get.sha256 && sh get.sh", "curl -fsS https://api.acme.io | jq ."},
	},
	{
		Rule: about("shell-eval", "CWE-78", high, probable, "Text from outside is run as code.",
			"Call the command with quoted arguments, or check the text against a list."),
		command: func(c command) bool {
			if c.is("eval") {
				return c.any(func(w word) bool { return w.tainted && !w.sanitized })
			}
			if c.is("sh", "bash", "zsh", "su", "python", "python3", "perl", "ruby", "node", "php") {
				w, ok := c.after("-c", "-e", "-r")
				return ok && w.tainted && !w.sanitized
			}
			return c.is("find", "xargs") && c.any(func(w word) bool { return w.tainted && strings.Contains(w.text, " ") && !w.sanitized })
		},
		Bad:  []string{`eval "$1"`, `cmd="$2"` + "\n" + `eval $cmd`, `bash -c "ls $1"`, "read -r name\neval \"echo $name\""},
		Good: []string{`eval "$(ssh-agent -s)"`, `bash -c 'ls "$1"' _ "$1"`, `x=$(printf %q "$1")` + "\n" + `eval "f $x"`},
	},
	{
		Rule: about("shell-eval-variable", "CWE-95", medium, probable, "The content of a variable is run as code.",
			"Use an array for a command, and ${!name} for the name of a variable."),
		command: func(c command) bool {
			return c.is("eval") && c.any(func(w word) bool { return w.expands && !w.tainted && !w.sanitized })
		},
		Bad:  []string{`eval $COMMAND`},
		Good: []string{`"${command[@]}"`},
	},
	{
		Rule: about("shell-run-parameter", "CWE-78", high, probable, "A word from outside is the command that is run.",
			"Choose the command with case from those that are allowed."),
		command: func(c command) bool {
			return strings.HasPrefix(c.name, "$") && len(c.name) == 2 && c.name[1] >= '1' && c.name[1] <= '9' ||
				c.name == "$QUERY_STRING" || c.name == "$SSH_ORIGINAL_COMMAND"
		},
		Bad:  []string{"$1 --version"},
		Good: []string{`case "$1" in start) start ;; esac`},
	},
	{
		Rule: about("shell-sql", "CWE-89", high, probable, "A parameter becomes a part of an SQL statement.",
			"Pass values as parameters of the client (psql -v with :'name'), or check them."),
		command: func(c command) bool {
			return c.is("mysql", "mariadb", "psql", "sqlite3", "sqlcmd", "clickhouse-client", "clickhouse", "isql", "sqlplus", "cqlsh") &&
				c.any(func(w word) bool {
					return w.expands && !w.sanitized && sqlVerb.MatchString(w.text) && strings.Contains(w.text, " ")
				})
		},
		pipe: func(from, to command) bool {
			return from.is("echo", "printf") && to.is("mysql", "mariadb", "psql", "sqlite3") &&
				from.any(func(w word) bool { return w.expands && sqlVerb.MatchString(w.text) })
		},
		Bad:  []string{`mysql -e "SELECT * FROM users WHERE name = '$1'"`, `echo "DELETE FROM jobs WHERE id = $id" | psql orders`},
		Good: []string{`psql -v id="$1" -c "SELECT * FROM jobs WHERE id = :'id'" orders`, `mysql -e "SELECT 1" "$DATABASE"`},
	},
	{
		Rule: about("shell-remote-command", "CWE-78", medium, probable, "A parameter becomes a part of a command on another machine.",
			"Quote it for the remote shell with printf %q, or send it on standard input."),
		command: func(c command) bool {
			return c.is("ssh") && len(c.args) > 1 && c.any(func(w word) bool {
				return w.tainted && !w.sanitized && strings.Contains(w.text, " ")
			})
		},
		Bad:  []string{`ssh deploy@host "systemctl restart $1"`},
		Good: []string{`ssh "$1" uptime`, `ssh deploy@host "systemctl restart orders"`},
	},
	{
		Rule: about("shell-remove-unquoted", "CWE-88", medium, probable,
			"rm -r gets a variable without quotes or at the root: with blanks in it, or nothing, it removes something else.",
			`Write rm -rf -- "${dir:?}".`),
		command: func(c command) bool {
			return c.is("rm") && c.has("-r", "-R", "--recursive") && c.any(func(w word) bool {
				return w.expands && !w.sanitized && (w.unquoted || strings.HasPrefix(w.text, "/$") || w.tainted)
			})
		},
		Bad:  []string{"rm -rf $BUILD/out", `rm -rf "/$dir"`},
		Good: []string{`rm -rf -- "${dir:?}"`, `rm -rf "$build"`, "rm -rf ./dist"},
	},
	{
		Rule: about("shell-option-injection", "CWE-88", medium, imaginable, "A parameter without quotes becomes arguments of a command that has dangerous options.",
			`Quote it and put -- before it.`),
		command: func(c command) bool {
			return c.is("tar", "rsync", "find", "zip", "git", "curl", "wget", "scp", "chown", "chmod") && c.any(func(w word) bool {
				return w.tainted && w.unquoted && !w.sanitized && strings.HasPrefix(w.text, "$")
			})
		},
		Bad:  []string{"tar xf $1", "curl $1"},
		Good: []string{`tar xf "$1"`},
	},
}
