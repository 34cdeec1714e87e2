-- How long rows stay after they arrived, by class of record; Kafka's topics have limits of their own (assay topology). Sealed
-- code and text and sketches go first, also where their keys are kept: after 30 days they are empty. Events stay 400 days, so
-- that a month can be compared with the same one a year before; dead letters 90. Aggregates tell of no one and stay.

ALTER TABLE code_events{{.OnCluster}}
    MODIFY COLUMN sealed TTL toDateTime(_log_time) + INTERVAL 30 DAY,
    MODIFY COLUMN sketch TTL toDateTime(_log_time) + INTERVAL 30 DAY,
    MODIFY COLUMN replaced_sketch TTL toDateTime(_log_time) + INTERVAL 30 DAY,
    MODIFY COLUMN elsewhere_sketch TTL toDateTime(_log_time) + INTERVAL 30 DAY;
ALTER TABLE chat_events{{.OnCluster}} MODIFY COLUMN sealed TTL toDateTime(_log_time) + INTERVAL 30 DAY;
ALTER TABLE change_events{{.OnCluster}} MODIFY COLUMN sealed TTL toDateTime(_log_time) + INTERVAL 30 DAY;

ALTER TABLE code_events{{.OnCluster}} MODIFY TTL toDateTime(_log_time) + INTERVAL 400 DAY;
ALTER TABLE chat_events{{.OnCluster}} MODIFY TTL toDateTime(_log_time) + INTERVAL 400 DAY;
ALTER TABLE change_events{{.OnCluster}} MODIFY TTL toDateTime(_log_time) + INTERVAL 400 DAY;
ALTER TABLE dead_letters{{.OnCluster}} MODIFY TTL toDateTime(_log_time) + INTERVAL 90 DAY;

-- Figures about groups of people: teams of fewer than five people are one group, 'small teams', and no group of fewer than
-- five is shown (k-anonymity with k = 5: Sweeney, 2002). Events without a person or a team are in none.
CREATE VIEW IF NOT EXISTS acceptance_by_team{{.OnCluster}} AS
WITH teams AS (SELECT org, team_token FROM code_events WHERE user_token != '' AND team_token != '' GROUP BY org, team_token HAVING uniqExact(user_token) >= 5)
SELECT
    org, if((org, team_token) IN teams, team_token, 'small teams') AS team,
    uniqExact(user_token) AS people,
    countIf(kind = 'suggestion_shown') AS shown,
    countIf(kind = 'suggestion_accepted' AND decided_by IN ('human', 'unknown')) AS accepted,
    if(shown = 0, NULL, accepted / shown) AS rate
FROM code_events
WHERE user_token != '' AND team_token != ''
GROUP BY org, team
HAVING people >= 5;
