package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// trustRules are about peers, packages and passwords.
var trustRules = []rule{
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
}
