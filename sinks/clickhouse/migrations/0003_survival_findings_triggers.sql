-- Survival as clients report it, findings per day, and the log of retraining triggers.

CREATE TABLE IF NOT EXISTS survival_reported_daily{{.OnCluster}}
(
    day Date,
    org LowCardinality(String),
    environment LowCardinality(String),
    model LowCardinality(String),
    model_version LowCardinality(String),
    language LowCardinality(String),
    feature LowCardinality(String),
    task LowCardinality(String),
    checkpoint_s Int32 COMMENT 'Seconds after acceptance.',
    n UInt64,
    survival_sum Float64,
    kept UInt64 COMMENT 'At least half survives: the limit of Copilot''s stillInCodeFraction.',
    untouched UInt64
)
ENGINE = {{.Engine "SummingMergeTree"}}
PARTITION BY toYYYYMM(day)
ORDER BY (org, day, environment, model, model_version, language, feature, task, checkpoint_s)
{{.Dedup}};

CREATE MATERIALIZED VIEW IF NOT EXISTS survival_reported_daily_mv{{.OnCluster}} TO survival_reported_daily AS
SELECT
    toDate(occurred_at) AS day,
    org, environment, model, model_version, language, feature, task,
    assumeNotNull(e.checkpoint_s) AS checkpoint_s,
    count() AS n,
    sum(assumeNotNull(survival)) AS survival_sum,
    countIf(survival >= 0.5) AS kept,
    countIf(survival = 1) AS untouched
FROM code_events AS e
WHERE kind = 'survival_observed' AND reported AND survival IS NOT NULL AND e.checkpoint_s IS NOT NULL
GROUP BY day, org, environment, model, model_version, language, feature, task, checkpoint_s;

CREATE VIEW IF NOT EXISTS survival_reported{{.OnCluster}} AS
SELECT
    org, model, model_version, language, feature, task, checkpoint_s,
    sum(t.n) AS n,
    sum(t.survival_sum) / n AS mean_survival,
    sum(t.kept) / n AS share_kept,
    sum(t.untouched) AS untouched
FROM survival_reported_daily AS t
GROUP BY org, model, model_version, language, feature, task, checkpoint_s;

CREATE TABLE IF NOT EXISTS findings_daily{{.OnCluster}}
(
    day Date,
    org LowCardinality(String),
    environment LowCardinality(String),
    kind LowCardinality(String),
    rule_id LowCardinality(String),
    severity LowCardinality(String),
    origin LowCardinality(String),
    shadow Bool,
    model LowCardinality(String),
    language LowCardinality(String),
    feature LowCardinality(String),
    events UInt64
)
ENGINE = {{.Engine "SummingMergeTree"}}
PARTITION BY toYYYYMM(day)
ORDER BY (org, day, environment, kind, rule_id, severity, origin, shadow, model, language, feature)
{{.Dedup}};

CREATE MATERIALIZED VIEW IF NOT EXISTS findings_daily_mv{{.OnCluster}} TO findings_daily AS
SELECT
    toDate(occurred_at) AS day,
    org, environment, kind, rule_id, severity, origin, shadow, model, language, feature,
    count() AS events
FROM findings
GROUP BY day, org, environment, kind, rule_id, severity, origin, shadow, model, language, feature;

CREATE VIEW IF NOT EXISTS findings_by_rule{{.OnCluster}} AS
SELECT org, day, rule_id, severity, sum(events) AS findings
FROM findings_daily
WHERE kind = 'finding' AND NOT shadow
GROUP BY org, day, rule_id, severity;

CREATE VIEW IF NOT EXISTS trigger_log{{.OnCluster}} AS
SELECT
    occurred_at, org, domain, kind, rule_id, action, severity, episode_id,
    window_start, window_end, events, failures, rate, rate_lower, rate_upper, slo
FROM retrain_triggers
ORDER BY occurred_at;
