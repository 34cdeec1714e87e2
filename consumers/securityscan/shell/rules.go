package shell

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// rule looks at one kind of construct. Bad and Good are scripts that it must and must not complain about.
type rule struct {
	weakness.Rule
	command    func(command) bool
	pipe       func(from, to command) bool
	assignment func(name string, value word) bool
	redirect   func(op syntax.RedirOperator, target, body word) bool
	Bad, Good  []string
}

func about(id, cwe string, severity schemas.Severity, confidence schemas.Confidence, message, fix string) weakness.Rule {
	return weakness.Rule{
		ID: id, CWE: cwe, OWASP: weakness.OWASP(cwe), Severity: severity, Confidence: confidence, Message: message, Fix: fix,
	}
}

const (
	high, medium               = schemas.SeverityHigh, schemas.SeverityMedium
	sure, probable, imaginable = schemas.ConfidenceHigh, schemas.ConfidenceMedium, schemas.ConfidenceLow
)

var (
	secretName  = regexp.MustCompile(`(?i)(passw(or)?d|passphrase|secret|token|api_?key|access_?key|nonce|salt|otp)$`)
	worldMode   = regexp.MustCompile(`^0?[0-7]?[0-7][0-7][2367]$|^([augo]*,)?[augo]*[ao][augo]*[+=][rx]*w|^\+w`)
	setuidMode  = regexp.MustCompile(`^0?[4567][0-7]{3}$|^[ugoa]*\+[rwx]*s`)
	plainURL    = regexp.MustCompile(`^http://([^/:@]+)`)
	sqlVerb     = regexp.MustCompile(`(?i)\b(select|insert|update|delete|drop|alter|grant|create|set)\b`)
	tmpFile     = regexp.MustCompile(`^(/var)?/tmp/[^*?]+|^/dev/shm/[^*?]+`)
	noPassword  = regexp.MustCompile(`NOPASSWD:\s*ALL`)
	inClear     = regexp.MustCompile(`^[^$<{\s]{3,}$`)
	credentials = regexp.MustCompile(`^[^:$]+:[^$:/][^$]{2,}$`)
)

// local reports whether a URL's host is the machine itself or a private name.
func remotePlain(w word) bool {
	m := plainURL.FindStringSubmatch(w.text)
	return m != nil && m[1] != "localhost" && !strings.HasPrefix(m[1], "127.") && !strings.HasPrefix(m[1], "169.254.") &&
		!strings.HasPrefix(m[1], "$") && strings.Contains(m[1], ".") && !strings.HasSuffix(m[1], ".internal") && !strings.HasSuffix(m[1], ".local")
}

func text(s string) func(word) bool { return func(w word) bool { return w.text == s } }

func prefix(prefixes ...string) func(word) bool {
	return func(w word) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(w.text, p) {
				return true
			}
		}
		return false
	}
}

var rules = []rule{
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
	{
		Rule: about("shell-tls-not-verified", "CWE-295", high, sure, "The certificate of the other side isn't checked.",
			"Remove the option; add the authority's certificate if it is your own."),
		command: func(c command) bool {
			switch c.name {
			case "curl":
				return c.has("-k", "--insecure", "--proxy-insecure")
			case "wget":
				return c.has("--no-check-certificate")
			case "git":
				return c.any(prefix("http.sslVerify=false", "http.sslverify=false")) ||
					c.any(func(w word) bool { return strings.EqualFold(w.text, "http.sslVerify") }) && c.any(text("false"))
			case "npm", "yarn", "pnpm":
				return c.any(text("strict-ssl")) && c.any(text("false")) || c.any(text("strict-ssl=false")) || c.has("--strict-ssl") && c.any(prefix("--strict-ssl=false"))
			case "pip", "pip3":
				return c.has("--trusted-host")
			case "python", "python3":
				return c.has("--trusted-host")
			case "kubectl", "oc", "argocd", "helm", "skopeo", "podman", "buildah", "vault", "openssl":
				return c.any(prefix("--insecure-skip-tls-verify", "--tls-verify=false", "--src-tls-verify=false", "--dest-tls-verify=false", "-tls-skip-verify")) ||
					c.name == "argocd" && c.has("--insecure")
			case "http", "https":
				return c.any(text("--verify=no"))
			}
			return false
		},
		assignment: func(name string, value word) bool {
			switch name {
			case "GIT_SSL_NO_VERIFY":
				return value.text == "1" || value.text == "true"
			case "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY", "SSL_VERIFY", "VERIFY_SSL":
				return value.text == "0" || value.text == "false"
			case "VAULT_SKIP_VERIFY", "HELM_INSECURE":
				return value.text == "1" || value.text == "true"
			}
			return false
		},
		Bad:  []string{"curl -fsSk https://db.acme.io", "wget --no-check-certificate https://acme.io/a", "git config --global http.sslVerify false", "export NODE_TLS_REJECT_UNAUTHORIZED=0"},
		Good: []string{"curl -fsSL https://db.acme.io", "curl --cacert ca.pem https://db.acme.io", "git config user.name x"},
	},
	{
		Rule: about("shell-unsigned-package", "CWE-494", medium, sure, "Packages are installed without a check of their signature.",
			"Import the key of the repository instead."),
		command: func(c command) bool {
			switch c.name {
			case "apt-get", "apt":
				return c.has("--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories") || c.any(prefix("Acquire::AllowInsecureRepositories=true", "Acquire::https::Verify-Peer=false"))
			case "yum", "dnf", "zypper", "microdnf":
				return c.has("--nogpgcheck", "--no-gpg-checks")
			case "apk":
				return c.has("--allow-untrusted")
			case "rpm":
				return c.has("--nosignature", "--nodigest")
			case "gem":
				return c.any(prefix("http://"))
			case "pip", "pip3":
				w, ok := c.after("-i", "--index-url", "--extra-index-url")
				return ok && remotePlain(w)
			}
			return false
		},
		Bad:  []string{"apt-get install -y --allow-unauthenticated nginx", "yum install --nogpgcheck nginx"},
		Good: []string{"apt-get install -y nginx"},
	},
	{
		Rule: about("shell-host-key", "CWE-322", high, sure, "The host key of an SSH server isn't checked.",
			"Add the key to known_hosts beforehand; accept-new at the very least."),
		command: func(c command) bool {
			return c.is("ssh", "scp", "sftp", "rsync", "git", "sshpass", "ssh-copy-id", "autossh", "echo", "printf", "ansible") && c.any(func(w word) bool {
				t := strings.ToLower(strings.ReplaceAll(w.text, " ", "="))
				return strings.Contains(t, "stricthostkeychecking=no") || strings.Contains(t, "stricthostkeychecking=off") ||
					strings.Contains(t, "userknownhostsfile=/dev/null")
			})
		},
		assignment: func(name string, value word) bool {
			return strings.Contains(strings.ToLower(strings.ReplaceAll(value.text, " ", "=")), "stricthostkeychecking=no") ||
				name == "ANSIBLE_HOST_KEY_CHECKING" && strings.EqualFold(value.text, "false")
		},
		redirect: func(_ syntax.RedirOperator, _, body word) bool {
			return strings.Contains(strings.ToLower(body.text), "stricthostkeychecking no")
		},
		Bad:  []string{"ssh -o StrictHostKeyChecking=no deploy@host uptime", `GIT_SSH_COMMAND="ssh -o StrictHostKeyChecking=no"`},
		Good: []string{"ssh -o StrictHostKeyChecking=accept-new deploy@host uptime"},
	},
	{
		Rule: about("shell-password-argument", "CWE-214", high, probable, "A password is an argument: everybody on the machine can read it in the list of processes.",
			"Use a file that only you can read, or standard input."),
		command: func(c command) bool {
			switch c.name {
			case "sshpass":
				return c.any(prefix("-p"))
			case "mysql", "mysqldump", "mariadb", "mysqladmin":
				return c.any(func(w word) bool {
					return strings.HasPrefix(w.text, "-p") && len(w.text) > 2 && !strings.HasPrefix(w.text, "--")
				}) || c.any(prefix("--password="))
			case "curl", "wget":
				w, ok := c.after("-u", "--user", "--http-password", "--password")
				return ok && (credentials.MatchString(w.text) || c.name == "wget" && inClear.MatchString(w.text))
			case "docker", "podman", "helm", "az", "oc", "skopeo", "cf":
				w, ok := c.after("-p", "--password", "--creds")
				return ok && c.any(text("login")) && w.text != ""
			case "openssl":
				return c.any(prefix("pass:"))
			case "ldapsearch", "ldapmodify", "ldapadd":
				_, ok := c.after("-w")
				return ok
			case "mongo", "mongosh", "mongodump", "redis-cli", "influx":
				w, ok := c.after("-p", "--password", "-a", "--pass")
				return ok && !strings.HasPrefix(w.text, "-")
			case "useradd", "usermod":
				_, ok := c.after("-p", "--password")
				return ok
			case "net", "smbclient", "htpasswd":
				return c.name == "htpasswd" && c.has("-b")
			}
			return false
		},
		pipe: func(from, to command) bool {
			return from.is("echo", "printf") && (to.is("chpasswd") || to.is("passwd") && to.has("--stdin")) &&
				from.any(func(w word) bool { return !w.expands && strings.Contains(w.text, ":") })
		},
		Bad:  []string{"mysql -u root -phunter22 orders", "sshpass -p \"$PW\" ssh host", "curl -u admin:hunter22 https://api.acme.io", "docker login -u bot -p \"$TOKEN\" registry.acme.io", "echo 'deploy:hunter22' | chpasswd"},
		Good: []string{"mysql --defaults-extra-file=.my.cnf orders", "docker login -u bot --password-stdin registry.acme.io", "curl --netrc https://api.acme.io", "mkdir -p dir"},
	},
	{
		Rule: about("shell-sudo-everything", "CWE-250", high, sure, "Somebody may become root without a password.",
			"Allow single commands in sudoers."),
		command: func(c command) bool { return c.any(func(w word) bool { return noPassword.MatchString(w.text) }) },
		redirect: func(_ syntax.RedirOperator, _, body word) bool {
			return noPassword.MatchString(body.text)
		},
		Bad:  []string{`echo "deploy ALL=(ALL) NOPASSWD: ALL" >> /etc/sudoers`, "cat > /etc/sudoers.d/ci <<EOF\nci ALL=(ALL) NOPASSWD:ALL\nEOF"},
		Good: []string{`echo "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart orders" > /etc/sudoers.d/deploy`},
	},
	{
		Rule: about("shell-plain-download", "CWE-319", medium, probable, "Something is fetched or sent without TLS.",
			"Use https, ssh or sftp."),
		command: func(c command) bool {
			if c.is("telnet", "ftp", "rsh", "rlogin", "rcp", "tftp") {
				return len(c.args) > 0
			}
			return fetcher(c) && c.any(remotePlain) || c.is("git") && c.any(text("clone")) && c.any(func(w word) bool { return remotePlain(w) || strings.HasPrefix(w.text, "git://") })
		},
		Bad:  []string{"wget http://downloads.acme.io/agent.tar.gz", "ftp backup.acme.io"},
		Good: []string{"wget https://downloads.acme.io/agent.tar.gz", "curl http://localhost:8080/health"},
	},
	{
		Rule: about("shell-source-untrusted", "CWE-829", medium, probable, "A file that somebody else can choose or write is run in this shell.",
			"Source files only from folders of your own."),
		command: func(c command) bool {
			return c.is("source", ".") && len(c.args) > 0 && (c.args[0].tainted || strings.HasPrefix(c.args[0].text, "/tmp/"))
		},
		Bad:  []string{`source "$1"`, ". /tmp/env"},
		Good: []string{`. "$HOME/.profile"`, `source ./lib.sh`},
	},
	{
		Rule: about("shell-search-path", "CWE-426", medium, sure, "Commands or libraries are looked for in the current folder or one that everybody may write.",
			"Keep . and /tmp out of PATH and LD_LIBRARY_PATH."),
		assignment: func(name string, value word) bool {
			if name != "PATH" && name != "LD_LIBRARY_PATH" && name != "LD_PRELOAD" && name != "PYTHONPATH" {
				return false
			}
			for dir := range strings.SplitSeq(value.text, ":") {
				if strings.HasPrefix(dir, "/tmp") || name == "PATH" && (dir == "." || dir == "") && value.text != "" {
					return true
				}
			}
			return false
		},
		Bad:  []string{"export PATH=.:$PATH", "LD_PRELOAD=/tmp/hook.so ./run"},
		Good: []string{`export PATH="$HOME/bin:$PATH"`},
	},
	{
		Rule: about("shell-protection-off", "CWE-693", medium, probable, "A protection of the machine is turned off.",
			"Write a rule for what you need instead."),
		command: func(c command) bool {
			return c.is("setenforce") && (c.arg(0) == "0" || strings.EqualFold(c.arg(0), "permissive")) || c.is("ufw") && c.any(text("disable")) ||
				c.is("iptables", "ip6tables") && (c.has("-F", "--flush") && len(c.args) == 1 || c.has("-P", "--policy") && c.any(text("ACCEPT")) && c.any(text("INPUT"))) ||
				c.is("systemctl", "service") && (c.any(text("stop")) || c.any(text("disable"))) && c.any(func(w word) bool {
					return w.text == "firewalld" || w.text == "ufw" || w.text == "apparmor" || w.text == "auditd" || w.text == "iptables"
				}) || c.is("sysctl") && c.any(prefix("kernel.randomize_va_space=0")) || c.is("xhost") && c.any(text("+")) ||
				c.is("spctl") && c.any(text("--master-disable"))
		},
		Bad:  []string{"setenforce 0", "iptables -P INPUT ACCEPT", "systemctl stop firewalld"},
		Good: []string{"iptables -A INPUT -p tcp --dport 443 -j ACCEPT", "systemctl stop orders"},
	},
	{
		Rule: about("shell-reverse-shell", "CWE-78", high, sure, "A shell is handed to whoever connects.",
			"Remove it; use ssh."),
		command: func(c command) bool {
			return c.is("nc", "ncat", "netcat") && (c.has("-e", "-c", "--exec", "--sh-exec")) || c.is("socat") && c.any(func(w word) bool {
				return strings.HasPrefix(strings.ToLower(w.text), "exec:") && strings.Contains(w.text, "sh")
			})
		},
		redirect: func(_ syntax.RedirOperator, target, _ word) bool {
			return strings.HasPrefix(target.text, "/dev/tcp/") && target.expands
		},
		Bad:  []string{"nc -l -p 4444 -e /bin/sh"},
		Good: []string{"nc -z db 5432"},
	},
	{
		Rule: about("shell-container-privileged", "CWE-250", high, sure, "A container gets the rights or the runtime of its host.",
			"Drop --privileged and the socket; add single capabilities and devices."),
		command: func(c command) bool {
			return c.is("docker", "podman", "nerdctl") && (c.any(text("run")) || c.any(text("exec")) || c.any(text("create"))) &&
				(c.has("--privileged") && !c.any(text("--privileged=false")) || c.any(func(w word) bool { return strings.Contains(w.text, "docker.sock:") || strings.HasPrefix(w.text, "/:/") }) ||
					c.any(prefix("--pid=host", "--cap-add=ALL", "--cap-add=SYS_ADMIN", "seccomp=unconfined", "--security-opt=seccomp=unconfined", "--ipc=host", "--userns=host")))
		},
		Bad:  []string{"docker run --privileged acme/agent", "docker run -v /var/run/docker.sock:/var/run/docker.sock acme/agent"},
		Good: []string{"docker run --rm -v \"$PWD:/src\" acme/agent"},
	},
	{
		Rule: about("shell-weak-crypto", "CWE-327", medium, sure, "A weak cipher, hash or key size.",
			"Use AES-256 with -pbkdf2, SHA-256, RSA of 3072 bits or Ed25519."),
		command: func(c command) bool {
			switch c.name {
			case "openssl":
				if c.arg(0) == "enc" && !c.has("-pbkdf2") && (c.has("-k") || c.any(text("-pass"))) {
					return true
				}
				return c.any(func(w word) bool {
					switch strings.ToLower(w.text) {
					case "-des", "-des3", "-des-cbc", "-rc4", "-rc2", "-bf", "-aes-128-ecb", "-aes-256-ecb", "-md5", "-sha1", "-ssl3", "-tls1", "rsa:1024", "rsa:512":
						return c.arg(0) != "s_client" || strings.HasPrefix(w.text, "-ssl3")
					}
					return c.arg(0) == "genrsa" && (w.text == "512" || w.text == "1024")
				})
			case "ssh-keygen":
				t, typed := c.after("-t")
				b, sized := c.after("-b")
				return typed && t.text == "dsa" || sized && (b.text == "1024" || b.text == "512") && (!typed || t.text == "rsa")
			case "zip":
				return c.any(text("-P"))
			case "gpg":
				return c.any(text("3DES")) || c.any(text("--cipher-algo=3DES"))
			}
			return false
		},
		Bad:  []string{"openssl enc -des3 -in a -out b", "openssl genrsa -out k.pem 1024", "ssh-keygen -t dsa -f k"},
		Good: []string{"openssl genrsa -out k.pem 4096", "ssh-keygen -t ed25519 -f k"},
	},
	{
		Rule: about("shell-weak-random", "CWE-338", medium, probable, "A secret is made from something that can be guessed.",
			"Use openssl rand -hex 32, or /dev/urandom."),
		assignment: func(name string, value word) bool {
			return secretName.MatchString(name) && strings.Contains(value.text, "$RANDOM")
		},
		Bad:  []string{`TOKEN="$RANDOM$RANDOM"`},
		Good: []string{"TOKEN=$(openssl rand -hex 32)", "PORT=$RANDOM"},
	},
}

// isSticky reports whether a mode has the sticky bit, with which a shared folder is all right.
func isSticky(mode string) bool {
	return len(mode) == 4 && (mode[0] == '1' || mode[0] == '3') || strings.HasSuffix(mode, "t")
}
