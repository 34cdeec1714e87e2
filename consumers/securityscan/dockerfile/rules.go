package dockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

// rule judges the n-th instruction of a file.
type rule struct {
	weakness.Rule
	holds     func(f file, n int, i instruction) bool
	Bad, Good []string
}

func about(id, cwe string, severity schemas.Severity, confidence schemas.Confidence, message, fix string) weakness.Rule {
	return weakness.Rule{
		ID: id, CWE: cwe, OWASP: weakness.OWASP(cwe), Severity: severity, Confidence: confidence, Message: message, Fix: fix,
	}
}

const (
	high, medium, low = schemas.SeverityHigh, schemas.SeverityMedium, schemas.SeverityLow
	sure, probable    = schemas.ConfidenceHigh, schemas.ConfidenceMedium
)

var (
	sudo       = regexp.MustCompile(`(^|[;&|]\s*|\\\n\s*)sudo\s`)
	secretArg  = regexp.MustCompile(`(?i)(^|_)(passw(or)?d|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)$`)
	secretFile = regexp.MustCompile(`(?i)(^|/)(id_(rsa|dsa|ecdsa|ed25519)|\.env(\.[a-z]+)?|\.npmrc|\.pypirc|\.netrc|credentials(\.json)?|\.aws|\.ssh|\.docker/config\.json|\.kube/config|.*\.(pem|key|p12|pfx|jks|keystore))/?$`)
	system     = []string{"/proc", "/sys", "/dev", "/etc", "/boot", "/root", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/lib"}
)

// rootUser reports whether the argument of USER is root.
func rootUser(i instruction) bool {
	user, _, _ := strings.Cut(strings.Trim(i.args, `"'`), ":")
	user = strings.TrimSpace(user)
	return user == "root" || user == "0"
}

// unprivileged are base images that switch to another user themselves.
var unprivileged = regexp.MustCompile(`(?i)nonroot|unprivileged|rootless|^(bitnami|cgr\.dev/chainguard)/`)

var rules = []rule{
	{
		Rule: about("dockerfile-root-user", "CWE-250", high, probable, "The container runs as root.",
			"Create a user and switch to it with USER, as the last thing."),
		holds: func(f file, n int, i instruction) bool {
			switch i.name {
			case "USER":
				return n == f.lastUser && n > f.lastFrom && rootUser(i)
			case "FROM": // a whole file whose last stage has none
				return n == f.lastFrom && f.size > 1 && f.lastUser < n && i.base() != "scratch" && !f.stages[strings.ToLower(i.base())] &&
					!unprivileged.MatchString(i.args)
			}
			return false
		},
		Bad:  []string{"FROM alpine:3.20\nUSER app\nUSER root\n", "FROM alpine:3.20\nCMD [\"./run\"]\n", "FROM alpine:3.20\nUSER 0:0\n"},
		Good: []string{"FROM alpine:3.20\nUSER root\nRUN apk add curl\nUSER app\n", "FROM golang:1.26\nUSER root\nFROM gcr.io/distroless/static:nonroot\nCMD [\"/a\"]\n", "RUN make\n"},
	},
	{
		Rule: about("dockerfile-sudo", "CWE-250", medium, sure, "sudo in an image lets whoever gets into the container become root.",
			"Switch with USER instead; an entry point that must drop rights can use gosu."),
		holds: func(_ file, _ int, i instruction) bool {
			return i.name == "RUN" && sudo.MatchString(i.args) || (i.name == "CMD" || i.name == "ENTRYPOINT") && slices.Contains(i.words(), "sudo")
		},
		Bad:  []string{"FROM a\nRUN sudo make install\nUSER app\n", "FROM a\nRUN true && sudo make\nUSER app\n"},
		Good: []string{"FROM a\nRUN make install\nUSER app\n", "FROM a\nRUN apt-get install sudo\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-ssh-port", "CWE-284", medium, sure, "The image offers SSH or another service for logging in.",
			"Use docker exec or kubectl exec instead of a server in the container."),
		holds: func(_ file, _ int, i instruction) bool {
			return i.name == "EXPOSE" && slices.ContainsFunc(i.words(), func(p string) bool {
				p, _, _ = strings.Cut(p, "/")
				return p == "22" || p == "23" || p == "3389" || p == "2375"
			})
		},
		Bad:  []string{"FROM a\nEXPOSE 22/tcp\nUSER app\n"},
		Good: []string{"FROM a\nEXPOSE 8080 2222\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-secret-variable", "CWE-526", high, probable, "A secret is an argument or variable of the build and so stays in the image's history.",
			"Mount it while building: RUN --mount=type=secret."),
		holds: func(_ file, _ int, i instruction) bool {
			if i.name != "ENV" && i.name != "ARG" {
				return false
			}
			words := i.words()
			if len(words) == 2 && i.name == "ENV" && !strings.Contains(words[0], "=") {
				words = []string{words[0] + "=" + words[1]}
			}
			return slices.ContainsFunc(words, func(w string) bool {
				name, value, given := strings.Cut(w, "=")
				value = strings.Trim(value, `"'`)
				passedOn := i.name == "ENV" && strings.HasPrefix(value, "$") && !strings.Contains(value, ":-")
				return secretArg.MatchString(name) && given && passedOn
			})
		},
		Bad:  []string{"FROM a\nARG NPM_TOKEN\nENV NPM_TOKEN=$NPM_TOKEN\nUSER app\n"},
		Good: []string{"FROM a\nENV TOKEN_FILE=/run/secrets/token\nUSER app\n", "FROM a\nENV LOG_LEVEL=info\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-secret-file", "CWE-522", high, probable, "A file with credentials is copied into the image.",
			"Mount it while building or running; name it in .dockerignore."),
		holds: func(_ file, _ int, i instruction) bool {
			words := i.words()
			return (i.name == "COPY" || i.name == "ADD") && len(words) > 1 && !slices.ContainsFunc(i.flags, func(f string) bool { return strings.HasPrefix(f, "--from") }) &&
				slices.ContainsFunc(words[:len(words)-1], func(w string) bool {
					return secretFile.MatchString(w) && !strings.HasSuffix(w, ".example") && !strings.Contains(w, "pub") && !strings.Contains(w, "cert") && !strings.Contains(w, "ca.")
				})
		},
		Bad:  []string{"FROM a\nCOPY id_rsa /home/app/.ssh/id_rsa\nUSER app\n", "FROM a\nADD .env /app/\nUSER app\n"},
		Good: []string{"FROM a\nCOPY .env.example /app/\nUSER app\n", "FROM a\nCOPY --from=build /etc/ssl/cert.pem /etc/ssl/\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-add-remote", "CWE-494", medium, sure, "ADD fetches a file that nothing verifies.",
			"Give ADD a --checksum, or download and verify in one RUN."),
		holds: func(_ file, _ int, i instruction) bool {
			return i.name == "ADD" && !slices.ContainsFunc(i.flags, func(f string) bool { return strings.HasPrefix(f, "--checksum") }) &&
				slices.ContainsFunc(i.words(), func(w string) bool {
					return strings.HasPrefix(w, "http://") || strings.HasPrefix(w, "https://")
				})
		},
		Bad:  []string{"FROM a\nADD http://acme.io/agent.tar.gz /opt/\nUSER app\n"},
		Good: []string{"FROM a\nADD --checksum=sha256:24454f830cdb https://acme.io/agent.tar.gz /opt/\nUSER app\n", "FROM a\nADD src.tar.gz /opt/\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-system-folder", "CWE-250", medium, probable, "The image works in, or gives out, a folder of the system.",
			"Use a folder of the application's own."),
		holds: func(_ file, _ int, i instruction) bool {
			if i.name != "WORKDIR" && i.name != "VOLUME" {
				return false
			}
			return slices.ContainsFunc(i.words(), func(w string) bool {
				dir := path.Clean(strings.Trim(w, `"'`))
				return slices.ContainsFunc(system, func(s string) bool {
					return (dir == s || strings.HasPrefix(dir, s+"/")) && (i.name == "WORKDIR" && s != "/root" && s != "/etc" && s != "/lib" || i.name == "VOLUME" && dir == s) ||
						strings.HasSuffix(dir, "docker.sock")
				})
			})
		},
		Bad:  []string{"FROM a\nWORKDIR /proc/self\nUSER app\n", "FROM a\nVOLUME /etc\nUSER app\n"},
		Good: []string{"FROM a\nWORKDIR /app\nUSER app\n", "FROM a\nWORKDIR /development\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-plain-variable", "CWE-295", high, sure, "A variable turns the check of certificates off.",
			"Remove it; add the authority's certificate if it is your own."),
		holds: func(_ file, _ int, i instruction) bool {
			if i.name != "ENV" && i.name != "ARG" {
				return false
			}
			text := strings.ToUpper(strings.NewReplacer(`"`, "", "'", "", " ", "=").Replace(i.args))
			for _, off := range []string{
				"NODE_TLS_REJECT_UNAUTHORIZED=0", "GIT_SSL_NO_VERIFY=1", "GIT_SSL_NO_VERIFY=TRUE", "PYTHONHTTPSVERIFY=0", "NPM_CONFIG_STRICT_SSL=FALSE",
				"PIP_TRUSTED_HOST=", "GONOSUMDB=*", "GOINSECURE=", "CURL_INSECURE=1",
			} {
				if strings.Contains(text, off) {
					return true
				}
			}
			return false
		},
		Bad:  []string{"FROM a\nENV NODE_TLS_REJECT_UNAUTHORIZED=0\nUSER app\n", "FROM a\nENV GIT_SSL_NO_VERIFY 1\nUSER app\n"},
		Good: []string{"FROM a\nENV NODE_ENV=production\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-insecure-build", "CWE-250", high, sure, "A step of the build runs with the rights of the builder's host.",
			"Drop --security=insecure and --network=host."),
		holds: func(_ file, _ int, i instruction) bool {
			return i.name == "RUN" && (slices.Contains(i.flags, "--security=insecure") || slices.Contains(i.flags, "--network=host"))
		},
		Bad:  []string{"FROM a\nRUN --security=insecure make\nUSER app\n"},
		Good: []string{"FROM a\nRUN --network=none make\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-root-password", "CWE-798", high, sure, "The password of root is set, or left empty.",
			"Leave the account locked."),
		holds: func(_ file, _ int, i instruction) bool {
			return i.name == "RUN" && (rootPassword.MatchString(i.args) || strings.Contains(i.args, "passwd -d root") || strings.Contains(i.args, "PermitRootLogin yes") || strings.Contains(i.args, "PermitEmptyPasswords yes"))
		},
		Bad:  []string{"FROM a\nRUN echo 'root:root' | chpasswd\nUSER app\n", "FROM a\nRUN passwd -d root\nUSER app\n"},
		Good: []string{"FROM a\nRUN passwd -l root\nUSER app\n"},
	},
	{
		Rule: about("dockerfile-moving-base", "CWE-829", low, sure, "The base image isn't fixed to a version.",
			"Name a version, or better a digest."),
		holds: func(f file, _ int, i instruction) bool {
			base := i.base()
			if base == "" || base == "scratch" || strings.ContainsAny(base, "@$") || f.stages[strings.ToLower(base)] {
				return false
			}
			image := base[strings.LastIndexByte(base, '/')+1:]
			return !strings.Contains(image, ":") || strings.HasSuffix(image, ":latest")
		},
		Bad:  []string{"FROM alpine:latest\nUSER app\n", "FROM alpine\nUSER app\n"},
		Good: []string{"FROM alpine:3.20 AS build\nFROM build\nUSER app\n"},
	},
}

var rootPassword = regexp.MustCompile(`root:[^\s"'|]+["']?\s*\|\s*(sudo\s+)?chpasswd`)
