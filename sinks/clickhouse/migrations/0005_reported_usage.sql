-- What vendors report of usage, beside and never mixed with what is counted from events, and delivery as code hosts and on-call
-- services tell it.

-- One figure per day: where a vendor corrected it, the one that was pulled last. A row is the total or of one breakdown, which need
-- not add up: choose one breakdown, never sum over them. Figures of single users are left out.
CREATE VIEW IF NOT EXISTS usage_reported{{.OnCluster}} AS
SELECT
    toDate(occurred_at) AS day,
    org, source,
    attributes['scope'] AS scope,
    attributes['github_id'] AS reported_of,
    metric, breakdown, unit,
    argMax(e.value, (_log_time, _offset)) AS value
FROM code_events AS e
WHERE kind = 'usage_reported' AND reported AND period_s = 86400 AND attributes['scope'] IN ('organization', 'enterprise')
GROUP BY day, org, source, scope, reported_of, metric, breakdown, unit;

-- The same of single users, in groups of at least five.
CREATE VIEW IF NOT EXISTS usage_reported_of_users{{.OnCluster}} AS
SELECT
    day, org, source, metric, breakdown, unit,
    count() AS users,
    countIf(latest > 0) AS users_above_0,
    sum(latest) AS value,
    quantileExact(0.5)(latest) AS median
FROM
(
    SELECT toDate(occurred_at) AS day, org, source, metric, breakdown, unit, user_token, argMax(e.value, (_log_time, _offset)) AS latest
    FROM code_events AS e
    WHERE kind = 'usage_reported' AND reported AND period_s = 86400 AND attributes['scope'] = 'user'
    GROUP BY day, org, source, metric, breakdown, unit, user_token
)
GROUP BY day, org, source, metric, breakdown, unit
HAVING users >= 5;

-- Copilot's own acceptance of a day. Where it reports more acceptances than generations there is no rate; a rate of several days is
-- sum(accepted) / sum(generated), not the mean of the days'.
CREATE VIEW IF NOT EXISTS copilot_acceptance_reported{{.OnCluster}} AS
SELECT
    day, org, scope, reported_of, breakdown,
    sumIf(u.value, metric = 'code_generation_activity_count') AS generated,
    sumIf(u.value, metric = 'code_acceptance_activity_count') AS accepted,
    if(generated = 0 OR accepted > generated, NULL, accepted / generated) AS rate
FROM usage_reported AS u
WHERE source = 'copilot_metrics' AND metric IN ('code_generation_activity_count', 'code_acceptance_activity_count')
GROUP BY day, org, scope, reported_of, breakdown;

-- Changes that were merged: from opening to merging, to the first review by another person, and to production, which is the first
-- successful deployment of the repository to production afterwards. DORA's lead time begins at the commit and this one at the
-- opening, since squashing loses the commits.
CREATE VIEW IF NOT EXISTS delivery_changes{{.OnCluster}} AS
SELECT
    org, change_id, repo_token, merged_at, open_s, first_review_s, reverted,
    if(deployed_at < merged_at, NULL, deployed_at) AS deployed_at,
    if(deployed_at < merged_at, NULL, dateDiff('second', merged_at, deployed_at) + open_s) AS lead_time_s
FROM
(
    SELECT
        org, change_id,
        anyIf(c.repo_token, kind = 'change_merged') AS repo_token,
        minIf(occurred_at, kind = 'change_merged') AS merged_at,
        anyIf(assumeNotNull(c.duration_ms), kind = 'change_merged') / 1000 AS open_s,
        minIf(c.duration_ms, kind = 'review_submitted' AND reviewer_token != author_token) / 1000 AS first_review_s,
        countIf(kind = 'change_reverted') > 0 AS reverted
    FROM change_events AS c
    WHERE kind IN ('change_merged', 'review_submitted', 'change_reverted')
    GROUP BY org, change_id
    HAVING countIf(kind = 'change_merged') > 0
) AS m
ASOF LEFT JOIN
(
    SELECT org, repo_token, occurred_at AS deployed_at
    FROM change_events
    WHERE kind = 'deployment' AND succeeded AND (attributes['tier'] = 'production' OR lower(deployment_target) IN ('production', 'prod', 'live'))
) AS d ON m.org = d.org AND m.repo_token = d.repo_token AND d.deployed_at >= m.merged_at;

-- Incidents by their last word: one that was reopened is open, and what its resolution said no longer holds. One that was merged into
-- another, or closed as no incident, has no time to restore.
CREATE VIEW IF NOT EXISTS delivery_incidents{{.OnCluster}} AS
SELECT
    org, source, incident_id,
    min(occurred_at) AS first_event,
    argMax(severity, occurred_at) AS severity,
    argMaxIf(kind, (occurred_at, kind = 'incident_resolved'), kind IN ('incident_opened', 'incident_resolved')) = 'incident_resolved' AS resolved,
    argMaxIf(c.reason, (occurred_at, kind = 'incident_resolved'), kind IN ('incident_opened', 'incident_resolved')) AS reason,
    if(resolved, argMaxIf(tuple(c.duration_ms), occurred_at, kind = 'incident_resolved').1 / 1000, NULL) AS restore_s
FROM change_events AS c
WHERE incident_id != ''
GROUP BY org, source, incident_id
HAVING countIf(kind IN ('incident_opened', 'incident_resolved')) > 0;

-- DORA's measures of a week that can be told without knowing which deployment an incident comes from: deployments to production,
-- the share of them that failed, and the share of merged changes that were reverted.
CREATE VIEW IF NOT EXISTS delivery_weekly{{.OnCluster}} AS
SELECT
    toMonday(toDate(occurred_at)) AS week,
    org, repo_token,
    uniqExactIf(deployment_id, c.succeeded AND production) AS deployed,
    uniqExactIf(deployment_id, NOT c.succeeded AND production) AS failed,
    if(deployed + failed = 0, NULL, failed / (deployed + failed)) AS share_failed,
    uniqExactIf(change_id, kind = 'change_merged') AS merged,
    uniqExactIf(change_id, kind = 'change_reverted') AS reverted
FROM
(
    SELECT occurred_at, org, repo_token, kind, change_id, deployment_id, succeeded,
        kind = 'deployment' AND (attributes['tier'] = 'production' OR lower(deployment_target) IN ('production', 'prod', 'live')) AS production
    FROM change_events
) AS c
WHERE kind IN ('deployment', 'change_merged', 'change_reverted')
GROUP BY week, org, repo_token;
