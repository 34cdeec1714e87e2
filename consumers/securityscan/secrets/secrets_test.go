package secrets

import (
	"encoding/base64"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/assayhq/assay/consumers/securityscan/policy/policytest"
	"github.com/assayhq/assay/consumers/securityscan/weakness"
	"github.com/assayhq/assay/schemas"
)

var compiled = sync.OnceValues(New)

func scanner(t testing.TB) Scanner {
	t.Helper()
	s, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Everything here is made up at run time, lest somebody's scanner take this file for a leak.
const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func drawn(alphabet string, n int) string {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func hexKey(n int) string { return drawn("0123456789abcdef", n) }

// githubToken has the checksum that GitHub's tokens have.
func githubToken() string {
	body := drawn(alnum, 30)
	sum, tail := crc32.ChecksumIEEE([]byte(body)), make([]byte, 6)
	for i := 5; i >= 0; i-- {
		tail[i] = base62[sum%62]
		sum /= 62
	}
	return "ghp" + "_" + body + string(tail)
}

func pem(kind string) string {
	body := base64.StdEncoding.EncodeToString([]byte(drawn(alnum, 150)))
	return "-----BEGIN " + kind + "-----\n" + body[:64] + "\n" + body[64:128] + "\n" + body[128:] + "\n-----END " + kind + "-----"
}

func jwt(claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc([]byte(claims)) + "." + drawn(alnum, 43)
}

func TestFinds(t *testing.T) {
	key := drawn(alnum, 36)
	human := "Winter" + "-2031!"
	for _, test := range []struct{ name, language, path, code, rule string }{
		{"token of GitHub", "go", "a.go", `t := "` + githubToken() + `"`, "github-pat"},
		{"token in a test", "go", "a_test.go", `t := "` + githubToken() + `"`, "github-pat"},
		{"access key id", "python", "", "k = 'AKIA" + drawn("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16) + "'", "aws-access-token"},
		{"web token", "ruby", "", "t = '" + jwt(`{"sub":"svc-orders"}`) + "'", "jwt"},
		{"PEM", "go", "", "const k = `" + pem("RSA "+"PRIVATE KEY") + "`", "secret-private-key"},
		{"PEM in one line", "javascript", "", `k = "` + strings.ReplaceAll(pem("PRIVATE"+" KEY"), "\n", `\n`) + `"`, "secret-private-key"},
		{"PEM in pieces", "java", "", `k = "` + strings.ReplaceAll(pem("EC PRIVATE"+" KEY"), "\n", "\\n\" +\n  \"") + `"`, "secret-private-key"},
		{"PEM indented", "kubernetes", "a.yaml", "tls.key: |\n    " + strings.ReplaceAll(pem("OPENSSH PRIVATE"+" KEY"), "\n", "\n    "), "secret-private-key"},
		{"URL", "python", "", `u = "postgres://app:` + key + `@db.acme.io/orders"`, "secret-in-connection-string"},
		{"URL, human", "python", "", `u = "postgres://app:` + human + `@db.acme.io/orders"`, "secret-in-connection-string"},
		{"URL without user", "go", "", `u := "redis://:` + key + `@cache.acme.io:6379"`, "secret-in-connection-string"},
		{"URL with token", "shell", "", "git clone https://" + key + "@git.acme.io/a.git", "secret-in-connection-string"},
		{"pairs", "c", "", `"Server=db;User Id=sa;Password=` + human + `;"`, "secret-in-connection-string"},
		{"query", "java", "", `"jdbc:mysql://db/orders?user=app&password=` + key + `"`, "secret-in-connection-string"},
		{"constant", "java", "", `private static final String API_KEY = "` + key + `";`, "secret-assigned"},
		{"typed", "typescript", "", `const apiSecret: string = "` + key + `";`, "secret-assigned"},
		{"generic type", "python", "", `secret_key: Optional[str] = "` + key + `"`, "secret-assigned"},
		{"array", "c", "", `static const char auth_token[] = "` + key + `";`, "secret-assigned"},
		{"object", "javascript", "", `{ clientSecret: '` + key + `', id: 3 }`, "secret-assigned"},
		{"JSON", "", "a.json", `  "client_secret": "` + key + `",`, "secret-assigned"},
		{"JSON in a string", "go", "", `x := "{\"client_secret\": \"` + key + `\"}"`, "secret-assigned"},
		{"hash rocket", "php", "", `'auth_token' => '` + key + `',`, "secret-assigned"},
		{"index", "python", "", `app.config['SECRET_KEY'] = '` + key + `'`, "secret-assigned"},
		{"keyword argument", "python", "", `connect(host="db", password='` + key + `')`, "secret-assigned"},
		{"conversion", "go", "", `signingKey := []byte("` + key + `")`, "secret-assigned"},
		{"pair of arguments", "java", "", `props.setProperty("smtp.password", "` + key + `");`, "secret-assigned"},
		{"hex", "ruby", "", `config.api_key = '` + hexKey(32) + `'`, "secret-assigned"},
		{"header", "javascript", "", `headers: { Authorization: 'Bearer ` + key + `' }`, "secret-assigned"},
		{"fallback", "javascript", "", `const jwtSecret = process.env.JWT_SECRET || '` + key + `';`, "secret-assigned"},
		{"fallback, a word", "javascript", "", `const JWT_SECRET = process.env.JWT_SECRET || 'supersecretkey';`, "secret-weak-password"},
		{"environment of a pod", "kubernetes", "a.yaml", "env:\n- name: API_TOKEN\n  value: \"" + key + "\"", "secret-assigned"},
		{"environment of a pod, bare", "kubernetes", "a.yaml", "env:\n- name: API_TOKEN\n  value: " + key, "secret-assigned"},
		{"variable", "terraform", "a.tf", "variable \"api_token\" {\n  default = \"" + key + "\"\n}", "secret-assigned"},
		{"YAML", "", "config/app.yml", "db:\n  password: " + human, "secret-password"},
		{"properties", "", "app.properties", "spring.datasource.password=" + human, "secret-password"},
		{"dotenv", "", ".env.production", "DB_PASSWORD=" + human, "secret-password"},
		{"export", "shell", "", "export DB_PASSWORD=" + human, "secret-password"},
		{"ENV", "dockerfile", "Dockerfile", "ENV A=1 DB_PASSWORD=" + human, "secret-password"},
		{"ENV with a space", "dockerfile", "Dockerfile", "ENV DB_PASSWORD " + human, "secret-password"},
		{"XML", "", "a.xml", "<password>" + human + "</password>", "secret-password"},
		{"attribute", "", "a.xml", `<add key="DbPassword" value="` + human + `" />`, "secret-password"},
		{"password", "python", "", `password = "` + human + `"`, "secret-password"},
		{"password that begins as a weakness", "python", "", `password = "cwe-` + human + `"`, "secret-assigned"},
		{"comparison", "python", "", `if password == "` + human + `":`, "secret-password"},
		{"word", "python", "", `password = "hunter"`, "secret-weak-password"},
		{"setting of Flask", "python", "", `app.secret_key = 'development key'[0:] or 'devkey'` + "\napp.secret_key = 'unsafedevkey'", "secret-weak-password"},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, _ := scanner(t).Scan(test.language, test.path, test.code)
			if !slices.ContainsFunc(found, func(w weakness.Weakness) bool { return w.ID == test.rule }) {
				t.Errorf("found %v in %s", ids(found), test.code)
			}
		})
	}
}

func TestLeavesAlone(t *testing.T) {
	key := drawn(alnum, 36)
	uuid := hexKey(8) + "-" + hexKey(4) + "-" + hexKey(4) + "-" + hexKey(4) + "-" + hexKey(12)
	for _, test := range []struct{ name, language, path, code string }{
		{"environment", "python", "", `password = os.environ["DB_PASSWORD"]`},
		{"environment with a default", "python", "", `user = os.environ.get("DB_USER", "orders")`},
		{"vault", "java", "", `String apiKey = vault.read("secret/data/api_key");`},
		{"reference", "", "a.yml", "password: vault:secret/data/db#password"},
		{"reference to 1Password", "shell", "", `TOKEN="op://prod/api/credential"`},
		{"parameter", "terraform", "", `password = var.db_password`},
		{"interpolation", "terraform", "", `password = "${var.db_password}"`},
		{"template", "", "a.yaml", `password: {{ .Values.password }}`},
		{"shell variable", "shell", "", `PASSWORD="$1"`},
		{"command", "shell", "", "TOKEN=$(cat /run/secrets/token)"},
		{"placeholder", "python", "", `api_key = "your_api_key_here"`},
		{"angle brackets", "", "a.yml", "token: <your token>"},
		{"number of a weakness", "go", "", `r := rule("hardcoded-password", "CWE-798")`},
		{"number of a vulnerability", "", "a.yml", "leaked-password: CVE-2031-44228"},
		{"crosses", "go", "", `const token = "xxxxxxxxxxxxxxxxxxxxxxxx"`},
		{"own name", "javascript", "", `password: 'Password',`},
		{"label", "javascript", "", `passwordLabel: 'Enter a new password',`},
		{"translation", "javascript", "", `password: 'auth.form.password',`},
		{"sentence", "ruby", "", `password: "must have at least 12 characters",`},
		{"name of a field", "php", "", `'password' => 'required|min:8',`},
		{"name of a header", "go", "", `const apiKeyHeader = "X-Api-Key"`},
		{"type", "typescript", "", `interface A { password: string; token: "bearer" }`},
		{"column", "java", "", `@Column(name = "password_hash") String password;`},
		{"hash of a password", "python", "", `password_hash = "$2b$12$` + drawn(alnum, 53) + `"`},
		{"commit", "go", "", `const revision = "` + hexKey(40) + `"`},
		{"checksum", "shell", "", `SHA256=` + hexKey(64)},
		{"cache key", "python", "", `cache_key = "` + hexKey(32) + `"`},
		{"id", "python", "", `tenant_id = "` + uuid + `"`},
		{"correlation", "python", "", `correlation_key = "` + uuid + `"`},
		{"integrity", "javascript", "", `integrity: "sha512-` + base64.StdEncoding.EncodeToString([]byte(drawn(alnum, 64))) + `"`},
		{"public key", "go", "", "const k = `" + pem("PUBLIC KEY") + "`"},
		{"certificate", "go", "", "const privateKey = `" + pem("CERTIFICATE") + "`"},
		{"check for a key", "go", "", `if strings.HasPrefix(s, "-----BEGIN PRIVATE` + ` KEY-----") {`},
		{"publishable", "javascript", "", `stripeKey = "pk_live_` + drawn(alnum, 24) + `"`},
		{"image", "javascript", "", `icon = "data:image/png;base64,` + drawn(alnum, 200) + `"`},
		{"pattern", "python", "", `TOKEN = re.compile("ghp_[0-9A-Za-z]{36}")`},
		{"URL without password", "go", "", `u := "postgres://app@db.acme.io/orders"`},
		{"URL with placeholders", "go", "", `u := "postgres://user:password@host/db"`},
		{"URL of a neighbour", "", "compose.yaml", `DATABASE_URL: postgres://postgres:postgres@db:5432/app`},
		{"URL with a variable", "python", "", `u = f"postgres://{user}:{password}@{host}/db"`},
		{"address with an at", "javascript", "", `const u = "https://cdn.acme.io/npm/@scope/pkg@1.2.3/index.js"`},
		{"default in a test", "go", "internal/db_test.go", `password := "secret123"`},
		{"default in fixtures", "", "tests/fixtures/app.yml", "password: hunter2"},
		{"path", "shell", "", `PRIVATE_KEY=/etc/ssl/private/server.key`},
		{"URL of tokens", "go", "", `tokenURL := "https://auth.acme.io/oauth2/token"`},
		{"event", "python", "", `SECRET_ROTATED_EVENT = "billing.secret.rotated.v2"`},
		{"encrypted", "", "a.yml", "password: ENC[AES256_GCM,data:" + key + "]"},
		{"example of jwt.io", "go", "", `t := "` + jwt(`{"sub":"1234567890","name":"John Doe"}`) + `"`},
		{"key for browsers", "typescript", "", `anon = "` + jwt(`{"role":"anon"}`) + `"`},
		{"documentation key", "python", "", `k = "AKIAIOSFODNN7` + `EXAMPLE"`},
		{"alphabet", "go", "", `const tokenChars = "` + alnum + `"`},
		{"keyboard", "go", "", `case "key": token = "semicolon"`},
		{"kind of token", "go", "", `token.Type = "COMMA"`},
		{"argument by position", "go", "", `login("admin", "orders")`},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, _ := scanner(t).Scan(test.language, test.path, test.code)
			for _, w := range found {
				if w.Severity != schemas.SeverityLow {
					t.Errorf("%s at %q in %s", w.ID, test.code[w.Start:w.End], test.code)
				}
			}
		})
	}
}

func TestChecksum(t *testing.T) {
	good := githubToken()
	wrong := good[:len(good)-1] + map[bool]string{true: "1", false: "0"}[strings.HasSuffix(good, "0")]
	for secret, want := range map[string]checksumResult{good: checksumRight, wrong: checksumWrong, "sk_live_x": checksumNone} {
		if got := checksum(secret); got != want {
			t.Errorf("checksum %d, want %d", got, want)
		}
	}
	found, _ := scanner(t).Scan("go", "", `t := "`+wrong+`"`)
	if len(found) != 1 || found[0].Confidence != schemas.ConfidenceMedium {
		t.Errorf("a token that nobody issued: %+v", found)
	}
}

// Whatever surrounds a secret, it is found where it is.
func TestPlaceProperty(t *testing.T) {
	s := scanner(t)
	token := githubToken()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.StringMatching(`([ a-zä]{0,20}\n){0,5}[ ]{0,8}`).Draw(t, "before")
		code := before + "t = '" + token + "'\nend\n"
		found, _ := s.Scan("ruby", "", code)
		if len(found) != 1 || code[found[0].Start:found[0].End] != token {
			t.Fatalf("found %v", found)
		}
	})
}

func FuzzScan(f *testing.F) {
	f.Add("python", "a.py", `password = "x`)
	f.Add("dockerfile", "", "ENV A=1 B=\"\\")
	f.Add("", ".env", "\xff://:@=\"'`->[]<>:")
	f.Add("", "", "-----BEGIN PRIVATE KEY-----\\")
	s := scanner(f)
	f.Fuzz(func(t *testing.T, language, path, code string) {
		found, _ := s.Scan(language, path, code)
		for _, w := range found {
			if w.Start < 0 || w.End > len(code) || w.Start >= w.End {
				t.Fatalf("%s at %d to %d of %d", w.ID, w.Start, w.End, len(code))
			}
		}
	})
}

func ids(found []weakness.Weakness) (all []string) {
	for _, w := range found {
		all = append(all, w.ID)
	}
	return all
}

func TestAdversarial(t *testing.T) {
	units := []string{
		"://a:", "://a:b@", "password=", ";password=", "\"", "'\"", "key:'", "value:\"", "value:\"a\",", "-----BEGIN PRIVATE KEY-----", "a=\"b\",",
		"[", "password='", "eyJ", "name: a\nvalue: b\n", "ghp_0123456789abcdef ", "</a>", "||'", "->", "\\\"", "secret=a1b2c3d4e5f6g7h8\n",
	}
	policytest.Adversarial(t, units, func(code string) ([]weakness.Weakness, weakness.Coverage) {
		return scanner(t).Scan("dockerfile", "", code)
	})
}
