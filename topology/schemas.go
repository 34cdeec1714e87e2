package topology

import (
	"context"
	"fmt"
)

// registrar is the part of a schema registry that RegisterSchemas needs.
type registrar interface {
	Register(ctx context.Context, subject, schema string) (int, error)
}

// RegisterSchemas registers the current schema of every topic, always in the order of Topics: an empty registry then
// gives the same ids everywhere. Registering again what is registered changes nothing.
func RegisterSchemas(ctx context.Context, registry registrar) error {
	for _, topic := range Topics() {
		if _, err := registry.Register(ctx, topic.Record.Subject(), topic.Record.Schema); err != nil {
			return fmt.Errorf("register the schema of %s: %w", topic.Name, err)
		}
	}
	return nil
}
