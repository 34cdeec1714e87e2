// Package clickhouse holds the ClickHouse configuration that production (docker-compose.yml mounts it) and the
// embedded server share. It must not hold code.
package clickhouse

import _ "embed"

// Users is users.xml: the users, their limits and what each may read. Passwords come from the server's environment:
// ASSAY_CLICKHOUSE_PASSWORD, _ANALYST_PASSWORD, _SECURITY_PASSWORD and _ML_PASSWORD (each ASSAY_CLICKHOUSE…).
//
//go:embed users.xml
var Users []byte
