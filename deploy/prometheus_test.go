package deploy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/goccy/go-yaml"
)

type prometheusConfig struct {
	Global struct {
		ScrapeInterval     string `yaml:"scrape_interval"`
		EvaluationInterval string `yaml:"evaluation_interval"`
	}
	RuleFiles     []string `yaml:"rule_files"`
	ScrapeConfigs []struct {
		JobName      string `yaml:"job_name"`
		DNSSDConfigs []struct {
			Names           []string
			Type            string
			Port            int
			RefreshInterval string `yaml:"refresh_interval"`
		} `yaml:"dns_sd_configs"`
		RelabelConfigs []struct {
			SourceLabels []string `yaml:"source_labels"`
			TargetLabel  string   `yaml:"target_label"`
		} `yaml:"relabel_configs"`
	} `yaml:"scrape_configs"`
}

func TestPrometheusScrapesEveryService(t *testing.T) {
	var config prometheusConfig
	strict(t, "prometheus/prometheus.yml", &config)
	project := compose(t)
	scraped := map[string]bool{}
	for _, job := range config.ScrapeConfigs {
		for _, targets := range job.DNSSDConfigs {
			for _, name := range targets.Names {
				s, ok := project.Services[name]
				if !ok {
					t.Errorf("Prometheus scrapes %s, which is no container", name)
					continue
				}
				scraped[name] = true
				_, port, err := net.SplitHostPort(env(t, s, "ASSAY_HTTP"))
				if err != nil || port != strconv.Itoa(targets.Port) {
					t.Errorf("Prometheus scrapes %s at port %d, its metrics are at %s (%v)", name, targets.Port, port, err)
				}
				if !strings.Contains(read(t, "Dockerfile"), "EXPOSE "+port+"\n") {
					t.Errorf("the image doesn't expose %s", port)
				}
			}
		}
	}
	for name, s := range ours(t, project) {
		if s.Environment["ASSAY_HTTP"] != nil && !scraped[name] {
			t.Errorf("Prometheus doesn't scrape %s", name)
		}
	}
	for _, file := range config.RuleFiles {
		target := "/etc/prometheus/" + file
		if !slices.ContainsFunc(project.Services["prometheus"].Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == target }) {
			t.Errorf("Prometheus reads %s, which is not mounted", target)
		}
	}
}

type alertRules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert       string
			Expr        string
			For         string
			Labels      map[string]string
			Annotations map[string]string
		}
	}
}

var (
	quoted    = regexp.MustCompile(`"[^"]*"`)
	usedName  = regexp.MustCompile(`\b(assay_[a-z_]+)\b(?:\{([^}]*)\})?`)
	matched   = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
	groupedBy = regexp.MustCompile(`\bby \(([^)]*)\)`)
	templated = regexp.MustCompile(`\$labels\.(\w+)`)
)

// Alerts name metrics that the code has, by labels that these metrics have, and tell what to do.
func TestAlertsNameWhatExists(t *testing.T) {
	var rules alertRules
	strict(t, "prometheus/alerts.yml", &rules)
	metrics := metricsOfTheCode(t)
	seen := 0
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			expr := quoted.ReplaceAllString(rule.Expr, `""`)
			labels := map[string]bool{"job": true, "instance": true, "container": true, "le": true}
			for _, use := range usedName.FindAllStringSubmatch(expr, -1) {
				seen++
				base := use[1]
				for _, suffix := range []string{"_bucket", "_sum", "_count"} {
					if metrics[base] == nil {
						base = strings.TrimSuffix(use[1], suffix)
					}
				}
				if metrics[base] == nil {
					t.Errorf("%s: no metric %s in the code", rule.Alert, use[1])
				}
				for _, label := range metrics[base] {
					labels[label] = true
				}
				for _, m := range matched.FindAllStringSubmatch(use[2], -1) {
					if !slices.Contains(metrics[base], m[1]) {
						t.Errorf("%s: %s has no label %s", rule.Alert, use[1], m[1])
					}
				}
			}
			used := templated.FindAllStringSubmatch(rule.Annotations["summary"]+rule.Annotations["action"], -1)
			for _, list := range groupedBy.FindAllStringSubmatch(expr, -1) {
				for label := range strings.SplitSeq(list[1], ",") {
					used = append(used, []string{"", strings.TrimSpace(label)})
				}
			}
			for _, m := range used {
				if !labels[m[1]] {
					t.Errorf("%s: none of its metrics has the label %s", rule.Alert, m[1])
				}
			}
			if strings.Count(expr, "(") != strings.Count(expr, ")") || rule.Labels["severity"] == "" ||
				rule.Annotations["summary"] == "" || rule.Annotations["action"] == "" {
				t.Errorf("%s lacks a severity, a summary, an action or a bracket", rule.Alert)
			}
			if !strings.Contains(read(t, root+"/docs/guides/sres.md"), rule.Alert) {
				t.Errorf("docs/guides/sres.md doesn't explain %s", rule.Alert)
			}
		}
	}
	if seen == 0 {
		t.Error("no alert names a metric")
	}
}

// The manual and the collector's page name the metrics that the code has, all of them and no others.
func TestManualNamesTheMetrics(t *testing.T) {
	manual := read(t, root+"/docs/guides/sres.md") + read(t, root+"/docs/guides/collector.md")
	metrics := metricsOfTheCode(t)
	for _, m := range regexp.MustCompile("`(assay_[a-z_]+)`").FindAllStringSubmatch(manual, -1) {
		if metrics[m[1]] == nil {
			t.Errorf("the manual names %s, which the code doesn't have", m[1])
		}
	}
	for name := range metrics {
		if !strings.Contains(manual, "`"+name+"`") {
			t.Errorf("the manual doesn't name %s", name)
		}
	}
}

// metricsOfTheCode finds the metrics and their labels where they are made: prometheus.NewCounterVec(Opts{Name: ...}, labels).
func metricsOfTheCode(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if names := literals(call.Args[0]); len(names) > 0 && strings.HasPrefix(names[0], "assay_") {
				found[names[0]] = []string{} // without labels, unless there are some
				if len(call.Args) > 1 {
					found[names[0]] = append(found[names[0]], literals(call.Args[1])...)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("found no metrics in the code")
	}
	return found
}

// literals are the strings of a composite literal: its elements, or what its field Name holds.
func literals(e ast.Expr) (out []string) {
	composite, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	for _, element := range composite.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); !ok || key.Name != "Name" {
				continue
			}
			element = pair.Value
		}
		if literal, ok := element.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, _ := strconv.Unquote(literal.Value)
			out = append(out, text)
		}
	}
	return out
}

func strict(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.UnmarshalWithOptions([]byte(read(t, path)), into, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
