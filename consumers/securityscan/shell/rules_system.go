package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// systemRules are about what a script does to the machine that it runs on, and how it makes secrets.
var systemRules = []rule{
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
