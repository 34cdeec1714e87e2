-- Acceptance, by hour and dimension and by session. Definitions (Mozannar et al., CHI 2024): a showing
-- counts once, so reshown and browsed are not showings; rate = accepted / shown; rate_decided = accepted / decided.
-- What configuration, a hook or a timeout accepted is not acceptance by a person. `events` counts every row of
-- code_events, so that its sum equals the raw table's count.

CREATE TABLE IF NOT EXISTS acceptance_hourly{{.OnCluster}}
(
    hour DateTime('UTC'),
    org LowCardinality(String),
    environment LowCardinality(String),
    source LowCardinality(String),
    model LowCardinality(String),
    model_version LowCardinality(String),
    language LowCardinality(String),
    feature LowCardinality(String),
    task LowCardinality(String),
    events UInt64,
    shown UInt64,
    accepted UInt64 COMMENT 'By a person.',
    accepted_automatically UInt64 COMMENT 'By configuration, a hook or a timeout.',
    partially_accepted UInt64,
    rejected UInt64,
    dismissed UInt64,
    latency_ms_sum Int64 COMMENT 'Request to display, of showings that say it.',
    latency_count UInt64,
    decision_ms_sum Int64 COMMENT 'Display to acceptance, of acceptances that say it.',
    decision_count UInt64
)
ENGINE = {{.Engine "SummingMergeTree"}}
PARTITION BY toYYYYMM(hour)
ORDER BY (org, hour, environment, source, model, model_version, language, feature, task)
{{.Dedup}};

CREATE MATERIALIZED VIEW IF NOT EXISTS acceptance_hourly_mv{{.OnCluster}} TO acceptance_hourly AS
SELECT
    toStartOfHour(occurred_at) AS hour,
    org, environment, source, model, model_version, language, feature, task,
    count() AS events,
    countIf(kind = 'suggestion_shown') AS shown,
    countIf(kind = 'suggestion_accepted' AND decided_by IN ('human', 'unknown')) AS accepted,
    countIf(kind = 'suggestion_accepted' AND decided_by NOT IN ('human', 'unknown')) AS accepted_automatically,
    countIf(kind = 'suggestion_partially_accepted') AS partially_accepted,
    countIf(kind = 'suggestion_rejected') AS rejected,
    countIf(kind = 'suggestion_dismissed') AS dismissed,
    sumIf(coalesce(latency_ms, 0), kind = 'suggestion_shown') AS latency_ms_sum,
    countIf(kind = 'suggestion_shown' AND latency_ms IS NOT NULL) AS latency_count,
    sumIf(coalesce(decision_ms, 0), kind = 'suggestion_accepted') AS decision_ms_sum,
    countIf(kind = 'suggestion_accepted' AND decision_ms IS NOT NULL) AS decision_count
FROM code_events
GROUP BY hour, org, environment, source, model, model_version, language, feature, task;

CREATE TABLE IF NOT EXISTS acceptance_sessions{{.OnCluster}}
(
    org LowCardinality(String),
    session_id String,
    task LowCardinality(String),
    source LowCardinality(String),
    model LowCardinality(String),
    events SimpleAggregateFunction(sum, UInt64),
    shown SimpleAggregateFunction(sum, UInt64),
    accepted SimpleAggregateFunction(sum, UInt64),
    accepted_automatically SimpleAggregateFunction(sum, UInt64),
    partially_accepted SimpleAggregateFunction(sum, UInt64),
    rejected SimpleAggregateFunction(sum, UInt64),
    dismissed SimpleAggregateFunction(sum, UInt64),
    first_event SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_event SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = {{.Engine "AggregatingMergeTree"}}
ORDER BY (org, session_id, task, source, model)
{{.Dedup}};

CREATE MATERIALIZED VIEW IF NOT EXISTS acceptance_sessions_mv{{.OnCluster}} TO acceptance_sessions AS
SELECT
    org, session_id, task, source, model,
    count() AS events,
    countIf(kind = 'suggestion_shown') AS shown,
    countIf(kind = 'suggestion_accepted' AND decided_by IN ('human', 'unknown')) AS accepted,
    countIf(kind = 'suggestion_accepted' AND decided_by NOT IN ('human', 'unknown')) AS accepted_automatically,
    countIf(kind = 'suggestion_partially_accepted') AS partially_accepted,
    countIf(kind = 'suggestion_rejected') AS rejected,
    countIf(kind = 'suggestion_dismissed') AS dismissed,
    min(occurred_at) AS first_event,
    max(occurred_at) AS last_event
FROM code_events
GROUP BY org, session_id, task, source, model;

CREATE VIEW IF NOT EXISTS acceptance_by_model{{.OnCluster}} AS
SELECT
    org, model, model_version,
    sum(t.shown) AS shown,
    sum(t.accepted) AS accepted,
    sum(t.partially_accepted) AS partially_accepted,
    sum(t.rejected) AS rejected,
    sum(t.dismissed) AS dismissed,
    accepted + partially_accepted + rejected + dismissed AS decided,
    if(shown = 0, NULL, accepted / shown) AS rate,
    if(decided = 0, NULL, accepted / decided) AS rate_decided
FROM acceptance_hourly AS t
GROUP BY org, model, model_version
HAVING shown + decided > 0;

CREATE VIEW IF NOT EXISTS acceptance_by_language{{.OnCluster}} AS
SELECT
    org, language,
    sum(t.shown) AS shown,
    sum(t.accepted) AS accepted,
    sum(t.partially_accepted) AS partially_accepted,
    sum(t.rejected) AS rejected,
    sum(t.dismissed) AS dismissed,
    accepted + partially_accepted + rejected + dismissed AS decided,
    if(shown = 0, NULL, accepted / shown) AS rate,
    if(decided = 0, NULL, accepted / decided) AS rate_decided
FROM acceptance_hourly AS t
GROUP BY org, language
HAVING shown + decided > 0;

CREATE VIEW IF NOT EXISTS acceptance_by_feature{{.OnCluster}} AS
SELECT
    org, feature,
    sum(t.shown) AS shown,
    sum(t.accepted) AS accepted,
    sum(t.partially_accepted) AS partially_accepted,
    sum(t.rejected) AS rejected,
    sum(t.dismissed) AS dismissed,
    accepted + partially_accepted + rejected + dismissed AS decided,
    if(shown = 0, NULL, accepted / shown) AS rate,
    if(decided = 0, NULL, accepted / decided) AS rate_decided
FROM acceptance_hourly AS t
GROUP BY org, feature
HAVING shown + decided > 0;

CREATE VIEW IF NOT EXISTS acceptance_by_task{{.OnCluster}} AS
SELECT
    org, task,
    sum(t.shown) AS shown,
    sum(t.accepted) AS accepted,
    sum(t.partially_accepted) AS partially_accepted,
    sum(t.rejected) AS rejected,
    sum(t.dismissed) AS dismissed,
    accepted + partially_accepted + rejected + dismissed AS decided,
    if(shown = 0, NULL, accepted / shown) AS rate,
    if(decided = 0, NULL, accepted / decided) AS rate_decided
FROM acceptance_hourly AS t
GROUP BY org, task
HAVING shown + decided > 0;

CREATE VIEW IF NOT EXISTS acceptance_by_source{{.OnCluster}} AS
SELECT
    org, source,
    sum(t.shown) AS shown,
    sum(t.accepted) AS accepted,
    sum(t.partially_accepted) AS partially_accepted,
    sum(t.rejected) AS rejected,
    sum(t.dismissed) AS dismissed,
    accepted + partially_accepted + rejected + dismissed AS decided,
    if(shown = 0, NULL, accepted / shown) AS rate,
    if(decided = 0, NULL, accepted / decided) AS rate_decided
FROM acceptance_hourly AS t
GROUP BY org, source
HAVING shown + decided > 0;

CREATE VIEW IF NOT EXISTS acceptance_by_session{{.OnCluster}} AS
SELECT
    org, session_id, task, source, model,
    min(t.first_event) AS first_event,
    max(t.last_event) AS last_event,
    sum(t.shown) AS shown,
    sum(t.accepted) AS accepted,
    sum(t.partially_accepted) AS partially_accepted,
    sum(t.rejected) AS rejected,
    sum(t.dismissed) AS dismissed,
    accepted + partially_accepted + rejected + dismissed AS decided,
    if(shown = 0, NULL, accepted / shown) AS rate,
    if(decided = 0, NULL, accepted / decided) AS rate_decided
FROM acceptance_sessions AS t
GROUP BY org, session_id, task, source, model
HAVING shown + decided > 0;
