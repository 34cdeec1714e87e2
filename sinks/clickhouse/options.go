package clickhouse

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Options say which ClickHouse to use; the tags are kong's.
type Options struct {
	DSN      string `name:"clickhouse" env:"ASSAY_CLICKHOUSE" default:"clickhouse://assay@127.0.0.1:9000/assay" help:"ClickHouse, as clickhouse://user@host:9000/database?secure=true."`
	Password string `name:"clickhouse-password" env:"ASSAY_CLICKHOUSE_PASSWORD" help:"Password, where the address has none."`
	Cluster  string `name:"clickhouse-cluster" env:"ASSAY_CLICKHOUSE_CLUSTER" help:"Cluster whose nodes all get the tables, replicated."`
}

const (
	dialTimeout = 5 * time.Second
	readTimeout = time.Minute
)

// native is the driver's form of the options. Errors don't repeat the address: it may hold a password.
func (o Options) native() (*clickhouse.Options, error) {
	opt, err := clickhouse.ParseDSN(o.DSN)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err
		}
		return nil, fmt.Errorf("read the address of ClickHouse: %w; it looks like clickhouse://user@host:9000/assay", err)
	}
	if opt.Auth.Database == "" {
		return nil, errors.New("the address of ClickHouse names no database; it looks like clickhouse://user@host:9000/assay")
	}
	if opt.Auth.Password == "" {
		opt.Auth.Password = o.Password
	}
	opt.DialTimeout = dialTimeout
	opt.ReadTimeout = readTimeout
	opt.MaxOpenConns = 16
	opt.MaxIdleConns = 8
	return opt, nil
}
