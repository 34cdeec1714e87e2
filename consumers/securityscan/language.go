package securityscan

import (
	"path"
	"strings"
)

// aliases are the names that editors have for languages.
var aliases = map[string]string{
	"py": "python", "python3": "python", "golang": "go", "js": "javascript", "javascriptreact": "javascript", "jsx": "javascript",
	"ts": "typescript", "typescriptreact": "typescript", "tsx": "typescript", "rb": "ruby", "c++": "cpp", "cc": "cpp",
	"sh": "shell", "bash": "shell", "shellscript": "shell", "zsh": "shell", "tf": "terraform", "hcl": "terraform", "yml": "yaml",
	"docker": "dockerfile", "dockercompose": "compose", "docker-compose": "compose", "k8s": "kubernetes", "html+erb": "ruby",
}

// extensions tell the language where the client doesn't.
var extensions = map[string]string{
	".py": "python", ".go": "go", ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript",
	".ts": "typescript", ".tsx": "typescript", ".mts": "typescript", ".cts": "typescript", ".java": "java", ".rb": "ruby",
	".php": "php", ".c": "c", ".h": "c", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hpp": "cpp", ".sh": "shell",
	".bash": "shell", ".zsh": "shell", ".tf": "terraform", ".yaml": "yaml", ".yml": "yaml", ".dockerfile": "dockerfile",
}

// interpreters are what scripts without an extension name in their first line.
var interpreters = map[string]string{
	"sh": "shell", "bash": "shell", "dash": "shell", "ksh": "shell", "zsh": "shell", "python": "python", "python2": "python",
	"python3": "python", "node": "javascript", "ruby": "ruby", "php": "php",
}

// canonical is the language under the name that the scanners have for it.
func canonical(language, file, code string) string {
	language = strings.ToLower(language)
	if language == "" || language == "plaintext" || language == "unknown" {
		language = guess(path.Base(file), code)
	}
	if name, ok := aliases[language]; ok {
		language = name
	}
	if language == "yaml" {
		if base := strings.ToLower(path.Base(file)); strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "compose") {
			return "compose"
		}
		return "kubernetes"
	}
	return language
}

// guess tells the language by the name of the file, and by the first line of a script.
func guess(base, code string) string {
	if isDockerfile(base) {
		return "dockerfile"
	}
	if ext := strings.ToLower(path.Ext(base)); len(ext) > 1 {
		return extensions[ext]
	}
	line, _, _ := strings.Cut(code, "\n")
	line, ok := strings.CutPrefix(line, "#!")
	if !ok {
		return ""
	}
	for word := range strings.FieldsSeq(line) {
		if name := path.Base(word); name != "env" && !strings.HasPrefix(word, "-") {
			return interpreters[name]
		}
	}
	return ""
}

// isDockerfile tells Dockerfile, Dockerfile.go (of a service in Go) and dockerfile.prod from dockerfile.go (Go) and
// Dockerfile.dockerignore.
func isDockerfile(base string) bool {
	ext := strings.ToLower(path.Ext(base))
	switch {
	case ext == ".dockerignore" || ext == ".md":
		return false
	case strings.HasPrefix(base, "Dockerfile") || base == "Containerfile":
		return true
	}
	return strings.HasPrefix(strings.ToLower(base), "dockerfile") && extensions[ext] == ""
}
