-- What was settled about suggestions, replies and changes: one outcome per subject and category, scores, and the examples that were
-- curated from them. A correction adds the failure that was missing and names in supersedes the success that it corrects, so that
-- subjects are outcomes less corrections.

CREATE TABLE IF NOT EXISTS outcomes_daily{{.OnCluster}}
(
    day Date,
    org LowCardinality(String),
    environment LowCardinality(String),
    domain LowCardinality(String),
    category LowCardinality(String),
    signal LowCardinality(String),
    severity LowCardinality(String),
    cwe LowCardinality(String),
    model LowCardinality(String),
    model_version LowCardinality(String),
    feature LowCardinality(String),
    language LowCardinality(String),
    outcomes UInt64,
    failures UInt64,
    corrections UInt64,
    weight Float64,
    weight_failed Float64,
    weight_corrected Float64,
    scored UInt64,
    score_sum Float64
)
ENGINE = {{.Engine "SummingMergeTree"}}
PARTITION BY toYYYYMM(day)
ORDER BY (org, day, environment, domain, category, signal, severity, cwe, model, model_version, feature, language)
{{.Dedup}};

CREATE MATERIALIZED VIEW IF NOT EXISTS outcomes_daily_mv{{.OnCluster}} TO outcomes_daily AS
SELECT
    toDate(occurred_at) AS day,
    org, environment, domain, category, signal, severity, cwe, model, model_version, feature, language,
    count() AS outcomes,
    countIf(kind = 'failure') AS failures,
    countIf(supersedes != '') AS corrections,
    sum(o.weight) AS weight,
    sumIf(o.weight, kind = 'failure') AS weight_failed,
    sumIf(o.weight, supersedes != '') AS weight_corrected,
    countIf(score IS NOT NULL) AS scored,
    sum(coalesce(score, 0)) AS score_sum
FROM outcomes AS o
GROUP BY day, org, environment, domain, category, signal, severity, cwe, model, model_version, feature, language;

-- Subjects by weight and the share of them that failed.
CREATE VIEW IF NOT EXISTS failure_rates{{.OnCluster}} AS
SELECT
    org, environment, model, model_version, feature, language, category,
    sum(t.weight) - sum(t.weight_corrected) AS subjects,
    sum(t.weight_failed) AS failed,
    if(subjects <= 0, NULL, failed / subjects) AS failure_rate
FROM outcomes_daily AS t
WHERE category != 'suggestion'
GROUP BY org, environment, model, model_version, feature, language, category;

-- Failures by what failed.
CREATE VIEW IF NOT EXISTS failures_by_signal{{.OnCluster}} AS
SELECT org, environment, model, feature, language, category, signal, severity, cwe, sum(t.failures) AS failures
FROM outcomes_daily AS t
WHERE t.failures > 0 AND category != 'suggestion'
GROUP BY org, environment, model, feature, language, category, signal, severity, cwe;

-- The scores of suggestions, the last one of each.
CREATE VIEW IF NOT EXISTS suggestion_scores{{.OnCluster}} AS
SELECT
    org, environment, suggestion_id,
    argMax(o.score, o._log_time) AS score,
    argMax(o.model, o._log_time) AS model,
    argMax(o.feature, o._log_time) AS feature,
    argMax(o.language, o._log_time) AS language,
    argMax(o.attributes['score_before_survival'], o._log_time) AS before,
    argMax(o.attributes['survival'], o._log_time) AS left,
    if(before = '', NULL, toFloat64(before)) AS score_before_survival,
    if(left = '', NULL, toFloat64(left)) AS survival
FROM outcomes AS o
WHERE category = 'suggestion'
GROUP BY org, environment, suggestion_id;

-- How well the score foresees survival: the reliability diagram of the score before survival was known against whether at least
-- half of the suggestion was still there, and its part of the Brier score (Brier 1950), by tenths of the score.
CREATE VIEW IF NOT EXISTS score_calibration{{.OnCluster}} AS
SELECT
    org, environment, toUInt8(least(9, floor(score_before_survival * 10))) AS tenth,
    count() AS suggestions,
    avg(score_before_survival) AS foreseen,
    countIf(survival >= 0.5) / count() AS kept,
    avg(pow(score_before_survival - toFloat64(survival >= 0.5), 2)) AS brier
FROM suggestion_scores
WHERE score_before_survival IS NOT NULL AND survival IS NOT NULL
GROUP BY org, environment, tenth;

-- The examples in the buffers, and what people say of them.
CREATE VIEW IF NOT EXISTS examples_current{{.OnCluster}} AS
SELECT
    org, environment, domain, suggestion_id,
    argMaxIf(x.label, x._log_time, kind = 'added') AS label,
    argMaxIf(x.score, x._log_time, kind = 'added') AS score,
    argMaxIf(x.inclusion_probability, x._log_time, kind = 'added') AS inclusion_probability,
    argMaxIf(x.content_event_id, x._log_time, kind = 'added') AS content_event_id,
    argMaxIf(x.content_topic, x._log_time, kind = 'added') AS content_topic,
    argMaxIf(x.language, x._log_time, kind = 'added') AS language,
    maxIf(x._log_time, kind = 'added') AS added_at,
    countIf(kind = 'review_requested') > 0 AS review_requested,
    argMaxIf(x.verdict, x._log_time, kind = 'reviewed') AS verdict
FROM curated_examples AS x
GROUP BY org, environment, domain, suggestion_id
HAVING countIf(kind = 'added') > countIf(kind = 'removed');

CREATE VIEW IF NOT EXISTS examples_to_review{{.OnCluster}} AS
SELECT org, environment, domain, suggestion_id, label, score, added_at
FROM examples_current
WHERE review_requested AND verdict = '';

-- The sealed texts of the examples in the buffers, and of nothing else, for those who may read this view: it reads with the rights of
-- whoever migrates. Opening them takes the keys besides.
CREATE VIEW IF NOT EXISTS example_contents{{.OnCluster}} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT x.org, x.environment, x.domain, x.suggestion_id, x.label, x.score, x.inclusion_probability, x.language, x.verdict, x.added_at, c.event_id AS event_id, c.sealed AS sealed, c.seal_key_id AS seal_key_id
FROM examples_current AS x
INNER JOIN code_events AS c ON c.org = x.org AND c.event_id = x.content_event_id
WHERE x.content_topic = 'assistant.code' AND c.sealed != '';
