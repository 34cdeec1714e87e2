-- What becomes of accepted code: survival by checkpoint, measured by Assay (from sketches) and reported by clients side by side and
-- never mixed; final verdicts; 14-day churn; Kaplan-Meier survival curves.

CREATE TABLE IF NOT EXISTS rework_survival_daily{{.OnCluster}}
(
    day Date,
    org LowCardinality(String),
    environment LowCardinality(String),
    reported Bool COMMENT 'True where a client measured it, as against Assay.',
    method LowCardinality(String),
    model LowCardinality(String),
    model_version LowCardinality(String),
    language LowCardinality(String),
    feature LowCardinality(String),
    task LowCardinality(String),
    checkpoint_s Int32 COMMENT 'Seconds after acceptance.',
    n UInt64,
    survival_sum Float64,
    untouched UInt64 COMMENT 'All of it survives.',
    mostly_unchanged UInt64 COMMENT 'Less than 0.33 changed: Cody''s limit, on its relative Levenshtein distance.',
    in_place_sum Float64,
    four_gram_sum Float64,
    four_gram_n UInt64
)
ENGINE = {{.Engine "SummingMergeTree"}}
PARTITION BY toYYYYMM(day)
ORDER BY (org, day, environment, reported, method, model, model_version, language, feature, task, checkpoint_s)
{{.Dedup}};

CREATE MATERIALIZED VIEW IF NOT EXISTS rework_survival_daily_mv{{.OnCluster}} TO rework_survival_daily AS
SELECT
    toDate(occurred_at) AS day,
    org, environment, reported, method, model, model_version, language, feature, task,
    assumeNotNull(v.checkpoint_s) AS checkpoint_s,
    count() AS n,
    sum(assumeNotNull(survival)) AS survival_sum,
    countIf(survival = 1) AS untouched,
    countIf(1 - survival < 0.33) AS mostly_unchanged,
    sum(coalesce(survival_in_place, 0)) AS in_place_sum,
    sum(coalesce(four_gram, 0)) AS four_gram_sum,
    countIf(four_gram IS NOT NULL) AS four_gram_n
FROM rework_verdicts AS v
WHERE kind = 'checkpoint' AND survival IS NOT NULL AND v.checkpoint_s IS NOT NULL
GROUP BY day, org, environment, reported, method, model, model_version, language, feature, task, checkpoint_s;

CREATE VIEW IF NOT EXISTS survival_by_checkpoint{{.OnCluster}} AS
SELECT
    org, reported, method, model, model_version, language, feature, checkpoint_s,
    sum(t.n) AS n,
    sum(t.survival_sum) / n AS mean_survival,
    sum(t.untouched) / n AS share_untouched,
    1 - sum(t.mostly_unchanged) / n AS share_third_changed,
    if(sum(t.four_gram_n) = 0, NULL, sum(t.four_gram_sum) / sum(t.four_gram_n)) AS mean_four_gram
FROM rework_survival_daily AS t
GROUP BY org, reported, method, model, model_version, language, feature, checkpoint_s;

CREATE TABLE IF NOT EXISTS rework_final_daily{{.OnCluster}}
(
    day Date,
    org LowCardinality(String),
    environment LowCardinality(String),
    kind LowCardinality(String) COMMENT 'final, or censored: no verdict will come.',
    verdict LowCardinality(String),
    censor_reason LowCardinality(String),
    model LowCardinality(String),
    model_version LowCardinality(String),
    language LowCardinality(String),
    feature LowCardinality(String),
    suggestions UInt64,
    lines UInt64,
    tokens UInt64,
    tokens_lost Float64 COMMENT 'Accepted tokens that survive nowhere.'
)
ENGINE = {{.Engine "SummingMergeTree"}}
PARTITION BY toYYYYMM(day)
ORDER BY (org, day, environment, kind, verdict, censor_reason, model, model_version, language, feature)
{{.Dedup}};

CREATE MATERIALIZED VIEW IF NOT EXISTS rework_final_daily_mv{{.OnCluster}} TO rework_final_daily AS
SELECT
    toDate(coalesce(accepted_at, occurred_at)) AS day,
    org, environment, kind, verdict, censor_reason, model, model_version, language, feature,
    count() AS suggestions,
    sum(toUInt64(coalesce(v.lines, 0))) AS lines,
    sum(toUInt64(coalesce(v.tokens, 0))) AS tokens,
    sum(coalesce(v.tokens, 0) * (1 - coalesce(survival, 1))) AS tokens_lost
FROM rework_verdicts AS v
WHERE kind IN ('final', 'censored') AND NOT reported
GROUP BY day, org, environment, kind, verdict, censor_reason, model, model_version, language, feature;

-- Rework is rewritten, deleted or reverted. Days are those of acceptance.
CREATE VIEW IF NOT EXISTS rework_by_model{{.OnCluster}} AS
SELECT
    org, model, model_version, language, feature,
    sumIf(t.suggestions, t.kind = 'final') AS judged,
    sumIf(t.suggestions, t.kind = 'censored') AS censored,
    sumIf(t.suggestions, t.kind = 'final' AND t.verdict = 'kept') AS kept,
    sumIf(t.suggestions, t.kind = 'final' AND t.verdict = 'moved') AS moved,
    sumIf(t.suggestions, t.kind = 'final' AND t.verdict = 'rewritten') AS rewritten,
    sumIf(t.suggestions, t.kind = 'final' AND t.verdict = 'deleted') AS deleted,
    sumIf(t.suggestions, t.kind = 'final' AND t.verdict = 'reverted') AS reverted,
    if(judged = 0, NULL, (rewritten + deleted + reverted) / judged) AS share_reworked
FROM rework_final_daily AS t
GROUP BY org, model, model_version, language, feature;

-- Churn: the share of what was accepted in a week that did not survive 14 days, by tokens (GitClear's churn counts lines
-- of any author that were changed or deleted within two weeks, moves and reformatting included).
CREATE VIEW IF NOT EXISTS churn_14d{{.OnCluster}} AS
SELECT
    org, toMonday(t.day) AS week, model, language,
    sum(t.tokens) AS accepted_tokens,
    if(accepted_tokens = 0, NULL, sum(t.tokens_lost) / accepted_tokens) AS churn
FROM rework_final_daily AS t
WHERE t.kind = 'final'
GROUP BY org, week, model, language;

-- Kaplan-Meier estimate of the share of suggestions that are not yet reworked at an age (Kaplan and Meier: Nonparametric
-- Estimation from Incomplete Observations, JASA 1958). The event is the first observation as rewritten, deleted or reverted; where a
-- client reports survival alone, the first one with 0.33 or more changed. Suggestions leave without it at their last observation.
CREATE VIEW IF NOT EXISTS survival_curves{{.OnCluster}} AS
WITH
    suggestions AS
    (
        SELECT
            org, reported, method, model, language, feature, file_id, suggestion_id, accepted_at,
            minIf(v.age_s, is_event) AS event_s,
            max(v.age_s) AS last_s,
            max(is_event) AS happened
        FROM
        (
            SELECT
                org, reported, method, model, language, feature, file_id, suggestion_id, accepted_at,
                assumeNotNull(r.age_s) AS age_s,
                kind != 'censored' AND if(reported, 1 - coalesce(survival, 1) >= 0.33, verdict IN ('rewritten', 'deleted', 'reverted')) AS is_event
            FROM rework_verdicts AS r
            WHERE r.age_s IS NOT NULL
        ) AS v
        GROUP BY org, reported, method, model, language, feature, file_id, suggestion_id, accepted_at
    ),
    ages AS
    (
        SELECT
            org, reported, method, model, language, feature,
            if(happened, event_s, last_s) AS age_s,
            countIf(happened) AS reworked,
            count() AS leaving
        FROM suggestions
        GROUP BY org, reported, method, model, language, feature, age_s
    ),
    risks AS
    (
        SELECT *, sum(leaving) OVER (PARTITION BY org, reported, method, model, language, feature ORDER BY age_s DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS at_risk
        FROM ages
    )
SELECT
    org, reported, method, model, language, feature, age_s, at_risk, reworked,
    exp(sum(log(1 - reworked / at_risk)) OVER (PARTITION BY org, reported, method, model, language, feature ORDER BY age_s
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS not_reworked
FROM risks;
