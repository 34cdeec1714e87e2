-- Views over evaluations, promotions and the way from a trigger to a better model.

CREATE VIEW IF NOT EXISTS promotion_log{{.OnCluster}} AS
SELECT
    occurred_at, org, environment, model_id, baseline_id, run_id, kind, test, tasks, both_passed, candidate_only, baseline_only, neither,
    p_value, e_value, effect, effect_lower, effect_upper, min_effect, required_tasks, regressions, domain, episode_id, policy_hash, approver_token, reason
FROM promotion_decisions
ORDER BY occurred_at;

-- One row a run, with the table of its results: the first result of a task counts, as it does for the service promotion. A run that was
-- decided early may have had more results since.
CREATE VIEW IF NOT EXISTS evaluation_runs{{.OnCluster}} AS
WITH
    results AS
    (
        SELECT
            org, environment, model_id, run_id, task_id,
            argMin(e.candidate_passed, e._offset) AS candidate,
            argMin(e.baseline_passed, e._offset) AS baseline
        FROM eval_events AS e
        WHERE e.kind = 'task_result'
        GROUP BY org, environment, model_id, run_id, task_id
    ),
    tables AS
    (
        SELECT
            org, environment, model_id, run_id,
            count() AS tasks,
            countIf(candidate AND baseline) AS both_passed,
            countIf(candidate AND NOT baseline) AS candidate_only,
            countIf(baseline AND NOT candidate) AS baseline_only
        FROM results
        GROUP BY org, environment, model_id, run_id
    ),
    decisions AS
    (
        SELECT
            org, environment, model_id, run_id,
            argMax(d.kind, d._offset) AS decision,
            argMax(d.reason, d._offset) AS decision_reason,
            max(d.occurred_at) AS at
        FROM promotion_decisions AS d
        GROUP BY org, environment, model_id, run_id
    ),
    runs AS
    (
        SELECT
            org, environment, model_id, run_id,
            max(e.baseline_id) AS baseline,
            max(e.domain) AS of_domain,
            max(e.episode_id) AS of_episode,
            min(e.occurred_at) AS began,
            max(e.planned_tasks) AS planned
        FROM eval_events AS e
        GROUP BY org, environment, model_id, run_id
    )
SELECT
    r.org AS org, r.environment AS environment, r.model_id AS model_id, r.run_id AS run_id,
    r.baseline AS baseline_id, r.of_domain AS domain, r.of_episode AS episode_id, r.began AS started_at, r.planned AS planned_tasks,
    t.tasks AS tasks, t.both_passed AS both_passed, t.candidate_only AS candidate_only, t.baseline_only AS baseline_only,
    if(t.tasks = 0, NULL, (toInt64(t.candidate_only) - toInt64(t.baseline_only)) / t.tasks) AS effect,
    if(d.decision = '', 'running', d.decision) AS status,
    d.decision_reason AS reason,
    if(d.decision = '', NULL, d.at) AS decided_at
FROM runs AS r
LEFT JOIN tables AS t ON t.org = r.org AND t.environment = r.environment AND t.model_id = r.model_id AND t.run_id = r.run_id
LEFT JOIN decisions AS d ON d.org = r.org AND d.environment = r.environment AND d.model_id = r.model_id AND d.run_id = r.run_id;

-- From a trigger to a better model and back: one row an episode.
CREATE VIEW IF NOT EXISTS retraining_loop{{.OnCluster}} AS
WITH
    episodes AS
    (
        SELECT
            org, environment, domain, rule_id, episode_id,
            minIf(t.occurred_at, t.kind = 'fired') AS fired,
            countIf(t.kind = 'fired') AS fires,
            arrayStringConcat(arraySort(groupUniqArrayIf(t.action, t.kind = 'fired')), ', ') AS asked,
            argMinIf(t.rate, t.occurred_at, t.kind = 'fired') AS fired_rate,
            maxIf(t.occurred_at, t.kind = 'cleared') AS cleared,
            countIf(t.kind = 'cleared') AS clears,
            argMaxIf(t.rate, t.occurred_at, t.kind = 'cleared') AS cleared_rate
        FROM retrain_triggers AS t
        GROUP BY org, environment, domain, rule_id, episode_id
    ),
    examples AS
    (
        SELECT org, environment, domain, uniqExact(suggestion_id) AS suggestions FROM curated_examples GROUP BY org, environment, domain
    ),
    attempts AS
    (
        SELECT org, episode_id, uniqExact(model_id, run_id) AS runs FROM eval_events WHERE kind IN ('run_started', 'task_result') AND episode_id != '' GROUP BY org, episode_id
    ),
    promotions AS
    (
        SELECT
            org, episode_id,
            argMax(p.kind, p.occurred_at) AS decision,
            argMax(p.model_id, p.occurred_at) AS candidate,
            minIf(p.occurred_at, p.kind = 'promote') AS promoted,
            countIf(p.kind = 'promote') AS promotes
        FROM promotion_decisions AS p
        WHERE episode_id != ''
        GROUP BY org, episode_id
    )
SELECT
    e.org AS org, e.environment AS environment, e.domain AS domain, e.rule_id AS rule_id, e.episode_id AS episode_id,
    e.fired AS fired_at, e.asked AS actions, e.fired_rate AS rate_fired,
    x.suggestions AS examples, a.runs AS evaluations,
    p.candidate AS candidate, p.decision AS decision,
    if(p.promotes = 0, NULL, p.promoted) AS promoted_at,
    if(e.clears = 0, NULL, e.cleared) AS cleared_at,
    if(e.clears = 0, NULL, e.cleared_rate) AS rate_cleared
FROM episodes AS e
LEFT JOIN examples AS x ON x.org = e.org AND x.environment = e.environment AND x.domain = e.domain
LEFT JOIN attempts AS a ON a.org = e.org AND a.episode_id = e.episode_id
LEFT JOIN promotions AS p ON p.org = e.org AND p.episode_id = e.episode_id
WHERE e.fires > 0
ORDER BY e.fired;
