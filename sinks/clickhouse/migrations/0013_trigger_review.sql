-- Which of a period's triggers stand when thousands of domains are looked at together, for a list that holds few false ones.
--
--     SELECT * FROM retrain_triggers_fdr(since = '2026-11-16 00:00:00', until = '2026-11-23 00:00:00') WHERE fdr <= 0.1
--
-- One row an episode that was open in [since, until). Its evidence is what came in the period after its first trigger, up to the clear: the trigger itself chose
-- the episode out of many, what came after it is fresh. e_value is the mixture of likelihood ratios of the e-detector (docs/adr/0008-e-detector.md), over 2^n for
-- the n-th such episode of a domain, so that those of a domain without change sum to at most 1 in the mean. fdr is the smallest alpha at which e-BH (Wang and
-- Ramdas 2022) accepts the episode: with fdr <= alpha stand the r with the largest e_value, r the largest number whose r-th is at least domains / (alpha r).
CREATE VIEW IF NOT EXISTS retrain_triggers_fdr{{.OnCluster}} AS
WITH
    episodes AS
    (
        SELECT
            org, environment, domain, rule_id, episode_id,
            countIf(t.kind = 'fired') AS fires,
            argMinIf(t.event_id, t.last_offset, t.kind = 'fired') AS trigger_id,
            argMinIf(t.occurred_at, t.last_offset, t.kind = 'fired') AS fired,
            argMinIf(t.slo, t.last_offset, t.kind = 'fired') AS allowed,
            argMinIf(greatest(1, toFloat64OrDefault(t.attributes['design_effect'], 1.)), t.last_offset, t.kind = 'fired') AS effect,
            argMinIf(t.input_partition, t.last_offset, t.kind = 'fired') AS fired_partition,
            minIf(t.last_offset, t.kind = 'fired') AS fired_offset,
            countIf(t.kind = 'cleared') AS clears,
            minIf(t.last_offset, t.kind = 'cleared') AS cleared_offset,
            minIf(t.occurred_at, t.kind = 'cleared') AS cleared
        FROM retrain_triggers AS t
        WHERE t.occurred_at < {until:DateTime64(3, 'UTC')}
        GROUP BY org, environment, domain, rule_id, episode_id
        HAVING fires > 0 AND (clears = 0 OR cleared >= {since:DateTime64(3, 'UTC')})
    ),
    watched AS
    (
        SELECT uniqExact(org, environment, domain) AS live
        FROM outcomes AS o
        WHERE o.occurred_at >= {since:DateTime64(3, 'UTC')} AND o.occurred_at < {until:DateTime64(3, 'UTC')}
    ),
    after AS
    (
        SELECT e.org AS org, e.environment AS environment, e.episode_id AS episode_id, sum(least(o.weight, 1)) AS n, sumIf(least(o.weight, 1), o.kind = 'failure') AS k
        FROM outcomes AS o
        INNER JOIN episodes AS e ON e.org = o.org AND e.environment = o.environment AND e.domain = o.domain
        WHERE o.occurred_at >= {since:DateTime64(3, 'UTC')} AND o.occurred_at < {until:DateTime64(3, 'UTC')}
            AND o._partition = e.fired_partition AND o._offset > e.fired_offset AND (e.clears = 0 OR o._offset <= e.cleared_offset)
        GROUP BY org, environment, episode_id
    ),
    judged AS
    (
        SELECT
            e.*, a.n AS seen, a.k AS failed,
            row_number() OVER (PARTITION BY e.org, e.environment, e.domain ORDER BY e.fired_offset, e.rule_id) AS nth,
            arraySum(
                (factor, share) -> share * exp(least(600, (failed * log(least(0.99, factor * allowed) / allowed)
                    + (seen - failed) * log((1 - least(0.99, factor * allowed)) / (1 - allowed))) / effect)),
                [1.25, 1.5, 2, 3, 4, 6, 10], [0.25 / 13, 0.5 / 13, 8 / 13, 3 / 13, 0.25 / 13, 0.5 / 13, 0.5 / 13]
            ) / exp2(nth) AS e_value
        FROM episodes AS e
        LEFT JOIN after AS a ON a.org = e.org AND a.environment = e.environment AND a.episode_id = e.episode_id
    ),
    ranked AS
    (
        SELECT j.*, w.live AS live, row_number() OVER (ORDER BY j.e_value DESC, j.trigger_id) AS place
        FROM judged AS j
        CROSS JOIN watched AS w
        WHERE j.seen > 0 OR j.fired >= {since:DateTime64(3, 'UTC')}
    )
SELECT
    r.fired AS fired_at, r.trigger_id AS event_id, r.episode_id AS episode_id, r.org AS org, r.environment AS environment, r.domain AS domain, r.rule_id AS rule_id,
    r.allowed AS slo, r.effect AS design_effect, r.nth AS nth, r.seen AS events, r.failed AS failures, r.e_value AS e_value, r.live AS domains, r.place AS rank,
    least(1, min(r.live / (r.place * r.e_value)) OVER (ORDER BY r.place ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)) AS fdr
FROM ranked AS r
ORDER BY rank;
