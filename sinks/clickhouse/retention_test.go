package clickhouse_test

import (
	"fmt"
	"testing"

	"github.com/assayhq/assay/sinks/clickhouse"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

// What is sealed is gone 30 days after it arrived, an event after 400 days, a dead letter after 90.
func TestRetention(t *testing.T) {
	o := embeddedtest.Options(t)
	if _, err := clickhouse.Migrate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	db := embeddedtest.Open(t, o)
	exec := func(sql string) {
		t.Helper()
		if _, err := db.Query(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	for table, want := range map[string]string{"code_events": "[[10 ] [29 x]]", "chat_events": "[[10 ] [29 x]]", "change_events": "[[10 ] [29 x]]", "dead_letters": "[[10 x] [29 x]]"} {
		id := map[string]uint{"10": 31, "29": 29, "99": 401}
		for name, days := range id {
			exec(fmt.Sprintf("INSERT INTO %s (event_id, occurred_at, sealed, _log_time) VALUES ('%s', '2026-01-01', 'x', now() - INTERVAL %d DAY)", table, name, days))
		}
		exec("OPTIMIZE TABLE " + table + " FINAL")
		got, err := db.Query(t.Context(), "SELECT event_id, sealed FROM "+table+" ORDER BY event_id")
		if err != nil || fmt.Sprint(got.Rows) != want {
			t.Errorf("%s: %v, %v, want %s", table, got, err, want)
		}
	}
}

// A team is shown if it has five people; smaller ones are one group, which must have five, too.
func TestGroupsOfPeople(t *testing.T) {
	o := embeddedtest.Options(t)
	if _, err := clickhouse.Migrate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	db := embeddedtest.Open(t, o)
	for _, team := range []struct {
		org, team string
		people    int
	}{{"acme", "large", 5}, {"acme", "a", 2}, {"acme", "b", 3}, {"globex", "c", 4}} {
		if _, err := db.Query(t.Context(), fmt.Sprintf(`INSERT INTO code_events (event_id, occurred_at, org, kind, user_token, team_token, decided_by, _log_time)
			SELECT concat('%[1]s', '%[2]s', toString(number)), now(), '%[1]s', if(number < %[3]d, 'suggestion_shown', 'suggestion_accepted'), concat('%[2]s', toString(number %% %[3]d)), '%[2]s', 'human', now()
			FROM numbers(%[3]d + 1)`, team.org, team.team, team.people)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Query(t.Context(), "SELECT org, team, toInt64(people), toInt64(shown), toInt64(accepted), rate FROM acceptance_by_team ORDER BY team")
	if err != nil || len(got.Rows) != 2 || fmt.Sprint(got.Rows[0][:5]) != "[acme large 5 5 1]" || fmt.Sprint(got.Rows[1][:5]) != "[acme small teams 5 5 2]" {
		t.Errorf("got %v, %v", got, err)
	}
}
