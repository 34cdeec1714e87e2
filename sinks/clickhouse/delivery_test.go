package clickhouse_test

import (
	"testing"
	"time"

	"github.com/assayhq/assay/schemas"
	"github.com/assayhq/assay/sinks/clickhouse/embedded/embeddedtest"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday

// at returns what all events of these tests share, minutes after the morning began.
func at(id string, minutes int) schemas.Envelope {
	return schemas.Envelope{EventID: id, OccurredAt: morning.Add(time.Duration(minutes) * time.Minute), Source: "github", Org: "acme"}
}

func seconds(n int64) schemas.Opt[int64] { return schemas.Some(n * 1000) }

func TestDeliveryViews(t *testing.T) {
	db := embeddedtest.New(t)
	deployment := func(id string, minutes int, target string, good bool) schemas.Event {
		return &schemas.ChangeEvent{Envelope: at(id, minutes), Kind: schemas.ChangeDeployment, ChangeID: id, DeploymentID: id, RepoToken: "r",
			DeploymentTarget: target, Succeeded: schemas.Some(good)}
	}
	incident := func(id, of string, minutes int, kind schemas.ChangeKind, restore schemas.Opt[int64]) schemas.Event {
		return &schemas.ChangeEvent{Envelope: at(id, minutes), Kind: kind, ChangeID: of, IncidentID: of, DurationMs: restore}
	}
	b := batchOf(t, []schemas.Event{
		&schemas.ChangeEvent{Envelope: at("1", 10), Kind: schemas.ChangeReviewSubmitted, ChangeID: "a", RepoToken: "r", AuthorToken: "ann", ReviewerToken: "ann", DurationMs: seconds(1)},
		&schemas.ChangeEvent{Envelope: at("2", 20), Kind: schemas.ChangeReviewSubmitted, ChangeID: "a", RepoToken: "r", AuthorToken: "ann", ReviewerToken: "bob", DurationMs: seconds(1200)},
		&schemas.ChangeEvent{Envelope: at("3", 30), Kind: schemas.ChangeChangeMerged, ChangeID: "a", RepoToken: "r", DurationMs: seconds(1800)},
		&schemas.ChangeEvent{Envelope: at("4", 50), Kind: schemas.ChangeChangeMerged, ChangeID: "b", RepoToken: "r", DurationMs: seconds(60)},
		&schemas.ChangeEvent{Envelope: at("5", 55), Kind: schemas.ChangeChangeReverted, ChangeID: "b", RepoToken: "r"},
		&schemas.ChangeEvent{Envelope: at("6", 5), Kind: schemas.ChangeChangeOpened, ChangeID: "c", RepoToken: "r"},
		deployment("too early", 25, "production", true), deployment("no production", 35, "staging", true), deployment("failed", 36, "Production", false),
		deployment("it", 40, "production", true),

		incident("i1", "reopened", 60, schemas.ChangeIncidentOpened, schemas.Opt[int64]{}),
		incident("i2", "reopened", 70, schemas.ChangeIncidentResolved, seconds(600)),
		incident("i3", "reopened", 80, schemas.ChangeIncidentOpened, schemas.Opt[int64]{}),
		incident("i4", "resolved", 90, schemas.ChangeIncidentResolved, seconds(900)),
		incident("i5", "resolved", 60, schemas.ChangeIncidentOpened, schemas.Opt[int64]{}),
		incident("i6", "merged", 90, schemas.ChangeIncidentResolved, schemas.Opt[int64]{}),
	})
	insert(t, db, b)
	expect(t, db, "SELECT open_s, first_review_s, lead_time_s, reverted FROM delivery_changes WHERE change_id = 'a'", "1800 1200 2400 0")
	expect(t, db, "SELECT count(), countIf(lead_time_s IS NULL), countIf(first_review_s IS NULL), countIf(reverted) FROM delivery_changes", "2 1 1 1")
	expect(t, db, "SELECT deployed, failed, round(share_failed, 6), merged, reverted FROM delivery_weekly WHERE week = '2026-03-02'", "2 1 0.333333 2 1")
	expect(t, db, "SELECT resolved, isNull(restore_s) FROM delivery_incidents WHERE incident_id = 'reopened'", "0 1")
	expect(t, db, "SELECT resolved, assumeNotNull(restore_s) FROM delivery_incidents WHERE incident_id = 'resolved'", "1 900")
	expect(t, db, "SELECT resolved, isNull(restore_s) FROM delivery_incidents WHERE incident_id = 'merged'", "1 1")
}

func TestReportedUsageViews(t *testing.T) {
	db := embeddedtest.New(t)
	figure := func(id, scope, user, metric, breakdown string, value float64) schemas.Event {
		e := &schemas.CodeEvent{Envelope: at(id, 0), Kind: schemas.CodeUsageReported, FileID: "f", Reported: true, Metric: metric, Unit: "count", Breakdown: breakdown,
			Value: schemas.Some(value), PeriodS: schemas.Some(int64(24 * 60 * 60)), UserToken: user, Attributes: map[string]string{"scope": scope}}
		e.Source = "copilot_metrics"
		return e
	}
	const generated, accepted = "code_generation_activity_count", "code_acceptance_activity_count"
	events := []schemas.Event{
		figure("1", "organization", "", generated, "total", 10), figure("2", "organization", "", generated, "total", 20), // corrected
		figure("3", "organization", "", accepted, "total", 5),
		figure("4", "organization", "", generated, "ide=vim", 3), figure("5", "organization", "", accepted, "ide=vim", 4),
	}
	for i, user := range []string{"a", "b", "c", "d", "e"} {
		events = append(events, figure("g"+user, "user", user, generated, "total", float64(i)))
	}
	for _, user := range []string{"a", "b", "c", "d"} {
		events = append(events, figure("a"+user, "user", user, accepted, "total", 1))
	}
	insert(t, db, batchOf(t, events))
	expect(t, db, "SELECT generated, accepted, rate FROM copilot_acceptance_reported WHERE breakdown = 'total'", "20 5 0.25")
	expect(t, db, "SELECT generated, accepted, isNull(rate) FROM copilot_acceptance_reported WHERE breakdown = 'ide=vim'", "3 4 1")
	expect(t, db, "SELECT metric = 'code_generation_activity_count', users, users_above_0, value, median FROM usage_reported_of_users", "1 5 4 10 2")
	expect(t, db, "SELECT count() FROM usage_reported", "4")
}
