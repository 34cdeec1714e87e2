package schemas

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
)

// Registry is a Confluent-compatible schema registry.
type Registry interface {
	// Register returns the id of the schema under the subject, registering it when it is new.
	Register(ctx context.Context, subject, schema string) (int, error)
	// SchemaByID returns the text of a schema; ErrNoSchema where the registry knows no such id.
	SchemaByID(ctx context.Context, id int) (string, error)
}

// ErrNoSchema is returned for an id that the registry doesn't know.
var ErrNoSchema = errors.New("no schema with this id")

// RegistryOptions say where the registry is.
type RegistryOptions struct {
	URL      string `name:"registry" env:"ASSAY_REGISTRY_URL,SCHEMA_REGISTRY_URL" default:"http://localhost:8081" help:"Schema registry (Confluent API); several URLs separated by commas."`
	User     string `name:"registry-user" env:"ASSAY_REGISTRY_USER" help:"User for the registry's basic authentication."`
	Password string `name:"registry-password" env:"ASSAY_REGISTRY_PASSWORD" help:"Password for the registry's basic authentication."`
}

// Client returns a caching client. It doesn't connect yet.
func (o RegistryOptions) Client() (*RegistryClient, error) {
	opts := []sr.ClientOpt{
		sr.URLs(strings.Split(o.URL, ",")...),
		sr.HTTPClient(&http.Client{Timeout: 10 * time.Second}),
	}
	if o.User != "" {
		opts = append(opts, sr.BasicAuth(o.User, o.Password))
	}
	c, err := sr.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("schema registry %s: %w", o.URL, err)
	}
	return &RegistryClient{client: c, url: o.URL, ids: map[[2]string]int{}, texts: map[int]string{}}, nil
}

// RegistryClient is a Registry over HTTP. Schemas never change under their id, so answers are kept for good.
type RegistryClient struct {
	client *sr.Client
	url    string

	mu    sync.Mutex
	ids   map[[2]string]int // by subject and schema
	texts map[int]string
}

// Register implements Registry.
func (c *RegistryClient) Register(ctx context.Context, subject, schema string) (int, error) {
	key := [2]string{subject, schema}
	c.mu.Lock()
	id, known := c.ids[key]
	c.mu.Unlock()
	if known {
		return id, nil
	}
	s, err := c.client.CreateSchema(ctx, subject, sr.Schema{Schema: schema})
	if err != nil {
		return 0, c.explain("register "+subject, err)
	}
	c.mu.Lock()
	c.ids[key] = s.ID
	c.texts[s.ID] = schema
	c.mu.Unlock()
	return s.ID, nil
}

// SchemaByID implements Registry.
func (c *RegistryClient) SchemaByID(ctx context.Context, id int) (string, error) {
	c.mu.Lock()
	text, known := c.texts[id]
	c.mu.Unlock()
	if known {
		return text, nil
	}
	s, err := c.client.SchemaByID(ctx, id)
	var answer *sr.ResponseError
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return "", fmt.Errorf("schema registry %s, id %d: %w", c.url, id, ErrNoSchema)
	}
	if err != nil {
		return "", c.explain(fmt.Sprintf("ask for id %d", id), err)
	}
	c.mu.Lock()
	c.texts[id] = s.Schema
	c.mu.Unlock()
	return s.Schema, nil
}

// explain says of an error what a person can do about it.
func (c *RegistryClient) explain(doing string, err error) error {
	var answer *sr.ResponseError
	var unreachable *url.Error
	switch {
	case errors.As(err, &answer) && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden):
		return fmt.Errorf("%s: the schema registry %s refuses the login: check --registry-user and --registry-password: %w", doing, c.url, err)
	case errors.As(err, &unreachable):
		return fmt.Errorf("%s: the schema registry %s does not answer: start it, or give another address with --registry: %w", doing, c.url, unreachable.Err)
	}
	return fmt.Errorf("%s at the schema registry %s: %w", doing, c.url, err)
}

// RegisterAll registers the current schema of every record in the order of Records, and returns the ids by record name.
func RegisterAll(ctx context.Context, reg Registry) (map[string]int, error) {
	ids := make(map[string]int, len(records))
	for _, r := range records {
		id, err := reg.Register(ctx, r.Subject(), r.Schema)
		if err != nil {
			return nil, err
		}
		ids[r.Name] = id
	}
	return ids, nil
}
