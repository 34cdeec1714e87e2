package embedded

import (
	_ "embed"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	deploy "github.com/assayhq/assay/deploy/clickhouse"
)

//go:embed config.xml
var configText string

// The session that holds the ports open is user default, without a password: it can't be another. local.xml keeps everyone
// else out of that account.
//
//go:embed local.xml
var localUser []byte

var configTemplate = template.Must(template.New("config.xml").Funcs(template.FuncMap{"xml": escape}).Parse(configText))

func escape(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

type settings struct {
	Dir      string // absolute
	TCPPort  int
	HTTPPort int
}

// writeConfig puts config.xml and users.xml into the server's folder.
func writeConfig(s settings) error {
	if err := os.MkdirAll(filepath.Join(s.Dir, "users.d"), 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	var config strings.Builder
	if err := configTemplate.Execute(&config, s); err != nil {
		return fmt.Errorf("fill in config.xml: %w", err)
	}
	for name, text := range map[string][]byte{"config.xml": []byte(config.String()), "users.xml": deploy.Users, "users.d/local.xml": localUser} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), text, 0o600); err != nil {
			return fmt.Errorf("write the server's configuration: %w", err)
		}
	}
	return nil
}
