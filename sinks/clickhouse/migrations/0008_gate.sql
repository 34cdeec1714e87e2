-- The merge gate: where every change stands and since when, how long it took, and how precise its rules are by triage.

-- The last decision about each change. Decisions of a change lie in one partition, so that their order is that of the log.
CREATE VIEW IF NOT EXISTS gate_current{{.OnCluster}} AS
SELECT
    org, change_id, repo_token, kind AS decision, occurred_at AS since, previous, severity, reasons, rule_ids, finding_ids, suggestion_ids,
    reviewer_token, reviewed_at, review_reason, commit_ids, incident_id, policy_hash, environment
FROM gate_decisions
ORDER BY _log_time DESC, _offset DESC
LIMIT 1 BY org, change_id;

-- When a change was opened, first decided, first blocked, first free to be merged, and free for good: seconds are those from
-- its opening. NULL: not yet, or not known.
CREATE VIEW IF NOT EXISTS gate_times{{.OnCluster}} AS
SELECT
    d.org AS org, d.change_id AS change_id, o.opened_at AS opened_at, d.first_decided_at AS first_decided_at, d.blocked_at AS blocked_at,
    d.free_at AS free_at, d.unblocked_at AS unblocked_at, d.decisions AS decisions,
    dateDiff('second', opened_at, first_decided_at) AS seconds_to_decision,
    dateDiff('second', opened_at, free_at) AS seconds_to_free,
    dateDiff('second', blocked_at, unblocked_at) AS seconds_blocked
FROM
(
    SELECT
        org, change_id,
        min(occurred_at) AS first_decided_at,
        minOrNullIf(occurred_at, kind = 'blocked') AS blocked_at,
        minOrNullIf(occurred_at, kind IN ('pass', 'approved')) AS free_at,
        maxOrNullIf(occurred_at, kind IN ('pass', 'approved') AND previous IN ('blocked', 'awaiting_review', 'rejected')) AS unblocked_at,
        uniqExact(event_id) AS decisions
    FROM gate_decisions
    GROUP BY org, change_id
) AS d
LEFT JOIN
(
    SELECT org, change_id, minOrNull(occurred_at) AS opened_at
    FROM gate_inputs
    WHERE kind = 'change_opened'
    GROUP BY org, change_id
) AS o ON o.org = d.org AND o.change_id = d.change_id;

-- Precision of each rule by the last triage of each finding, with its Wilson score interval at 95 %.
CREATE VIEW IF NOT EXISTS rule_precision{{.OnCluster}} AS
WITH 1.96 AS z
SELECT
    org, rule_id,
    countIf(verdict = 'true_positive') AS true_positives,
    countIf(verdict = 'false_positive') AS false_positives,
    true_positives + false_positives AS triaged,
    true_positives / triaged AS precision,
    (precision + z * z / (2 * triaged) - z * sqrt(precision * (1 - precision) / triaged + z * z / (4 * triaged * triaged))) / (1 + z * z / triaged) AS precision_lower,
    (precision + z * z / (2 * triaged) + z * sqrt(precision * (1 - precision) / triaged + z * z / (4 * triaged * triaged))) / (1 + z * z / triaged) AS precision_upper
FROM
(
    SELECT
        t.org AS org, t.finding_id AS finding_id, t.verdict AS verdict,
        if(t.rule_id != '', t.rule_id, f.rule_id) AS rule_id
    FROM
    (
        SELECT org, finding_id, argMax(g.verdict, (g.occurred_at, g._log_time)) AS verdict, argMax(g.rule_id, (g.occurred_at, g._log_time)) AS rule_id
        FROM gate_inputs AS g
        WHERE g.kind = 'triage' AND g.verdict IN ('true_positive', 'false_positive')
        GROUP BY org, finding_id
    ) AS t
    LEFT JOIN (SELECT org, event_id, any(x.rule_id) AS rule_id FROM findings AS x WHERE x.kind = 'finding' GROUP BY org, event_id) AS f
        ON f.org = t.org AND f.event_id = t.finding_id
)
GROUP BY org, rule_id;

-- Rules that the built-in policy distrusts (floor 0.8, ten triages) over all repositories. The gate itself judges each repository
-- by its own triages; what stands here should be repaired, or go back on trial everywhere.
CREATE VIEW IF NOT EXISTS rules_below_floor{{.OnCluster}} AS
SELECT * FROM rule_precision WHERE triaged >= 10 AND precision_upper < 0.8;

-- Changes that the gate can't judge because their events name no repository.
CREATE VIEW IF NOT EXISTS gate_ungated{{.OnCluster}} AS
SELECT org, source, toDate(occurred_at) AS day, uniqExact(change_id) AS changes
FROM change_events
WHERE kind IN ('change_opened', 'change_updated', 'change_merged') AND repo_token = ''
GROUP BY org, source, day;
