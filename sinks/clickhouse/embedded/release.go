package embedded

import "runtime"

// Version of the library; both registries carry the same ClickHouse, 26.7.
const (
	npmVersion = "26.7.3-stable.1"
	pipVersion = "26.7.3"
)

// npmPackage names the package with libchdb.so for this machine and its sha512 as npm publishes it (dist.integrity).
// Of this version, npm has only Linux on x86-64; the other platforms are served by the wheel.
func npmPackage() (name, integrity string, ok bool) {
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		return "@chdb/lib-linux-x64-gnu", "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==", true
	}
	return "", "", false
}

// wheelHashes are the sha256 sums of the wheels of chdb-core for Linux and macOS, on arm64 and x86-64, as PyPI
// publishes them. pip refuses anything else.
var wheelHashes = []string{
	"b10b96f9599fab42ba51d9be80333e1819782bdc8a91b2b26979149693ba431f", // manylinux x86_64
	"e64c61a868cad97eb375fb17e23b00bf5058cc9d9d94351cb97dde82d212c7d6", // manylinux aarch64
	"2ef970603bb8a5f9d0c14e8d8d228018e25e96887ce42deb923c6ad2307781c5", // macOS arm64
	"bf5b8eea6c11dd5b1c248bd0266ab260a550788e775e4dc1c5e409afa8f20e9a", // macOS x86_64
}
